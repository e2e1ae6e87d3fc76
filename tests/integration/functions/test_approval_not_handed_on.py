"""A decision that reached no workflow: who may hand it on, and what is told of it."""

from datetime import timedelta

import pytest

from functions.conclude_incident.handler import handler as conclude_incident
from functions.request_approval.handler import handler as request_approval
from qlik_monitor.adapters.approval_desk import ApprovalDesk
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.step_functions import WaitingWorkflow
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.approval import Answer, Approval, ApprovalStatus, Way
from qlik_monitor.domain.audit import AuditEvent, Origin
from qlik_monitor.domain.incident import IncidentStatus
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, a_decided
from tests.fakes.running import run
from tests.integration.functions.approving import FakeStates

YES, NO = ApprovalStatus.APPROVED, ApprovalStatus.REJECTED
INCIDENT = a_decided()
EVENT = {"incident_id": INCIDENT.id, "attempt": 1, "task_token": TASK_TOKEN}


@pytest.fixture
def asked(
    stack: FakeStack,
    incidents: DynamoDbIncidents,
    approvals: DynamoDbApprovals,
    monkeypatch: pytest.MonkeyPatch,
) -> Approval:
    """A question to two of whom one is enough."""
    monkeypatch.setenv("APPROVERS", "ana, ben")
    incidents.open(INCIDENT)
    found = approvals.get(run(request_approval, EVENT)["approval_id"])
    assert found is not None
    return found


@pytest.fixture
def states() -> FakeStates:
    return FakeStates()


@pytest.fixture
def desk(stack: FakeStack, states: FakeStates) -> ApprovalDesk:
    workflow = WaitingWorkflow(states)  # type: ignore[arg-type]
    return ApprovalDesk(stack.table, workflow, utc_now, sleep=lambda _seconds: None)


def says(by: str, status: ApprovalStatus) -> Answer:
    return Answer(by=by, status=status, at=utc_now(), way=Way.LINK)


def test_a_no_never_hands_on_the_yes_of_somebody_else(
    asked: Approval, desk: ApprovalDesk, states: FakeStates
) -> None:
    origin = Origin(way=Way.LINK)
    states.failures = ["ThrottlingException"]
    assert desk.take(asked, says("ana", YES), origin).delivery == "not_delivered"
    later = desk.take(asked, says("ben", NO), origin)
    assert (later.delivery, later.approval.status) == ("not_yours", YES)
    assert desk.again(later.approval, NO).delivery == "not_yours"
    assert states.taken == []
    assert desk.take(asked, says("ben", YES), origin).delivery == "taken"
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_a_decision_whose_taking_was_not_heard_of_is_known_by_the_incident(
    asked: Approval,
    desk: ApprovalDesk,
    states: FakeStates,
    incidents: DynamoDbIncidents,
    stack: FakeStack,
) -> None:
    # Step Functions took it, its answer was lost, and the client's own second try finds nobody.
    states.failures = ["TaskTimedOut"]
    waiting = incidents.get(INCIDENT.id)
    went_on = waiting.moved_to(IncidentStatus.EXECUTING, utc_now(), lease=timedelta(hours=1))
    taken = desk.take(asked, says("ana", YES), Origin(way=Way.CHAT))
    assert taken.delivery == "too_late"
    incidents.save(went_on)
    states.failures = ["TaskTimedOut"]
    assert desk.again(taken.approval, YES).delivery == "taken"
    entries = DynamoDbAudit(stack.table).of(INCIDENT.id)
    assert [one.event for one in entries][-2:] == [AuditEvent.APPROVED, AuditEvent.HANDED_ON]


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ((), "nobody answered in time, so nothing was done"),
        (("ana",), "the answer (approved) was never handed on, so nothing was done by it"),
    ],
)
def test_what_expired_is_told_as_it_was(  # noqa: PLR0917 - fixtures
    answers: tuple[str, ...],
    reason: str,
    asked: Approval,
    desk: ApprovalDesk,
    states: FakeStates,
    incidents: DynamoDbIncidents,
) -> None:
    states.failures = ["ThrottlingException"]
    for name in answers:
        desk.take(asked, says(name, YES), Origin(way=Way.LINK))
    event = {"incident_id": INCIDENT.id, "cycle": INCIDENT.cycle, "conclusion": "expired"}
    assert run(conclude_incident, event) == {"status": "escalated"}
    assert incidents.get(INCIDENT.id).reason == reason


def test_too_few_who_agreed_in_time_are_counted(
    stack: FakeStack,
    incidents: DynamoDbIncidents,
    approvals: DynamoDbApprovals,
    desk: ApprovalDesk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("APPROVERS", "ana, ben")
    monkeypatch.setenv("APPROVALS_NEEDED", "low=2")
    incidents.open(INCIDENT)
    asked = approvals.get(run(request_approval, EVENT)["approval_id"])
    assert asked is not None
    assert desk.take(asked, says("ana", YES), Origin(way=Way.LINK)).delivery == "not_due"
    told = len(stack.told)
    # A step that runs again asks those who are left, and keeps what the others said.
    run(request_approval, EVENT | {"task_token": "another-token"})
    assert [one.approver for one in stack.told[told:]] == ["ben", ""]
    event = {"incident_id": INCIDENT.id, "cycle": INCIDENT.cycle, "conclusion": "expired"}
    run(conclude_incident, event)
    reason = incidents.get(INCIDENT.id).reason
    assert reason == "only 1 of 2 who have to agree had said yes in time, so nothing was done"
