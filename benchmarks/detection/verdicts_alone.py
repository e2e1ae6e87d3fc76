"""Verdicts alone: an alarm for every task that is down, stalled or falling behind.

The same verdicts that our detector stands on, without its thresholds, baselines and grouping.
"""

from collections.abc import Sequence
from datetime import datetime

from benchmarks.detection.predicted import PredictedIncident
from benchmarks.detection.static_rules import is_down
from qlik_monitor.domain.progress import TaskProgress, advance
from qlik_monitor.domain.task import FleetReading, TaskId, TaskSnapshot, TaskState
from qlik_monitor.domain.verdict import TaskVerdict, judge

ILL = (TaskVerdict.STALLED, TaskVerdict.FALLING_BEHIND)


class VerdictsAlone:
    """Alarms by task; an alarm is over with the verdict."""

    name = "verdicts alone"

    def __init__(self) -> None:
        self._progress: dict[TaskId, TaskProgress] = {}
        self._open: dict[TaskId, PredictedIncident] = {}
        self._all: list[PredictedIncident] = []

    def observe(self, reading: FleetReading) -> None:
        """Judge every task."""
        for snapshot in reading.tasks:
            progress = advance(self._progress.get(snapshot.id), snapshot)
            self._progress[snapshot.id] = progress
            finding = _finding(snapshot, progress)
            if finding and snapshot.id not in self._open:
                self._raise(snapshot.id, finding, reading.observed_at)
            elif not finding and (alarm := self._open.pop(snapshot.id, None)):
                alarm.closed_at = reading.observed_at

    def incidents(self) -> Sequence[PredictedIncident]:
        """Every alarm so far."""
        return self._all

    def _raise(self, id: TaskId, finding: str, now: datetime) -> None:
        members, kinds = frozenset([id]), frozenset([finding])
        alarm = PredictedIncident(id.server, id.task, None, members, kinds, now)
        self._open[id] = alarm
        self._all.append(alarm)


def _finding(snapshot: TaskSnapshot, progress: TaskProgress) -> str | None:
    if is_down(snapshot):
        return "down"
    if snapshot.state is not TaskState.RUNNING or not snapshot.details_read:
        return None
    verdict = judge(progress.samples)
    return verdict.value if verdict in ILL else None
