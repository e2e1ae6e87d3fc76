"""What a cycle remembers of a task for the next one: the least that tells movement from rest."""

from datetime import datetime
from typing import Self

from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import Counters, TaskSnapshot, TaskState

IDLE_LATENCY_SECONDS = 60
"""A quiet source may show some seconds of latency and is still idle."""
SMOOTHING = 0.2
"""Weight of the newest reading in the usual throughput (an exponential moving average)."""
COLLAPSED_SHARE = 0.1
"""Below this share of its usual throughput a task counts as collapsed."""
COLLAPSE_BACKLOG_SECONDS = 60
"""At least so much work, at the usual speed, has to wait: a few changes always do, at night too,
and batches are applied up to half a minute apart."""


class TaskProgress(Frozen):
    """A task's memory between cycles."""

    observed_at: datetime
    state: TaskState
    state_since: datetime
    moved_at: datetime
    """Since when it rests although there is work: a rest without work does not count."""
    had_work: bool = False
    """Whether the last reading showed work to do."""
    counters: Counters = Counters()
    records_in_progress: int | None = None
    source_latency_seconds: int | None = None
    total_latency_seconds: int | None = None
    latency_change_seconds: int | None = None
    transaction_grows: bool = False
    data_error_count: int | None = None
    data_errors_rose_at: datetime | None = None
    memory_mb: int | None = None
    usual_records_per_second: float | None = None
    usual_readings: int = 0
    collapsed_readings: int = 0
    unread_readings: int = 0
    """How many readings in a row came without details."""

    @classmethod
    def first(cls, snapshot: TaskSnapshot) -> Self:
        """Begin with a first reading: nothing is known of what came before it."""
        return cls(
            observed_at=snapshot.observed_at,
            state=snapshot.state,
            state_since=snapshot.observed_at,
            moved_at=snapshot.observed_at,
            had_work=has_work(snapshot),
            counters=snapshot.counters,
            records_in_progress=snapshot.backlog.records_in_progress,
            source_latency_seconds=snapshot.source_latency_seconds,
            total_latency_seconds=snapshot.total_latency_seconds,
            data_error_count=snapshot.data_error_count,
            data_errors_rose_at=snapshot.observed_at if snapshot.data_error_count else None,
            memory_mb=snapshot.memory_mb,
            # Idle is not usual: a usual speed of zero would take long to rise.
            usual_records_per_second=snapshot.cdc_throughput.target_records or None,
            usual_readings=1 if snapshot.cdc_throughput.target_records else 0,
            unread_readings=0 if snapshot.details_read else 1,
        )


def advance(previous: TaskProgress | None, snapshot: TaskSnapshot) -> TaskProgress:
    """Fold one reading into what is remembered.

    A reading without details (or older than what is remembered) changes nothing but the state.
    """
    if previous is None:
        return TaskProgress.first(snapshot)
    if snapshot.observed_at <= previous.observed_at:
        return previous
    now = snapshot.observed_at
    same_state = snapshot.state is previous.state
    since = previous.state_since if same_state else now
    if not snapshot.details_read:
        return previous.model_copy(
            update={
                "observed_at": now,
                "state": snapshot.state,
                "state_since": since,
                "moved_at": previous.moved_at if same_state else now,
                "unread_readings": previous.unread_readings + 1,
            }
        )
    return TaskProgress(
        observed_at=now,
        state=snapshot.state,
        state_since=since,
        moved_at=previous.moved_at if same_state and _rests(previous, snapshot) else now,
        had_work=has_work(snapshot),
        counters=snapshot.counters,
        records_in_progress=snapshot.backlog.records_in_progress,
        source_latency_seconds=snapshot.source_latency_seconds,
        total_latency_seconds=snapshot.total_latency_seconds,
        data_error_count=_last_known(previous.data_error_count, snapshot.data_error_count),
        latency_change_seconds=_change(
            previous.total_latency_seconds, snapshot.total_latency_seconds
        ),
        transaction_grows=(
            _change(previous.records_in_progress, snapshot.backlog.records_in_progress) or 0
        )
        > 0,
        data_errors_rose_at=_data_errors_rose_at(previous, snapshot),
        memory_mb=snapshot.memory_mb,
        **_throughput(previous, snapshot),
    )


def has_moved(previous: TaskProgress, snapshot: TaskSnapshot) -> bool:
    """Tell whether any known counter differs from the last reading.

    A fall counts as movement too: it means a restart, and a window that starts anew. Growing
    records of a transaction in progress are movement: a large transaction is not a stall.
    """
    in_progress = _change(previous.records_in_progress, snapshot.backlog.records_in_progress)
    return bool(in_progress) or snapshot.counters.moved_since(previous.counters)


def has_work(snapshot: TaskSnapshot) -> bool:
    """Tell whether a reading shows work: changes that wait, tables that load, or latency."""
    latencies = (snapshot.source_latency_seconds, snapshot.total_latency_seconds)
    behind = max((value for value in latencies if value is not None), default=0)
    loading = snapshot.full_load.tables_loading
    return bool(snapshot.backlog.waiting() or loading) or behind > IDLE_LATENCY_SECONDS


def _rests(previous: TaskProgress, snapshot: TaskSnapshot) -> bool:
    # The first work after a quiet night has not waited all night: both readings must show work.
    busy = previous.had_work and has_work(snapshot)
    return busy and not has_moved(previous, snapshot)


def is_collapsed(previous: TaskProgress, snapshot: TaskSnapshot) -> bool:
    """Tell whether throughput fell far below the usual while there is work waiting."""
    current, usual = snapshot.cdc_throughput.target_records, previous.usual_records_per_second
    if current is None or usual is None or snapshot.full_load.tables_loading:
        return False  # while tables load, changes are kept back on purpose
    waits = (snapshot.backlog.waiting() or 0) >= COLLAPSE_BACKLOG_SECONDS * usual
    return waits and current < COLLAPSED_SHARE * usual


def _throughput(previous: TaskProgress, snapshot: TaskSnapshot) -> dict[str, float | int | None]:
    current, usual = snapshot.cdc_throughput.target_records, previous.usual_records_per_second
    readings = previous.usual_readings
    collapsed = is_collapsed(previous, snapshot)
    # Neither idle nor collapsed readings may drag down what is usual.
    if current and not collapsed:
        usual = current if usual is None else usual + SMOOTHING * (current - usual)
        readings += 1
    return {
        "usual_records_per_second": usual,
        "usual_readings": readings,
        "collapsed_readings": previous.collapsed_readings + 1 if collapsed else 0,
    }


def _data_errors_rose_at(previous: TaskProgress, snapshot: TaskSnapshot) -> datetime | None:
    count = snapshot.data_error_count
    if count is None:
        return previous.data_errors_rose_at
    if count > (previous.data_error_count or 0):
        return snapshot.observed_at
    return previous.data_errors_rose_at if count else None


def _last_known(before: int | None, after: int | None) -> int | None:
    return before if after is None else after


def _change(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before
