"""When an incident of many tasks is over: never because of one that is ill, or was not seen."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from qlik_monitor.domain.anomaly import AnomalyKind, Subject
from qlik_monitor.domain.ending import over_because
from qlik_monitor.domain.finding import Memory, find
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.monitoring import review
from qlik_monitor.domain.task import FleetReading, ServerState, StopReason, TaskState, Unread
from qlik_monitor.domain.thresholds import Thresholds
from tests.fakes.builders import (
    NOON,
    a_reading,
    a_server,
    a_snapshot,
    an_aborted,
    an_anomaly,
    in_status,
    later,
)

MEMBERS = ("prod/a", "prod/b", "prod/c")
FULL = {"state": TaskState.STOPPED, "stop_reason": StopReason.STOPPED_LOW_DISK_SPACE}


def group_incident(**changes: Any) -> Incident:
    subject = Subject(server="*", endpoint="Oracle")
    usual: dict[str, Any] = {
        "subject": subject,
        "anomalies": (an_anomaly(AnomalyKind.ENDPOINT_TROUBLE),),
        "members": MEMBERS,
        "snapshot": None,
    }
    return in_status(IncidentStatus.ESCALATED, **usual | changes)


def fleet(**of_a: Any) -> FleetReading:
    """Three tasks that are well, but for what is said of the first."""
    return a_reading(a_snapshot(task="a", **of_a), a_snapshot(task="b"), a_snapshot(task="c"))


def over(incident: Incident, reading: FleetReading, readings: int = 3) -> str | None:
    """What is said after so many readings of the same fleet."""
    memory: Memory = {}
    because = None
    for number in range(readings):
        at = NOON + timedelta(minutes=5 * number)
        tasks = tuple(task.model_copy(update={"observed_at": at}) for task in reading.tasks)
        now = reading.model_copy(update={"observed_at": at, "tasks": tasks})
        findings = find(now, memory, Thresholds())
        because = over_because(incident, now, findings)
        memory = findings.progress
    return because


def test_it_is_over_when_every_task_behind_it_is_well_for_two_readings() -> None:
    assert over(group_incident(), fleet(), readings=1) is None
    assert over(group_incident(), fleet(), readings=2) == "the cause is gone"


@pytest.mark.parametrize(
    "reading",
    [
        fleet(state=TaskState.RECOVERY, stop_reason=StopReason.RECOVERABLE_ERROR),
        fleet(details_read=False),
        fleet(state=TaskState.UNKNOWN),
        fleet().model_copy(update={"unread": (Unread(server="prod", error="malformed"),)}),
        fleet().model_copy(update={"unread": (Unread(server="prod", task="b", error="500"),)}),
        a_reading(),
    ],
    ids=["retries", "no details", "unknown", "a malformed entry", "one unread", "no task listed"],
)
def test_it_is_not_over_while_one_of_them_is_ill_or_was_not_seen(reading: FleetReading) -> None:
    assert over(group_incident(), reading) is None


def test_a_task_that_is_gone_or_unwatched_holds_nothing_open() -> None:
    gone = a_reading(a_snapshot(task="b"), a_snapshot(task="c"))
    assert over(group_incident(), gone) == "the cause is gone"
    unwatched = a_reading(servers=(a_server(state=ServerState.NOT_MONITORED),))
    assert over(group_incident(), unwatched) == "the cause is gone"


def test_a_task_that_somebody_stopped_holds_nothing_open() -> None:
    stopped = fleet(state=TaskState.STOPPED, stop_reason=StopReason.NORMAL)
    assert over(group_incident(), stopped) == "the cause is gone"


def test_a_servers_incident_knows_the_tasks_that_were_stopped_for_it() -> None:
    reading = a_reading(*[a_snapshot(task=name, **FULL) for name in "abc"])
    ids = (f"i-{number}" for number in count())
    [opened] = review("c", reading, find(reading, {}, Thresholds()), (), ids).to_open
    assert (opened.subject, opened.members) == (Subject(server="prod"), MEMBERS)
    assert over(opened, fleet(**FULL)) is None
    assert over(opened, fleet(details_read=False)) is None
    assert over(opened, fleet()) == "the cause is gone"


def test_what_stands_for_many_tasks_is_opened_before_what_stands_for_one() -> None:
    full = [a_snapshot(task=f"z{number}", **FULL) for number in range(3)]
    alone = [an_aborted(task=f"t{number:02}") for number in range(30)]
    reading = a_reading(*alone, *full, observed_at=later(minutes=0))
    ids = (f"i-{number}" for number in count())
    opened = review("c", reading, find(reading, {}, Thresholds()), (), ids).to_open
    assert opened[0].subject == Subject(server="prod")
