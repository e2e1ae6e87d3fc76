"""What is kept of each reading for weeks, and how a long series is thinned for the eye.

Unknown is `None` here too: a number that Qlik did not send is no zero in any trend.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_high, median_low
from typing import Self

from qlik_monitor.domain.actions import DOWN
from qlik_monitor.domain.task import StopReason, TaskSnapshot, TaskState

WORST_FIRST = (
    TaskState.ERROR,
    TaskState.STOPPED,
    TaskState.RECOVERY,
    TaskState.UNKNOWN,
    TaskState.RUNNING,
)
GAP_INTERVALS = 2.5
"""Readings that lie further apart than so many usual distances have a gap between them."""
WIDTHS = tuple(
    timedelta(minutes=minutes)
    for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 20160, 40320)
)
"""Widths of a bucket that people think in: minutes, hours, days, weeks."""


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """One reading of one task, in the few numbers that make a trend."""

    at: datetime
    """In UTC, to the second."""
    state: TaskState
    stop_reason: StopReason = StopReason.UNKNOWN
    source_latency_seconds: int | None = None
    total_latency_seconds: int | None = None
    waiting: int | None = None
    """Changes that wait in Replicate, in records."""
    applied: int | None = None
    """Changes applied since the task was started; a fall means that it was started anew."""
    target_records_per_second: int | None = None
    memory_mb: int | None = None
    cpu_percentage: int | None = None
    data_error_count: int | None = None
    tables_with_error: int | None = None

    @property
    def down(self) -> bool:
        """Whether the task has no process, so that nothing of it can be measured."""
        return self.state in DOWN

    def as_told(self) -> Self:
        """Return it as people are told of it: of a task that is down, Qlik's zeros are silence."""
        if not self.down:
            return self
        return replace(
            self,
            source_latency_seconds=None,
            total_latency_seconds=None,
            target_records_per_second=None,
            memory_mb=None,
            cpu_percentage=None,
            waiting=self.waiting or None,
            data_error_count=self.data_error_count or None,
            tables_with_error=self.tables_with_error or None,
        )


@dataclass(frozen=True, slots=True)
class TaskHistory:
    """What is stored of one task, oldest first, and how much of it could not be read."""

    points: tuple[HistoryPoint, ...] = ()
    unreadable: int = 0
    """Stored readings of the task's server in a form that this release does not know."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What happened to a task in one stretch of time; without readings nothing is known."""

    begins: datetime
    count: int = 0
    worst_state: TaskState | None = None
    not_running: int = 0
    """How many of its readings found the task in another state than RUNNING."""
    latency_min: int | None = None
    latency_median: int | None = None
    latency_max: int | None = None
    applied: int | None = None
    """Changes applied between its readings, where that is known."""
    applied_per_second: float | None = None
    restarts: int = 0
    """How often the total of applied changes fell."""
    waiting_max: int | None = None
    records_per_second_median: int | None = None
    memory_mb_max: int | None = None
    data_error_count_max: int | None = None
    tables_with_error_max: int | None = None


def point_of(snapshot: TaskSnapshot) -> HistoryPoint:
    """Take from a reading what is kept of it."""
    return HistoryPoint(
        at=snapshot.observed_at.replace(microsecond=0),
        state=snapshot.state,
        stop_reason=snapshot.stop_reason,
        source_latency_seconds=snapshot.source_latency_seconds,
        total_latency_seconds=snapshot.total_latency_seconds,
        waiting=snapshot.backlog.waiting(),
        applied=_applied(snapshot),
        target_records_per_second=snapshot.cdc_throughput.target_records,
        memory_mb=snapshot.memory_mb,
        cpu_percentage=snapshot.cpu_percentage,
        data_error_count=snapshot.data_error_count,
        tables_with_error=snapshot.full_load.tables_with_error,
    )


def _applied(snapshot: TaskSnapshot) -> int | None:
    counters = snapshot.counters
    events = (
        counters.applied_inserts,
        counters.applied_updates,
        counters.applied_deletes,
        counters.applied_ddls,
    )
    known = [count for count in events if count is not None]
    # Qlik Cloud counts records, and tells no kinds of events apart.
    return sum(known) if known else counters.applied_records


