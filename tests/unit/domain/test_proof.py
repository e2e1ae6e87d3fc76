"""Only a whole window of health, seen without a break, proves that a task is well."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.finding import find
from qlik_monitor.domain.incident import IncidentStatus
from qlik_monitor.domain.monitoring import review
from qlik_monitor.domain.progress import TaskProgress
from qlik_monitor.domain.task import StopReason, TaskSnapshot, TaskState
from qlik_monitor.domain.thresholds import Thresholds
from tests.fakes.builders import (
    NOON,
    TASK,
    a_reading,
    a_snapshot,
    an_aborted,
    in_status,
    later,
)

WINDOW = timedelta(hours=2)
ORDERS = Subject(server=TASK.server, task=TASK.task)


class Watched:
    """One task as cycle after cycle sees it."""

    def __init__(self) -> None:
        self.memory: dict[str, dict[str, TaskProgress]] = {}
        self.now = NOON

    def sees(self, snapshot: TaskSnapshot, after: timedelta = timedelta(minutes=5)) -> None:
        self.now += after
        reading = a_reading(snapshot.model_copy(update={"observed_at": self.now}))
        found = find(reading, self.memory, Thresholds(), health_window=WINDOW)
        self.reading, self.findings, self.memory = reading, found, found.progress

    def well(self, readings: int, **changes: Any) -> None:
        for _ in range(readings):
            self.sees(a_snapshot(**changes))

    @property
    def proven(self) -> datetime | None:
        return self.memory[TASK.server][TASK.task].proven_healthy_at


@pytest.fixture
def task() -> Watched:
    """A task that was aborted at first."""
    watched = Watched()
    watched.sees(an_aborted())
    return watched


def test_a_window_of_health_is_proven_up_to_its_last_reading(task: Watched) -> None:
    task.well(25)
    last = task.now
    assert task.proven is None
    task.sees(an_aborted())
    assert task.proven == last


def test_a_reading_too_few_proves_nothing(task: Watched) -> None:
    task.well(24)
    task.sees(an_aborted())
    assert task.proven is None


def test_a_task_of_which_nothing_is_remembered_has_proven_nothing() -> None:
    watched = Watched()
    watched.sees(an_aborted())
    assert watched.proven is None


@pytest.mark.parametrize(
    "reading",
    [
        a_snapshot(details_read=False),
        a_snapshot(state=TaskState.STOPPED, stop_reason=StopReason.NORMAL),
        an_aborted(),
    ],
    ids=["details unread", "stopped by a person", "ill once"],
)
def test_one_reading_that_shows_no_health_breaks_it(reading: TaskSnapshot, task: Watched) -> None:
    task.well(20)
    task.sees(reading)
    task.well(20)
    task.sees(an_aborted())
    assert task.proven is None


@pytest.mark.parametrize(("minutes", "proven"), [(15, True), (16, False)])
def test_a_gap_in_the_readings_breaks_it(minutes: int, proven: bool, task: Watched) -> None:
    task.well(15)
    task.sees(a_snapshot(), after=timedelta(minutes=minutes))
    task.well(10)
    task.sees(an_aborted())
    assert (task.proven is not None) is proven


def test_a_slow_schedule_is_no_gap(task: Watched) -> None:
    for _ in range(6):
        task.sees(a_snapshot(), after=timedelta(hours=1))
    task.sees(an_aborted(), after=timedelta(hours=1))
    assert task.proven is not None


def test_what_was_proven_once_is_not_taken_back(task: Watched) -> None:
    task.well(30)
    first = task.now
    task.sees(an_aborted())
    task.well(3)
    task.sees(an_aborted())
    assert task.proven == first


def test_a_healthy_task_carries_nothing_of_it_in_its_memory(task: Watched) -> None:
    watched = Watched()
    watched.well(40)
    kept = watched.memory[TASK.server][TASK.task].model_dump(exclude_defaults=True)
    assert not kept.keys() & {"proven_healthy_at", "unproven_until"}


def test_an_incident_counts_from_the_proof_when_it_opens_and_when_it_opens_again(
    task: Watched,
) -> None:
    task.well(30)
    proven = task.now
    task.sees(an_aborted())
    [opened] = review("c", task.reading, task.findings, (), iter(["i-1"])).to_open
    assert opened.counts_from == proven
    known = in_status(IncidentStatus.OBSERVED, decide_again_at=later(minutes=1), decision=None)
    [again] = review("c", task.reading, task.findings, (known,), iter([])).to_reopen
    assert again.counts_from == proven


def test_an_incident_keeps_what_it_knew_when_the_memory_is_lost() -> None:
    watched = Watched()
    watched.sees(an_aborted())
    known = in_status(
        IncidentStatus.OBSERVED, decide_again_at=NOON, counts_from=later(days=-3), decision=None
    )
    [again] = review("c", watched.reading, watched.findings, (known,), iter([])).to_reopen
    assert again.counts_from == later(days=-3)
