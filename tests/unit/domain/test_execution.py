from typing import Any

import pytest

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.anomaly import AnomalyKind, Subject
from qlik_monitor.domain.approval import Approval, ApprovalStatus
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.execution import not_permitted, restart_of, stale
from qlik_monitor.domain.history import point_of
from qlik_monitor.domain.incident import IN_FLIGHT, IncidentStatus
from qlik_monitor.domain.task import Counters, StopReason, TaskSnapshot, TaskState
from tests.fakes.builders import (
    NOON,
    TASK,
    a_decided,
    a_decision,
    a_proposal,
    a_snapshot,
    a_stalled,
    an_aborted,
    an_anomaly,
    an_approval,
    an_incident,
    later,
)

AUTO = a_decision(DecisionKind.AUTO)
YES = an_approval(status=ApprovalStatus.APPROVED)


def test_the_policy_or_a_person_permits_a_restart() -> None:
    assert not_permitted(a_decided(decision=AUTO), None) is None
    assert not_permitted(a_decided(), YES) is None


@pytest.mark.parametrize(
    ("approval", "because"),
    [
        (None, "no approval is stored"),
        (an_approval(), "the approval is pending"),
        (an_approval(status=ApprovalStatus.REJECTED), "the approval is rejected"),
        (YES.model_copy(update={"proposal_hash": "0"}), "for another proposal"),
    ],
    ids=["none", "unanswered", "rejected", "another proposal"],
)
def test_without_a_yes_to_this_proposal_nothing_is_done(
    approval: Approval | None, because: str
) -> None:
    assert because in str(not_permitted(a_decided(), approval))


@pytest.mark.parametrize(
    "changes",
    [
        {"proposal": a_proposal(Action.STOP_AND_RESUME)},
        {"proposal": a_proposal(confidence=0.94)},
        {"decision": a_decision(action=Action.STOP_AND_RESUME)},
        {"attempt": 2},
        {"id": "another"},
    ],
    ids=["action", "confidence", "decision", "attempt", "incident"],
)
def test_an_approval_holds_for_exactly_what_was_approved(changes: dict[str, Any]) -> None:
    assert not_permitted(a_decided(**changes), YES) == "the approval was given for another proposal"


@pytest.mark.parametrize("kind", [DecisionKind.OBSERVE, DecisionKind.ESCALATE])
def test_what_was_not_decided_is_not_done(kind: DecisionKind) -> None:
    decided = a_decided(decision=a_decision(kind))
    assert not_permitted(decided, YES) == f"the decision was {kind.value}"
    assert not_permitted(an_incident(), YES) == "no decision is stored"


@pytest.mark.parametrize("status", IncidentStatus)
def test_only_an_incident_that_a_cycle_works_on_is_restarted(status: IncidentStatus) -> None:
    refusal = not_permitted(a_decided(decision=AUTO, status=status), None)
    assert (refusal is None) is (status in IN_FLIGHT)


@pytest.mark.parametrize(
    ("before", "now"),
    [((), ("hands-off",)), (("hands-off",), ()), (("hands-off",), ("hands-off",))],
    ids=["tagged since", "tags left out since", "tagged all along"],
)
def test_an_opt_out_tag_stops_a_restart_at_the_last_moment(
    before: tuple[str, ...], now: tuple[str, ...]
) -> None:
    decided = a_decided(snapshot=an_aborted(tags=before))
    fresh = an_aborted(tags=now)
    refusal = stale(decided, fresh, frozenset({"hands-off"}))
    assert refusal == "the task is opted out of automation by its tag hands-off"
    assert stale(decided, fresh) is None


def test_a_task_that_is_as_it_was_is_not_stale() -> None:
    assert stale(a_decided(), an_aborted()) is None


@pytest.mark.parametrize(
    ("fresh", "because"),
    [
        (a_snapshot(), "was ERROR/FATAL_ERROR and is RUNNING/NONE now"),
        (an_aborted(state=TaskState.STOPPED), "is STOPPED/FATAL_ERROR now"),
        (an_aborted(stop_reason=StopReason.NORMAL), "is ERROR/NORMAL now"),
        (an_aborted(message="login failed"), "another one now"),
    ],
    ids=["it runs", "another state", "another reason", "another error"],
)
def test_a_task_that_changed_is_stale(fresh: TaskSnapshot, because: str) -> None:
    assert because in str(stale(a_decided(), fresh))


