"""A yes to what is no longer so: told by what is stored, before anything is asked of Qlik."""

from typing import Any

import pytest

from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.approval_void import void_because
from qlik_monitor.domain.history import HistoryPoint, point_of
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.task import StopReason, TaskState
from tests.fakes.builders import a_decided, a_proposal, a_snapshot, an_anomaly, an_approval, later


def waiting(**changes: Any) -> Incident:
    approval = an_approval(a_decided(**changes))
    status = IncidentStatus.AWAITING_APPROVAL
    return a_decided(**changes, status=status, approval_id=approval.id)


def reading(**changes: Any) -> HistoryPoint:
    usual: dict[str, Any] = {
        "at": later(minutes=5),
        "state": TaskState.ERROR,
        "stop_reason": StopReason.FATAL_ERROR,
    }
    return HistoryPoint(**usual | changes)


def void(incident: Incident, *readings: HistoryPoint) -> str | None:
    return void_because(incident, an_approval(incident), readings)


@pytest.mark.parametrize(
    "readings",
    [
        (),
        (reading(),),
        (reading(at=later(minutes=-5), state=TaskState.RUNNING),),
        (reading(state=TaskState.UNKNOWN, stop_reason=StopReason.UNKNOWN),),
        (reading(stop_reason=StopReason.UNKNOWN), reading(at=later(minutes=10))),
    ],
    ids=["none stored", "the same", "older", "unknown state", "unknown reason"],
)
def test_nothing_known_to_have_changed_voids_nothing(readings: tuple[HistoryPoint, ...]) -> None:
    assert void(waiting(), *readings) is None


def test_a_task_that_ran_in_between_and_fell_again_voids_it() -> None:
    ran = reading(at=later(minutes=10), state=TaskState.RUNNING, stop_reason=StopReason.NONE)
    assert void(waiting(), reading(), ran, reading(at=later(minutes=15))) == (
        "the task was RUNNING at 12:10 UTC, and fell ill anew"
    )


def test_a_task_that_runs_again_or_was_stopped_by_a_person_voids_it() -> None:
    runs = void(waiting(), reading(state=TaskState.RUNNING, stop_reason=StopReason.NONE))
    assert runs == (
        "the task was ERROR when people were asked, and is RUNNING, as read at 12:05 UTC"
    )
    stopped = void(waiting(), reading(state=TaskState.STOPPED, stop_reason=StopReason.NORMAL))
    assert stopped is not None
    assert "is STOPPED" in stopped
    other = void(waiting(), reading(stop_reason=StopReason.RECOVERABLE_ERROR))
    assert other is not None
    assert "by RECOVERABLE_ERROR since" in other


def test_a_stuck_task_that_moves_and_a_lagging_one_that_catches_up_void_it() -> None:
    ill = a_snapshot(total_latency_seconds=900)
    before = point_of(ill)
    stuck = waiting(snapshot=ill, anomalies=(an_anomaly(AnomalyKind.STUCK),))
    lagging = waiting(snapshot=ill, anomalies=(an_anomaly(AnomalyKind.LAGGING),))
    assert before.applied is not None
    same = reading(
        state=before.state,
        stop_reason=before.stop_reason,
        applied=before.applied,
        total_latency_seconds=900,
    )
    assert (void(stuck, same), void(lagging, same)) == (None, None)
    better = reading(
        state=before.state,
        stop_reason=before.stop_reason,
        applied=before.applied + 1,
        total_latency_seconds=10,
    )
    assert "moves again" in str(void(stuck, better))
    assert "catches up" in str(void(lagging, better))


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"attempt": 2}, "at attempt 2 now"),
        ({"status": IncidentStatus.ESCALATED}, "the incident is escalated now"),
        ({"approval_id": "another"}, "another question was asked since"),
        ({"proposal": a_proposal(cause="another")}, "the proposal is another one now"),
    ],
)
def test_an_incident_that_went_on_voids_it(changes: dict[str, Any], because: str) -> None:
    asked = waiting()
    found = void_because(asked.model_copy(update=changes), an_approval(asked), ())
    assert found is not None
    assert because in found
