"""Static rules: what most monitoring of Replicate does, and the seed of this project described.

One alarm a task: lag over 600 s, no update for 1800 s, or stopped by an error. It is over as soon
as the rule does not hold any more.
"""

from collections.abc import Sequence
from datetime import datetime

from benchmarks.detection.predicted import PredictedIncident
from qlik_monitor.domain.task import FleetReading, StopReason, TaskId, TaskSnapshot, TaskState
from qlik_monitor.domain.thresholds import Thresholds

ERRORS = frozenset(
    {
        StopReason.RECOVERABLE_ERROR,
        StopReason.FATAL_ERROR,
        StopReason.STOPPED_LOW_DISK_SPACE,
        StopReason.STOPPED_LOW_MEMORY,
        StopReason.EXPRESS_LICENSE_LIMITS_REACHED,
    }
)
LIMITS = Thresholds()


def is_down(snapshot: TaskSnapshot) -> bool:
    """Tell whether an error, or a lack of something, stopped a task; RECOVERY is not down."""
    stopped = snapshot.state is TaskState.STOPPED and snapshot.stop_reason in ERRORS
    return stopped or snapshot.state is TaskState.ERROR


class StaticRules:
    """Knows nothing but the last update of each task."""

    name = "static rules"

    def __init__(self) -> None:
        self._seen: dict[TaskId, tuple[object, datetime]] = {}
        self._open: dict[TaskId, PredictedIncident] = {}
        self._all: list[PredictedIncident] = []

    def observe(self, reading: FleetReading) -> None:
        """Apply the rules to every task that is, or was, there."""
        now = reading.observed_at
        read = {snapshot.id: snapshot for snapshot in reading.tasks}
        gone = self._seen.keys() - read.keys() if not reading.unread else set()
        for id in gone - self._on_lost_servers(reading):
            self._seen.pop(id)
            self._close(id, now)
        for id in read.keys() | self._seen.keys():
            broken = self._broken(id, read.get(id), now)
            if broken and id not in self._open:
                self._open_one(id, broken, now)
            elif not broken:
                self._close(id, now)

    def incidents(self) -> Sequence[PredictedIncident]:
        """Every alarm so far."""
        return self._all

    def _on_lost_servers(self, reading: FleetReading) -> set[TaskId]:
        lost = {unread.server for unread in reading.unread if unread.task is None}
        return {id for id in self._seen if id.server in lost}

    def _broken(self, id: TaskId, snapshot: TaskSnapshot | None, now: datetime) -> str | None:
        if snapshot is None or not snapshot.details_read:
            since = self._seen.setdefault(id, (None, now))[1]
            return "no update" if now - since >= LIMITS.stuck else None
        update = (snapshot.counters, snapshot.total_latency_seconds)
        running = snapshot.state is TaskState.RUNNING
        if not running or id not in self._seen or self._seen[id][0] != update:
            self._seen[id] = (update, now)
        if is_down(snapshot):
            return "error"
        if (snapshot.total_latency_seconds or 0) > LIMITS.lag.total_seconds():
            return "lag"
        return "no update" if now - self._seen[id][1] >= LIMITS.stuck else None

    def _open_one(self, id: TaskId, rule: str, now: datetime) -> None:
        alarm = PredictedIncident(id.server, id.task, None, frozenset([id]), frozenset([rule]), now)
        self._open[id] = alarm
        self._all.append(alarm)

    def _close(self, id: TaskId, now: datetime) -> None:
        if alarm := self._open.pop(id, None):
            alarm.closed_at = now
