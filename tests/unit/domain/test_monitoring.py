from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from qlik_monitor.domain.anomaly import AnomalyKind, Severity, Subject
from qlik_monitor.domain.finding import Memory, find
from qlik_monitor.domain.incident import IN_FLIGHT, WITH_PEOPLE, Incident, IncidentStatus, Outcome
from qlik_monitor.domain.member import Fate, Resumed
from qlik_monitor.domain.monitoring import MAX_NEW_INCIDENTS, Review, review
from qlik_monitor.domain.task import (
    Endpoint,
    FleetReading,
    ServerSnapshot,
    ServerState,
    StopReason,
    TaskId,
    TaskSnapshot,
    TaskState,
    Unread,
)
from qlik_monitor.domain.thresholds import Thresholds
from tests.fakes.builders import (
    NOON,
    a_decided_group,
    a_reading,
    a_server,
    a_snapshot,
    an_aborted,
    an_anomaly,
    an_incident,
    in_status,
    later,
)

ORDERS = Subject(server="prod", task="orders")
PROD = Subject(server="prod")
LAG = an_anomaly(AnomalyKind.LAGGING, severity=Severity.WARNING)


def reviewed(reading: FleetReading, *known: Incident, memory: Memory | None = None) -> Review:
    """What a cycle does that sees the fleet as the one before it saw it, ten minutes ago."""
    before = memory if memory is not None else find(earlier(reading), {}, Thresholds()).progress
    findings = find(reading, before, Thresholds())
    ids = (f"i-{number}" for number in count())
    return review("cycle-2", reading, findings, known, ids)


def earlier(reading: FleetReading) -> FleetReading:
    at = reading.observed_at - timedelta(minutes=10)
    tasks = tuple(task.model_copy(update={"observed_at": at}) for task in reading.tasks)
    return reading.model_copy(update={"observed_at": at, "tasks": tasks})


def kinds_of(reading: FleetReading) -> dict[str, list[str]]:
    found = find(reading, {}, Thresholds()).anomalies
    return {str(subject): [a.kind.value for a in anomalies] for subject, anomalies in found.items()}


def test_each_ill_task_gets_one_incident() -> None:
    result = reviewed(a_reading(an_aborted(task="a"), an_aborted(task="b"), a_snapshot(task="c")))
    assert [str(i.subject) for i in result.to_open] == ["prod/a", "prod/b"]
    assert {(i.cycle, i.status) for i in result.to_open} == {("cycle-2", IncidentStatus.OPEN)}


def test_a_healthy_fleet_needs_nothing() -> None:
    assert reviewed(a_reading(a_snapshot())) == Review()


def test_trouble_of_a_server_is_one_incident_and_not_one_for_each_task() -> None:
    full = {"state": TaskState.STOPPED, "stop_reason": StopReason.STOPPED_LOW_DISK_SPACE}
    reading = a_reading(*[a_snapshot(task=name, **full) for name in "abc"])
    assert kinds_of(reading) == {"prod": ["low_disk"]}
    [incident] = reviewed(reading).to_open
    assert (incident.subject, incident.snapshot) == (PROD, None)


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"state": ServerState.ERROR, "message": "gone"}, ["server_unreachable"]),
        ({"state": ServerState.NOT_CONNECTED}, ["server_unreachable"]),
        ({"state": ServerState.UNKNOWN}, ["server_unreachable"]),
        ({"license_state": "EXPIRED_LICENSE"}, ["license"]),
        ({"license_state": "LICENSE_VALID"}, []),
        ({"state": ServerState.NOT_MONITORED}, []),
    ],
    ids=["error", "not connected", "unknown", "licence", "licensed", "switched off by a person"],
)
def test_a_server_can_be_ill_itself(changes: dict[str, Any], kinds: list[str]) -> None:
    reading = a_reading(servers=(a_server(**changes),))
    assert kinds_of(reading).get("prod", []) == kinds


def test_a_server_whose_tasks_cannot_be_read_is_ill() -> None:
    reading = a_reading(unread=(Unread(server="prod", error="timed out"),))
    assert kinds_of(reading) == {"prod": ["server_unreachable"]}


def test_more_incidents_than_a_cycle_can_handle_wait_for_the_next() -> None:
    tasks = [an_aborted(task=f"t{number:02}") for number in range(MAX_NEW_INCIDENTS + 5)]
    result = reviewed(a_reading(*tasks))
    assert (len(result.to_open), result.deferred) == (MAX_NEW_INCIDENTS, 5)
    opened = reviewed(a_reading(*tasks), *result.to_open)
    assert (len(opened.to_open), opened.deferred) == (5, 0)


def test_incidents_that_got_worse_share_what_a_cycle_can_handle() -> None:
    tasks = [an_aborted(task=f"t{number:02}") for number in range(30)]
    slow = [
        in_status(
            IncidentStatus.OBSERVED,
            id=f"known-{number}",
            subject=Subject(server="prod", task=f"t{number:02}"),
            anomalies=(LAG,),
        )
        for number in range(20)
    ]
    result = reviewed(a_reading(*tasks), *slow)
    assert (len(result.to_open), len(result.to_reopen), result.deferred) == (10, 15, 5)


