"""What is known of one task over a span of days, and where that is not enough, what is missing."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from local.history.command import NothingFound
from qlik_monitor.domain.history import Bucket, HistoryPoint, gaps, longest_pause, steps, trend
from qlik_monitor.domain.ports import HistoryStore, RestartHistory
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.streaming_score import StreamingScore
from qlik_monitor.domain.task import TaskId

NAMED_AT_MOST = 10
UNUSUAL = 0.5
"""The streaming score's own mark: as rare as one reading in a hundred by both of its questions."""


@dataclass(frozen=True)
class Story:
    """One task's readings and restarts."""

    task: TaskId
    since: datetime
    until: datetime
    points: tuple[HistoryPoint, ...]
    restarts: tuple[Restart, ...]
    unreadable: int
    lag_seconds: int
    """Latency from which the task counts as lagging."""

    @property
    def gaps(self) -> list[tuple[datetime, datetime]]:
        """The stretches without a reading."""
        return gaps(self.points)

    @cached_property
    def unusual(self) -> tuple[tuple[HistoryPoint, float], ...]:
        """The readings whose latency is unlike all before it, with their scores from 0 to 1."""
        score = StreamingScore()
        known = [point for point in self.points if point.total_latency_seconds is not None]
        scored = (
            (point, score.add(point.at.timestamp(), float(point.total_latency_seconds or 0)))
            for point in known
        )
        return tuple((point, rated) for point, rated in scored if rated >= UNUSUAL)

    def thinned(self, at_most: int) -> list[Sequence[Bucket]]:
        """Return the readings in stretches without a gap, with so many buckets in all."""
        span, pause = self.points[-1].at - self.points[0].at, longest_pause(self.points)
        if len(self.points) <= 2 * at_most:
            return _stretches(steps(self.points), pause)
        width = timedelta(seconds=int(span.total_seconds() // at_most) + 1)
        thinned = trend(self.points, self.points[0].at, width)
        return _stretches([bucket for bucket in thinned if bucket.count], max(width, pause))


def _stretches(buckets: Sequence[Bucket], pause: timedelta) -> list[Sequence[Bucket]]:
    stretches: list[list[Bucket]] = []
    for bucket in buckets:
        if stretches and bucket.begins - stretches[-1][-1].begins <= pause:
            stretches[-1].append(bucket)
        else:
            stretches.append([bucket])
    return list(stretches)


def read_story(
    history: HistoryStore,
    restarts: RestartHistory,
    task: TaskId,
    span: tuple[datetime, datetime],
    *,
    lag_seconds: int,
    seen: Callable[[datetime], None],
) -> Story:
    """Read it; raises NothingFound, or StoreUnavailable."""
    since, until = span
    found = history.of(task, since, until, seen)
    if not found.points and not found.unreadable:
        raise NothingFound(_what_is_there(history.tasks(task.server), task, until - since))
    return Story(
        task=task,
        since=since,
        until=until,
        points=found.points,
        restarts=tuple(r for r in restarts.of(task) if since <= r.requested_at <= until),
        unreadable=found.unreadable,
        lag_seconds=lag_seconds,
    )


def _what_is_there(names: frozenset[str], task: TaskId, span: timedelta) -> str:
    days = f"{span / timedelta(days=1):g} days"
    if not names:
        return (
            f"no history of server {task.server!r}: its name is written as Qlik writes it, and its "
            "first readings stand there after one cycle"
        )
    if task.task in names:
        return f"no reading of {task} in the last {days}, though there are later or earlier ones"
    near = difflib.get_close_matches(task.task, names, NAMED_AT_MOST, cutoff=0.5)
    shown = near or sorted(names)[:NAMED_AT_MOST]
    rest = len(names) - len(shown)
    listed = ", ".join(repr(name) for name in shown) + (f", and {rest} others" if rest else "")
    return f"no history of {task} in the last {days}; server {task.server!r} has {listed}"
