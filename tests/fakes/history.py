"""A history in memory, and builders of its points."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from qlik_monitor.domain.history import HistoryPoint, TaskHistory
from qlik_monitor.domain.task import StopReason, TaskId, TaskState
from tests.fakes.builders import later


def a_point(minutes: float = 0, **changes: Any) -> HistoryPoint:
    """A running task, read so many minutes after noon."""
    usual: dict[str, Any] = {
        "at": later(minutes=minutes),
        "state": TaskState.RUNNING,
        "stop_reason": StopReason.NONE,
        "source_latency_seconds": 1,
        "total_latency_seconds": 2,
        "waiting": 0,
        "applied": 100,
        "target_records_per_second": 50,
    }
    return HistoryPoint(**usual | changes)


class FakeHistory:
    """Fits `HistoryStore`; raises `failure`, if there is one, in place of saving."""

    def __init__(self, failure: Exception | None = None) -> None:
        """Remember nothing yet."""
        self.failure = failure
        self.saved: dict[tuple[str, datetime], Mapping[str, HistoryPoint]] = {}
        self.attempts = 0

    def save(self, server: str, points: Mapping[str, HistoryPoint], now: datetime) -> None:
        """Keep a reading under its server and time."""
        self.attempts += 1
        if self.failure:
            raise self.failure
        self.saved[server, now] = dict(points)

    def of(
        self,
        task: TaskId,
        since: datetime,
        until: datetime,
        seen: Callable[[datetime], None] = lambda _moment: None,
    ) -> TaskHistory:
        """Return a task's points, oldest first."""
        points = [
            one[task.task]
            for (server, _), one in self.saved.items()
            if server == task.server and task.task in one
        ]
        found = sorted((p for p in points if since <= p.at <= until), key=lambda point: point.at)
        seen(until)
        return TaskHistory(tuple(found))

    def tasks(self, server: str) -> frozenset[str]:
        """Return the names of a server's tasks."""
        return frozenset(
            name for (saved, _), points in self.saved.items() if saved == server for name in points
        )