def bucket_width(points: Sequence[HistoryPoint], at_most: int) -> timedelta:
    """Choose the narrowest usual width that covers a series with so many buckets.

    Two readings have to fit in, or buckets would be empty where there is no gap.
    """
    span, least = points[-1].at - points[0].at, 2 * _usual_distance(points)
    fitting = (width for width in WIDTHS if span <= width * at_most and least <= width)
    return next(fitting, WIDTHS[-1])


def longest_pause(points: Sequence[HistoryPoint]) -> timedelta:
    """Return how far apart two readings may lie without a gap between them."""
    return _usual_distance(points) * GAP_INTERVALS


def _usual_distance(points: Sequence[HistoryPoint]) -> timedelta:
    distances = [later.at - earlier.at for earlier, later in pairwise(points)]
    return median_low(distances) if distances else timedelta(0)


def gaps(points: Sequence[HistoryPoint]) -> list[tuple[datetime, datetime]]:
    """Return the stretches without a reading: from the last one before to the first one after."""
    pause = longest_pause(points)
    pairs = ((earlier.at, later.at) for earlier, later in pairwise(points))
    return [(begin, end) for begin, end in pairs if end - begin > pause]


def trend(points: Sequence[HistoryPoint], begins: datetime, width: timedelta) -> tuple[Bucket, ...]:
    """Thin a series, oldest first, to buckets without holes from `begins` to its last point.

    What was applied between two readings counts where the second one lies. It is unknown after
    a fall, which means a restart, and across a gap, which may hide one.
    """
    if not points:
        return ()
    count = (points[-1].at - begins) // width + 1
    inside: list[list[HistoryPoint]] = [[] for _ in range(count)]
    moves: list[list[tuple[HistoryPoint, HistoryPoint]]] = [[] for _ in range(count)]
    pause = longest_pause(points)
    for number, point in enumerate(points):
        place = (point.at - begins) // width
        if place < 0:
            continue
        inside[place].append(point)
        if number and point.at - points[number - 1].at <= pause:
            moves[place].append((points[number - 1], point))
    return tuple(
        _bucket(begins + place * width, inside[place], moves[place]) for place in range(count)
    )


def steps(points: Sequence[HistoryPoint]) -> tuple[Bucket, ...]:
    """Make a bucket of each reading: a series that is short enough to be shown as it is."""
    pause = longest_pause(points)
    made = []
    for number, point in enumerate(points):
        before = points[number - 1] if number else None
        follows = before is not None and point.at - before.at <= pause
        made.append(_bucket(point.at, [point], [(before, point)] if before and follows else []))
    return tuple(made)


def _bucket(
    begins: datetime,
    points: Sequence[HistoryPoint],
    moves: Sequence[tuple[HistoryPoint, HistoryPoint]],
) -> Bucket:
    if not points:
        return Bucket(begins)
    latencies = sorted(_known(point.total_latency_seconds for point in points))
    speeds = _known(point.target_records_per_second for point in points)
    applied, seconds, restarts = _applied_within(moves)
    return Bucket(
        begins=begins,
        count=len(points),
        worst_state=min((point.state for point in points), key=WORST_FIRST.index),
        not_running=sum(point.state is not TaskState.RUNNING for point in points),
        latency_min=latencies[0] if latencies else None,
        latency_median=median_high(latencies) if latencies else None,
        latency_max=latencies[-1] if latencies else None,
        applied=applied,
        applied_per_second=applied / seconds if applied is not None and seconds else None,
        restarts=restarts,
        waiting_max=_most(point.waiting for point in points),
        records_per_second_median=median_high(speeds) if speeds else None,
        memory_mb_max=_most(point.memory_mb for point in points),
        data_error_count_max=_most(point.data_error_count for point in points),
        tables_with_error_max=_most(point.tables_with_error for point in points),
    )


def _applied_within(
    moves: Sequence[tuple[HistoryPoint, HistoryPoint]],
) -> tuple[int | None, float, int]:
    """Return what was applied, in how many seconds, and the number of restarts between."""
    applied: int | None = None
    seconds, restarts = 0.0, 0
    for earlier, later in moves:
        if earlier.applied is None or later.applied is None:
            continue
        if later.applied < earlier.applied:
            restarts += 1
            continue
        applied = (applied or 0) + later.applied - earlier.applied
        seconds += (later.at - earlier.at).total_seconds()
    return applied, seconds, restarts


def _known(values: Iterator[int | None]) -> list[int]:
    return [value for value in values if value is not None]


def _most(values: Iterator[int | None]) -> int | None:
    return max(_known(values), default=None)