@pytest.mark.parametrize("status", [one for one in IncidentStatus if one in IN_FLIGHT])
def test_an_incident_that_a_cycle_works_on_is_left_to_it(status: IncidentStatus) -> None:
    for reading in (a_reading(an_aborted()), a_reading(a_snapshot())):
        assert reviewed(reading, in_status(status)) == Review()


@pytest.mark.parametrize("status", [one for one in IncidentStatus if one in IN_FLIGHT])
def test_an_incident_whose_lease_ran_out_goes_to_people(status: IncidentStatus) -> None:
    [lost] = reviewed(a_reading(an_aborted()), in_status(status, lease_until=NOON)).lost
    assert lost.status is IncidentStatus.ESCALATED
    assert "never came back" in lost.reason


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (IncidentStatus.OBSERVED, Outcome.RECOVERED_BY_ITSELF),
        (IncidentStatus.ESCALATED, Outcome.HANDED_OVER_AND_HEALTHY),
        (IncidentStatus.REJECTED, Outcome.HANDED_OVER_AND_HEALTHY),
    ],
)
def test_an_incident_with_people_closes_when_its_task_was_seen_healthy(
    status: IncidentStatus, outcome: Outcome
) -> None:
    [closed] = reviewed(a_reading(a_snapshot()), in_status(status)).to_close
    assert (closed.status, closed.outcome) == (IncidentStatus.CLOSED, outcome)
    assert closed.closed_at == NOON


@pytest.mark.parametrize(
    "reading",
    [
        a_reading(an_aborted()),
        a_reading(a_snapshot(details_read=False)),
        a_reading(a_snapshot(state=TaskState.RECOVERY)),
        a_reading(a_snapshot(state=TaskState.UNKNOWN)),
        a_reading(a_snapshot(unknown_fields=("cdc_latency: 'x'",))),
        a_reading(a_snapshot(), servers=(a_server(state=ServerState.NOT_CONNECTED),)),
        a_reading(servers=()),
        a_reading(unread=(Unread(server="prod", error="500"),)),
        a_reading(unread=(Unread(server="prod", task="orders", error="500"),)),
    ],
    ids=[
        "still ill",
        "no details",
        "in recovery",
        "unknown",
        "not understood",
        "server gone",
        "no server listed",
        "server unread",
        "task unread",
    ],
)
def test_an_incident_never_closes_because_its_task_was_not_seen_healthy(
    reading: FleetReading,
) -> None:
    assert reviewed(reading, in_status(IncidentStatus.ESCALATED)).to_close == ()


@pytest.mark.parametrize(
    "servers",
    [(a_server(state=ServerState.NOT_MONITORED),), (a_server(name="another"),)],
    ids=["unwatched", "removed"],
)
def test_an_incident_closes_when_qlik_does_not_watch_its_server_any_more(
    servers: tuple[ServerSnapshot, ...],
) -> None:
    [closed] = reviewed(a_reading(servers=servers), in_status(IncidentStatus.ESCALATED)).to_close
    assert closed.reason == "Qlik does not watch the server any more"


@pytest.mark.parametrize("reason", ["NORMAL", "FULL_LOAD_ONLY_FINISHED"])
def test_an_incident_closes_when_a_person_stopped_its_task_or_it_finished(reason: str) -> None:
    stopped = a_snapshot(state=TaskState.STOPPED, stop_reason=StopReason(reason))
    assert len(reviewed(a_reading(stopped), in_status(IncidentStatus.ESCALATED)).to_close) == 1


def test_an_incident_closes_when_its_task_was_removed() -> None:
    assert len(reviewed(a_reading(), in_status(IncidentStatus.ESCALATED)).to_close) == 1


def test_no_incident_closes_because_its_server_suddenly_lists_no_task() -> None:
    memory = find(a_reading(an_aborted()), {}, Thresholds()).progress
    result = reviewed(a_reading(), in_status(IncidentStatus.ESCALATED), memory=memory)
    assert result.to_close == ()
    [opened] = result.to_open
    assert opened.subject == PROD
    assert "lists no task at all, and had 1 before" in opened.anomalies[0].summary


def test_a_task_that_this_agent_stopped_is_not_healthy_while_it_stands_still() -> None:
    ours = in_status(IncidentStatus.ESCALATED, stopped_by_agent=True)
    stopped = a_snapshot(state=TaskState.STOPPED, stop_reason=StopReason.NORMAL)
    assert reviewed(a_reading(stopped), ours).to_close == ()
    assert len(reviewed(a_reading(a_snapshot()), ours).to_close) == 1