def test_the_class_that_was_decided_on_counts_where_the_stored_reading_has_none() -> None:
    stored = an_aborted(error_class=ErrorClass.UNKNOWN)  # as an earlier release kept it
    judged = a_decided(snapshot=stored, error_class=ErrorClass.CONNECTION)
    assert stale(judged, an_aborted()) is None
    odd = an_aborted(message="something odd")
    assert stale(judged, odd) == "the task's error is another one now"


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        ("Widget 17 exploded at 10:02:03", "Widget 19 exploded at 11:00:00", True),
        ("Widget 17 exploded", "the gizmo burned: changes would be applied twice", False),
        ("ORA-00001 in 'A'.'ORDERS'", "ORA-00001 in 'A'.'CUSTOMERS'", False),
        ("Widget 17 exploded", "", False),
    ],
    ids=["other numbers", "of no known class", "of another table", "said no more"],
)
def test_an_error_of_the_same_class_that_says_something_else_is_another_one(
    before: str, now: str, same: bool
) -> None:
    judged = an_aborted(message=before)
    decided = a_decided(snapshot=judged, error_class=judged.error_class)
    fresh = an_aborted(message=now, error_class=judged.error_class)
    assert (stale(decided, fresh) is None) is same


def test_what_is_said_of_a_task_that_runs_is_no_error_to_compare() -> None:
    stuck = a_decided(
        anomalies=(an_anomaly(AnomalyKind.STUCK),),
        snapshot=a_stalled(message="reading"),
        decision=a_decision(action=Action.STOP_AND_RESUME),
        error_class="unknown",
    )
    assert stale(stuck, a_stalled(message="still reading")) is None


def test_a_task_that_ran_and_fell_again_since_it_was_judged_is_stale() -> None:
    judged = an_aborted(counters=Counters(applied_inserts=500))
    decided = a_decided(snapshot=judged)
    assert stale(decided, judged) is None
    anew = an_aborted(counters=Counters(applied_inserts=3))
    assert "was started anew" in str(stale(decided, anew))
    ran = point_of(a_snapshot(observed_at=later(minutes=5)))
    assert "was RUNNING at 12:05" in str(stale(decided, judged, readings=(ran,)))


def test_a_stuck_task_that_moves_again_is_stale() -> None:
    stuck = a_decided(
        anomalies=(an_anomaly(AnomalyKind.STUCK),),
        snapshot=a_stalled(),
        decision=a_decision(action=Action.STOP_AND_RESUME),
        error_class="unknown",
    )
    assert stale(stuck, a_stalled()) is None
    moving = a_stalled(counters=Counters(applied_inserts=101))
    assert stale(stuck, moving) == "the task moves again"


@pytest.mark.parametrize(
    ("kind", "judged", "fresh", "because"),
    [
        ("lagging", {"total_latency_seconds": 900}, {"total_latency_seconds": 30}, "catches up"),
        ("stale_state", {"memory_mb": 0}, {"memory_mb": 200}, "has a process again"),
    ],
)
def test_what_was_to_be_cured_and_is_gone_is_stale(
    kind: str, judged: dict[str, Any], fresh: dict[str, Any], because: str
) -> None:
    approved = a_decided(
        anomalies=(an_anomaly(AnomalyKind(kind)),),
        snapshot=a_snapshot(**judged),
        decision=a_decision(action=Action.STOP_AND_RESUME),
        error_class="unknown",
    )
    assert stale(approved, a_snapshot(**judged)) is None
    assert because in str(stale(approved, a_snapshot(**fresh)))


@pytest.mark.parametrize("reason", [StopReason.NORMAL, StopReason.STOPPED_LOW_DISK_SPACE])
def test_hands_stay_off_a_stop_even_when_it_was_judged_so(reason: StopReason) -> None:
    stopped = an_aborted(state=TaskState.STOPPED, stop_reason=reason)
    assert "no restart may undo" in str(stale(a_decided(snapshot=stopped), stopped))


def test_without_a_stored_reading_everything_is_stale() -> None:
    assert stale(a_decided(snapshot=None), an_aborted()) == "no reading is stored to compare with"


def test_the_write_ahead_record_names_the_attempt_and_who_approved() -> None:
    restart = restart_of(a_decided(attempt=2, approval_id="a-1"), NOON)
    assert (restart.task, restart.attempt, restart.approval_id) == (TASK, 2, "a-1")
    assert restart.action is Action.RESUME


def test_the_write_ahead_record_keeps_what_a_later_decision_learns_from() -> None:
    restart = restart_of(a_decided(proposal=a_proposal(confidence=0.7)), NOON)
    assert (restart.confidence, restart.made_by) == (0.7, "model")
    assert restart.error_class == "connection"


@pytest.mark.parametrize(
    "incident",
    [an_incident(), a_decided(subject=Subject(server="prod"))],
    ids=["undecided", "server"],
)
def test_nothing_is_written_ahead_that_could_not_be_executed(incident: Any) -> None:
    with pytest.raises(ValueError, match="no task or no decision"):
        restart_of(incident, NOON)
