"""What the tests of `make explain` share: a table, and a machine on which nothing runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.explain.__main__ import main
from local.history import source
from local.monitor import settings
from local.run import whereabouts
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.restart import Restart
from tests.fakes.aws import ENVIRONMENT, FakeStack, fake_stack
from tests.fakes.builders import NOON, TASK_TOKEN
from tests.fakes.ran import Ran


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("TABLE_NAME", "NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(settings, "ENV_FILE", tmp_path / ".env")
    monkeypatch.setattr(source, "TERRAFORM", tmp_path / "terraform")
    monkeypatch.setattr(whereabouts, "PID_FILE", tmp_path / "pid")
    monkeypatch.setattr(whereabouts, "STACK_FILE", tmp_path / "stack.json")


class Agent:
    """Writes what the agent would have stored, and reads it back with the command."""

    def __init__(self, stack: FakeStack, capsys: pytest.CaptureFixture[str]) -> None:
        self.stack, self._capsys = stack, capsys
        self._incidents = DynamoDbIncidents(stack.table)

    def open(self, *incidents: Incident) -> None:
        """Keep open incidents."""
        for incident in incidents:
            assert self._incidents.open(incident)

    def close(self, incident: Incident) -> None:
        """Close one."""
        self._incidents.close(incident)

    def restart(self, restart: Restart) -> None:
        """Keep a restart."""
        DynamoDbRestarts(self.stack.table).record(restart, restart.outcome, restart.detail, NOON)

    def ask(self, approval: Approval) -> None:
        """Keep an approval."""
        DynamoDbApprovals(self.stack.table).request(approval, TASK_TOKEN)

    def __call__(self, *arguments: str) -> Ran:
        """Run the command once."""
        code = main(list(arguments))
        printed = self._capsys.readouterr()
        return Ran(code, printed.out, printed.err)


@pytest.fixture
def stack() -> Iterator[FakeStack]:
    with fake_stack() as made:
        yield made


@pytest.fixture
def agent(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Agent:
    monkeypatch.setenv("TABLE_NAME", stack.table_name)
    return Agent(stack, capsys)
