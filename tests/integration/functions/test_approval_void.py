"""A yes to what has changed: the page warns, keeps it as void, and nothing is executed."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.execute_restart.handler import handler as execute_restart
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.composition import the_table, utc_now
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.approval import ApprovalStatus
from qlik_monitor.domain.audit import AuditEvent
from qlik_monitor.domain.history import point_of
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.task import StopReason, TaskSnapshot, TaskState
from qlik_monitor.settings import ApprovalApiSettings
from tests.fakes.aws import FakeStack
from tests.fakes.builders import (
    NOON,
    TASK,
    TASK_TOKEN,
    a_decided,
    a_snapshot,
    a_stalled,
    an_aborted,
    an_anomaly,
)
from tests.fakes.platform import FakePlatform
from tests.fakes.running import run
from tests.integration.functions.approving import FakeStates, ask_about
from tests.integration.functions.conftest import Log, clear_caches

STUCK = a_decided(snapshot=a_stalled(), anomalies=(an_anomaly(AnomalyKind.STUCK),))
MOVED = a_stalled().counters.model_copy(update={"applied_inserts": 101, "applied_records": 101})
CHANGES: dict[str, tuple[Incident, TaskSnapshot, str]] = {
    "recovered": (
        a_decided(),
        a_snapshot(),
        "the task was ERROR when people were asked, and is RUNNING",
    ),
    "stopped by a person": (
        a_decided(),
        a_snapshot(state=TaskState.STOPPED, stop_reason=StopReason.NORMAL),
        "the task was ERROR when people were asked, and is STOPPED",
    ),
    "another stop reason": (
        a_decided(),
        an_aborted(stop_reason=StopReason.RECOVERABLE_ERROR),
        "the task was stopped by FATAL_ERROR when people were asked, and by RECOVERABLE_ERROR",
    ),
    "moves again": (STUCK, a_stalled(counters=MOVED), "the task moves again"),
}


def read_since(stack: FakeStack, snapshot: TaskSnapshot, **ago: float) -> None:
    """Let the monitor have read a task lately."""
    at = utc_now() - timedelta(**ago)
    point = point_of(snapshot.model_copy(update={"observed_at": at}))
    DynamoDbHistory(stack.table).save(TASK.server, {TASK.task: point}, at)


def said(because: str) -> str:
    return because[:1].upper() + because[1:]


@pytest.mark.parametrize(("incident", "now", "because"), CHANGES.values(), ids=CHANGES)
def test_the_page_warns_of_what_has_changed_and_still_offers_both_answers(
    incident: Incident, now: TaskSnapshot, because: str, stack: FakeStack, states: FakeStates
) -> None:
    [browser] = ask_about(stack, incident).values()
    assert "A yes would lead to nothing" not in browser.get().html
    read_since(stack, now, minutes=1)
    before, page = stack.dump(), browser.get()
    assert page.status == 200
    assert "A yes would lead to nothing" in page.html
    assert said(because) in page.html
    assert page.html.count('name="decision"') == 2
    assert stack.dump() == before


@pytest.mark.parametrize(("incident", "now", "because"), CHANGES.values(), ids=CHANGES)
def test_a_yes_is_kept_as_void_and_handed_on_with_its_reason(
    incident: Incident, now: TaskSnapshot, because: str, stack: FakeStack, states: FakeStates
) -> None:
    [browser] = ask_about(stack, incident).values()
    read_since(stack, now, minutes=1)
    answer = browser.post(decision="approve", comment="go on")
    stored = DynamoDbApprovals(stack.table).get(browser.approval_id)
    assert stored is not None
    assert (stored.status, stored.agreed) == (ApprovalStatus.VOID, ())
    assert stored.void_because.startswith(because)
    assert states.taken == [(TASK_TOKEN, "void")]
    assert states.details == [stored.void_because]
    for page in (answer, browser.get(), browser.post(decision="approve")):
        assert page.status == 410
        assert "Nothing is done to the task" in page.html
        assert because in page.html
    assert len(states.taken) == 1


def test_a_task_that_ran_in_between_and_fell_again_is_told_and_nothing_is_done(
    stack: FakeStack, states: FakeStates, qlik: FakePlatform
) -> None:
    [browser] = ask_about(stack, a_decided()).values()
    read_since(stack, a_snapshot(), minutes=3)
    read_since(stack, an_aborted(), minutes=1)
    assert "The task was RUNNING at" in browser.get().html
    answer = browser.post(decision="approve")
    assert answer.status == 410
    assert "and fell ill anew" in answer.html
    assert states.taken == [(TASK_TOKEN, "void")]


def test_a_task_that_ran_after_the_yes_and_fell_again_is_left_alone(
    stack: FakeStack, states: FakeStates, qlik: FakePlatform
) -> None:
    [browser] = ask_about(stack, a_decided()).values()
    assert browser.post(decision="approve").status == 200
    read_since(stack, a_snapshot(), minutes=1)
    qlik.put(an_aborted())
    result = execute(a_decided())
    assert result["status"] == "not_executed"
    assert "and fell ill anew" in result["detail"]
    assert qlik.actions == []


@pytest.mark.parametrize(("incident", "now"), [one[:2] for one in CHANGES.values()], ids=CHANGES)
def test_a_void_yes_carries_out_nothing(
    incident: Incident,
    now: TaskSnapshot,
    stack: FakeStack,
    states: FakeStates,
    qlik: FakePlatform,
) -> None:
    [browser] = ask_about(stack, incident).values()
    read_since(stack, now, minutes=1)
    browser.post(decision="approve")
    judged = incident.snapshot
    assert judged is not None
    # As it was judged, so that nothing but the approval is in the way.
    qlik.put(judged)
    result = execute(incident)
    assert (result["status"], result["detail"]) == ("not_executed", "the approval is void")
    assert qlik.actions == []


def execute(incident: Incident) -> dict[str, Any]:
    event = {"incident_id": incident.id, "cycle": incident.cycle, "attempt": incident.attempt}
    return run(execute_restart, event)


def test_a_yes_to_what_is_as_it_was_is_carried_out(
    stack: FakeStack, states: FakeStates, qlik: FakePlatform
) -> None:
    [browser] = ask_about(stack, a_decided()).values()
    read_since(stack, an_aborted(), minutes=1)
    assert browser.post(decision="approve").status == 200
    qlik.put(an_aborted())
    assert execute(a_decided())["status"] == "started"
    assert qlik.actions == ["run"]


def test_what_changed_after_the_yes_is_seen_by_whoever_executes(
    stack: FakeStack, states: FakeStates, qlik: FakePlatform
) -> None:
    [browser] = ask_about(stack, a_decided()).values()
    assert browser.post(decision="approve").status == 200
    alike = an_aborted(message="Connection to another server lost")
    assert alike.error_class is an_aborted().error_class
    for now in (a_snapshot(), an_aborted(message="ORA-01017: invalid username/password"), alike):
        qlik.put(now)
        assert execute(a_decided())["status"] == "not_executed"
    assert qlik.actions == []


@pytest.mark.parametrize(("incident", "now", "because"), CHANGES.values(), ids=CHANGES)
def test_a_no_is_a_no_whatever_has_changed(
    incident: Incident, now: TaskSnapshot, because: str, stack: FakeStack, states: FakeStates
) -> None:
    [browser] = ask_about(stack, incident).values()
    read_since(stack, now, minutes=1)
    answer = browser.post(decision="reject")
    assert answer.status == 200
    assert "<strong>rejected</strong>" in answer.html
    assert (states.taken, states.details) == ([(TASK_TOKEN, "rejected")], [""])


def test_a_reading_from_before_the_question_or_of_an_unknown_state_voids_nothing(
    stack: FakeStack, states: FakeStates
) -> None:
    [browser] = ask_about(stack, a_decided()).values()
    older = point_of(a_snapshot(observed_at=NOON - timedelta(minutes=5)))
    history = DynamoDbHistory(stack.table)
    history.save(TASK.server, {TASK.task: older}, older.at)
    assert "A yes would lead to nothing" not in browser.get().html
    unknown = a_snapshot(state=TaskState.UNKNOWN, stop_reason=StopReason.UNKNOWN)
    read_since(stack, unknown, minutes=2)
    assert "A yes would lead to nothing" not in browser.get().html
    history.save(TASK.server, {"another": point_of(a_snapshot())}, utc_now())
    assert "A yes would lead to nothing" not in browser.get().html
    assert browser.post(decision="approve").status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_a_history_that_cannot_be_read_voids_nothing(
    stack: FakeStack, states: FakeStates, log: Log
) -> None:
    def fail(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    [browser] = ask_about(stack, a_decided()).values()
    read_since(stack, a_snapshot(), minutes=1)
    events = the_table(ApprovalApiSettings).meta.client.meta.events
    events.register("before-call.dynamodb.Query", fail)
    assert browser.post(decision="approve").status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]
    assert "readings not read" in [line["message"] for line in log()]


@pytest.mark.parametrize("void_first", [True, False])
def test_one_void_yes_ends_a_question_that_two_have_to_agree_to(
    void_first: bool,
    stack: FakeStack,
    states: FakeStates,
    approvals: DynamoDbApprovals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("APPROVERS", "ana,ben")
    monkeypatch.setenv("APPROVALS_NEEDED", "low=2")
    clear_caches()
    browsers = ask_about(stack, a_decided())
    if void_first:
        read_since(stack, a_snapshot(), minutes=1)
    browsers["ana"].post(decision="approve")
    read_since(stack, a_snapshot())
    later = browsers["ben"].post(decision="approve")
    assert later.status == 410
    assert states.taken == [(TASK_TOKEN, "void")]
    stored = approvals.get(browsers["ana"].approval_id)
    assert stored is not None
    assert stored.status is ApprovalStatus.VOID
    events = [one.event for one in DynamoDbAudit(stack.table).of(stored.incident_id)]
    assert events.count(AuditEvent.VOIDED) == 1


def test_a_void_that_could_not_be_handed_on_is_handed_on_later(
    stack: FakeStack, states: FakeStates
) -> None:
    [browser] = ask_about(stack, a_decided()).values()
    read_since(stack, a_snapshot(), minutes=1)
    states.failures = ["ThrottlingException"]
    first = browser.post(decision="approve")
    assert first.status == 503
    assert "Nothing is done to the task" in first.html
    assert browser.post().status == 410
    assert states.taken == [(TASK_TOKEN, "void")]
