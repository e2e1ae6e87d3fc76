"""A decision between two tries of the step that asks: the second try hands it on."""

import pytest

from functions.request_approval.handler import handler as request_approval
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.audit import AuditEvent
from qlik_monitor.domain.history import point_of
from qlik_monitor.domain.incident import IncidentStatus
from qlik_monitor.errors import IncidentChanged, NotificationFailed
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK, a_decided, a_snapshot
from tests.fakes.running import run
from tests.integration.functions.approving import Browser, FakeStates, no_mail_to

INCIDENT = a_decided()
FIRST, SECOND, THIRD = "token-of-the-first-try", "token-of-the-second", "token-of-the-third"


def ask(task_token: str) -> None:
    run(request_approval, {"incident_id": INCIDENT.id, "attempt": 1, "task_token": task_token})


@pytest.fixture
def ana(
    stack: FakeStack,
    incidents: DynamoDbIncidents,
    states: FakeStates,
    monkeypatch: pytest.MonkeyPatch,
) -> Browser:
    """One of two who may decide alone; her mail went out, and the other one made the try fail."""
    monkeypatch.setenv("APPROVERS", "ana,ben")
    incidents.open(INCIDENT)
    with no_mail_to("ben"), pytest.raises(NotificationFailed):
        ask(FIRST)
    states.dead = {FIRST}
    [told] = stack.told
    return Browser.of(told.body)


def stored(approvals: DynamoDbApprovals, browser: Browser) -> Approval:
    found = approvals.get(browser.approval_id)
    assert found is not None
    return found


def handed_on(stack: FakeStack) -> list[str]:
    entries = DynamoDbAudit(stack.table).of(INCIDENT.id)
    return [f"{one.by}: {one.detail}" for one in entries if one.event is AuditEvent.HANDED_ON]


@pytest.mark.parametrize(("decision", "status"), [("approve", "approved"), ("reject", "rejected")])
def test_the_second_try_hands_on_what_was_decided_and_asks_nobody(  # noqa: PLR0917 - fixtures
    decision: str,
    status: str,
    ana: Browser,
    stack: FakeStack,
    states: FakeStates,
    incidents: DynamoDbIncidents,
    approvals: DynamoDbApprovals,
) -> None:
    assert ana.post(decision=decision).status == 410
    told = stack.told
    ask(SECOND)
    assert (states.taken, stack.told) == ([(SECOND, status)], told)
    assert stored(approvals, ana).delivered
    assert handed_on(stack) == [f"ana: {status}"]
    waiting = incidents.get(INCIDENT.id)
    assert waiting.status is IncidentStatus.AWAITING_APPROVAL
    assert waiting.approval_id == ana.approval_id
    for page in (ana.get(), ana.post(decision=decision)):
        assert page.status == 200
        assert f"The proposal was <strong>{status}</strong>" in page.html
        assert "could not be handed on" not in page.html
    assert (states.taken, handed_on(stack)) == ([(SECOND, status)], [f"ana: {status}"])


def test_a_void_yes_is_handed_on_with_its_reason(
    ana: Browser, stack: FakeStack, states: FakeStates
) -> None:
    point = point_of(a_snapshot(observed_at=utc_now()))
    DynamoDbHistory(stack.table).save(TASK.server, {TASK.task: point}, point.at)
    ana.post(decision="approve")
    ask(SECOND)
    assert states.taken == [(SECOND, "void")]
    assert "and is RUNNING" in states.details[0]
    assert handed_on(stack) == ["ana: void"]
    assert states.details[0].partition(",")[0] in ana.get().html


def test_a_second_try_that_reaches_no_workflow_leaves_its_token_to_the_page(
    ana: Browser, stack: FakeStack, states: FakeStates, approvals: DynamoDbApprovals
) -> None:
    ana.post(decision="approve")
    states.failures = ["ThrottlingException"]
    ask(SECOND)
    assert (states.taken, handed_on(stack)) == ([], [])
    assert not stored(approvals, ana).delivered
    assert "could not be handed on just now" in ana.get().html
    assert ana.post().status == 200
    assert (states.taken, handed_on(stack)) == ([(SECOND, "approved")], ["ana: approved"])


def test_what_was_handed_on_is_not_handed_on_by_another_try(
    ana: Browser, stack: FakeStack, states: FakeStates
) -> None:
    ana.post(decision="approve")
    ask(SECOND)
    before, told = stack.dump(), stack.told
    with pytest.raises(IncidentChanged, match="decided and handed on already"):
        ask(THIRD)
    assert (stack.dump(), stack.told, states.taken) == (before, told, [(SECOND, "approved")])
