"""What the tests of `make approve` share: a question that waits, a terminal, and a workflow."""

import io
import sys
from datetime import timedelta
from typing import Any

import pytest

from local.approve import __main__ as command
from local.approve.answering import TellingWorkflow
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.audit import AuditEntry
from qlik_monitor.domain.incident import Incident, IncidentStatus
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, a_decided, an_approval
from tests.fakes.laptop import stack
from tests.fakes.ran import Ran
from tests.integration.functions.approving import FakeStates

__all__ = ["stack"]

PANEL = ("ada@example.com", "bob@example.com")


class Keyboard(io.StringIO):
    """A terminal on which somebody types."""

    def isatty(self) -> bool:
        return True


class Operator:
    """Runs the command in a shell with AWS credentials."""

    def __init__(
        self,
        stack: FakeStack,
        states: FakeStates,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.stack, self.states = stack, states
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def ask(self, incident: Incident | None = None, **changes: Any) -> Incident:
        """Let a question wait for an answer."""
        now, about = utc_now(), incident or a_decided()
        awaited = {"status": IncidentStatus.AWAITING_APPROVAL, "approval_id": "a" * 24}
        about = about.model_copy(update=awaited)
        times = {"requested_at": now, "expires_at": now + timedelta(hours=1)}
        usual: dict[str, Any] = {"id": "a" * 24, "approvers": PANEL} | times
        assert DynamoDbIncidents(self.stack.table).open(about)
        DynamoDbApprovals(self.stack.table).request(
            an_approval(about, **usual | changes), TASK_TOKEN
        )
        return about

    def types(self, line: str) -> None:
        """Sit at a terminal, and type this when asked."""
        self._monkeypatch.setattr(sys, "stdin", Keyboard(line))

    def __call__(self, *arguments: str) -> Ran:
        """Run the command once."""
        code = command.main(list(arguments))
        printed = self._capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    @property
    def approval(self) -> Approval:
        """How the approval stands."""
        found = DynamoDbApprovals(self.stack.table).get("a" * 24)
        assert found is not None
        return found

    @property
    def trail(self) -> list[AuditEntry]:
        """What the trail holds."""
        return list(DynamoDbAudit(self.stack.table).of(a_decided().id))


@pytest.fixture
def operator(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    states = FakeStates()
    client: Any = states
    monkeypatch.setattr(command, "workflow_of", lambda _source: TellingWorkflow(client))
    return Operator(stack, states, monkeypatch, capsys)