@pytest.mark.parametrize("status", [one for one in IncidentStatus if one in WITH_PEOPLE])
def test_an_incident_that_got_worse_is_decided_anew(status: IncidentStatus) -> None:
    known = in_status(status, anomalies=(LAG,), approval_id="a-1")
    [again] = reviewed(a_reading(an_aborted()), known).to_reopen
    assert (again.status, again.cycle, again.id) == (IncidentStatus.OPEN, "cycle-2", known.id)
    assert again.kinds == {AnomalyKind.ABORTED}
    assert again.approval_id is None


def test_a_used_attempt_never_answers_for_a_new_decision() -> None:
    for status, attempt in [("observed", 1), ("escalated", 2), ("rejected", 2)]:
        known = in_status(IncidentStatus(status), anomalies=(LAG,))
        [again] = reviewed(a_reading(an_aborted()), known).to_reopen
        assert again.attempt == attempt


@pytest.mark.parametrize("state", [TaskState.RUNNING, TaskState.RECOVERY])
def test_a_task_that_was_left_alone_and_is_down_again_is_decided_anew(state: TaskState) -> None:
    known = in_status(IncidentStatus.OBSERVED, snapshot=a_snapshot(state=state))
    [again] = reviewed(a_reading(an_aborted()), known).to_reopen
    assert (again.status, again.snapshot) == (IncidentStatus.OPEN, an_aborted())


@pytest.mark.parametrize(("hours", "again"), [(3.9, 0), (4, 1)])
def test_an_observed_incident_is_decided_anew_after_some_hours(hours: float, again: int) -> None:
    slow = a_snapshot(total_latency_seconds=900, observed_at=later(hours=hours))
    lag = an_anomaly(AnomalyKind.LAGGING)
    known = in_status(IncidentStatus.OBSERVED, anomalies=(lag,), snapshot=slow)
    assert len(reviewed(a_reading(slow), known).to_reopen) == again
    handed_over = known.model_copy(update={"status": IncidentStatus.ESCALATED})
    assert reviewed(a_reading(slow), handed_over).to_reopen == ()


@pytest.mark.parametrize("status", IncidentStatus)
def test_an_incident_that_is_no_worse_is_not_opened_again(status: IncidentStatus) -> None:
    result = reviewed(a_reading(an_aborted()), in_status(status))
    assert (result.to_open, result.to_reopen) == ((), ())


def test_the_memory_of_a_task_is_folded_in_by_server_and_name() -> None:
    other = TaskId(server="test", task="orders")
    first = find(a_reading(a_snapshot(), a_snapshot(id=other)), {}, Thresholds())
    second = find(a_reading(_at(5), _at(5, id=other)), first.progress, Thresholds())
    assert second.progress["prod"]["orders"].state_since == NOON
    assert second.progress["test"]["orders"].observed_at == later(minutes=5)


def _at(minutes: int, **changes: Any) -> TaskSnapshot:
    return a_snapshot(observed_at=later(minutes=minutes), **changes)


def test_a_recovery_that_ends_well_opens_nothing() -> None:
    recovering = {"state": TaskState.RECOVERY, "stop_reason": StopReason.RECOVERABLE_ERROR}
    memory: Memory = {}
    for minutes in range(0, 30, 5):
        reading = a_reading(_at(minutes, **recovering))
        assert reviewed(reading, memory=memory) == Review()
        memory = find(reading, memory, Thresholds()).progress
    assert reviewed(a_reading(_at(30)), memory=memory) == Review()


def test_opening_keeps_the_reading_it_was_judged_by() -> None:
    [incident] = reviewed(a_reading(an_aborted())).to_open
    assert incident.snapshot == an_aborted()
    assert incident.error_class.value == "connection"
    assert incident.lease_until == later(minutes=30)
    assert incident == an_incident(
        id="i-0", cycle="cycle-2", anomalies=incident.anomalies, snapshot=incident.snapshot
    )


def an_outage(**changes: Any) -> FleetReading:
    shared = Endpoint(name="Oracle PROD")
    return a_reading(
        *[an_aborted(task=name, source_endpoint=shared, **changes) for name in "abcde"]
    )


def test_an_endpoint_s_incident_keeps_the_tags_of_its_tasks() -> None:
    [incident] = reviewed(an_outage(tags=("hands-off",))).to_open
    assert incident.member_tags == {f"prod/{name}": ("hands-off",) for name in "abcde"}
    assert reviewed(an_outage()).to_open[0].member_tags == {}


def test_a_group_that_is_decided_anew_forgets_its_last_list_of_tasks() -> None:
    resumed = Resumed(task=TaskId(server="prod", task="a"), fate=Fate.STALE, detail="it ran")
    trouble = an_anomaly(AnomalyKind.ENDPOINT_TROUBLE, severity=Severity.WARNING)
    group = a_decided_group(
        status=IncidentStatus.ESCALATED, resumed=(resumed,), anomalies=(trouble,)
    )
    [again] = reviewed(an_outage(), group).to_reopen
    assert (again.candidates, again.resumed, again.attempt) == ((), (), 2)
    assert again.members == tuple(f"prod/{name}" for name in "abcde")
