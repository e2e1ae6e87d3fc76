"""What a cycle remembers of a task for the next one: the least that tells movement from rest."""

from datetime import datetime, timedelta
from math import exp
from typing import Self

from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.baseline import Finished, HourTally, tallied
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.proof import breaks_proof, proven_at
from qlik_monitor.domain.sample import (
    Kept,
    Sample,
    Window,
    extended,
    has_work,
    sample_in,
    sample_of,
    window_of,
)
from qlik_monitor.domain.task import Counters, StopReason, TaskSnapshot, TaskState

USUAL_SECONDS = 3600.0
"""What the usual throughput looks back to: an exponential average of about an hour. The first
readings count alike."""
COLLAPSED_SHARE = 0.1
"""Below this share of its usual throughput a task counts as collapsed."""
COLLAPSE_BACKLOG_SECONDS = 60
"""At least so much work, at the usual speed, has to wait: a few changes always do, at night too,
and batches are applied up to half a minute apart."""
GAP_SECONDS = 3600
GAP_INTERVALS = 3
"""After a gap of an hour, and of so many of the last distance, a window begins anew."""
MOST_ONSETS = 8
"""Beginnings of trouble that are remembered, to tell a task that flaps."""
ABORTS = frozenset({StopReason.FATAL_ERROR, StopReason.RECOVERABLE_ERROR})


class TaskProgress(Frozen):
    """A task's memory between cycles."""

    observed_at: datetime
    known_since: datetime
    state: TaskState
    state_since: datetime
    moved_at: datetime
    """Since when it rests although there is work: a rest without work does not count."""
    had_work: bool | None = None
    """Whether the last reading showed work to do; None when it could not be told."""
    counters: Counters = Counters()
    window: Kept = Kept()
    """Samples since it began to run, or was restarted (see `sample.py`)."""
    data_error_count: int | None = None
    data_errors_rose_at: datetime | None = None
    no_memory_since: datetime | None = None
    """Since when a running task shows no memory, that is: no process."""
    usual_records_per_second: float | None = None
    usual_readings: int = 0
    collapsed_since: datetime | None = None
    unread_readings: int = 0
    """How many readings in a row came without details."""
    onsets: tuple[datetime, ...] = ()
    """When it last went down or into RECOVERY, oldest first."""
    tally: HourTally | None = None
    """What is gathered of the present hour for its baseline."""
    finished: Finished | None = None
    """What this reading finished: to be stored with the baseline of its hour."""
    found: tuple[AnomalyKind, ...] = ()
    """What was found at this reading; while the next one is judged, at the reading before."""
    found_since: datetime | None = None
    """Since when there has been some finding at each reading; None while there is none."""
    healthy_readings: int = 0
    """How many readings in a row were without any finding."""
    healthy_since: datetime | None = None
    """Since when there has been none; None while there is one."""
    unproven_until: datetime | None = None
    """Until then health was not seen without a break, whatever `healthy_since` says."""
    proven_healthy_at: datetime | None = None
    """The last moment by which it had been seen healthy without a break for a whole window."""

    @classmethod
    def first(cls, snapshot: TaskSnapshot) -> Self:
        """Begin with a first reading: nothing is known of what came before it."""
        now = snapshot.observed_at
        sample = sample_of(snapshot, moved=None)
        runs = snapshot.state is TaskState.RUNNING and snapshot.details_read
        tally, _ = tallied(None, sample.at, sample.latency, sample.rate)
        return cls(
            observed_at=now,
            known_since=now,
            state=snapshot.state,
            state_since=now,
            moved_at=now,
            had_work=has_work(sample),
            counters=snapshot.counters,
            window=Kept(rows=(sample,)) if runs else Kept(),
            data_error_count=snapshot.data_error_count,
            data_errors_rose_at=now if snapshot.data_error_count else None,
            no_memory_since=now if has_no_process(snapshot) else None,
            # Idle is not usual: a usual speed of zero would take long to rise.
            usual_records_per_second=snapshot.cdc_throughput.target_records or None,
            usual_readings=1 if snapshot.cdc_throughput.target_records else 0,
            unread_readings=0 if snapshot.details_read else 1,
            onsets=(now,) if is_down(snapshot) else (),
            tally=tally,
        )

    @property
    def seen_before(self) -> bool:
        """Whether this is not the first reading of the task."""
        return self.known_since < self.observed_at

    @property
    def records_in_progress(self) -> int | None:
        """Records of transactions in progress at the last reading, if it showed a running task."""
        rows = self.window.rows
        return sample_in(rows[-1]).in_progress if rows else None

    @property
    def samples(self) -> Window:
        """The window, readable."""
        return window_of(self.window)

    def proven_healthy(self, window: timedelta) -> datetime | None:
        """Return the last reading if the task had been healthy for a whole window by then."""
        return proven_at(self.observed_at, self.healthy_since, self.unproven_until, window)

    def unproven(self) -> Self:
        """Remember that the last reading proves no health: nothing could be said of it."""
        return self.model_copy(update={"unproven_until": self.observed_at})

    def with_findings(
        self,
        kinds: frozenset[AnomalyKind],
        *,
        whole: bool = True,
        before: Self | None = None,
        window: timedelta | None = None,
    ) -> Self:
        """Remember what was found in the reading that was folded in last.

        One that was not read whole ends no finding, and is no healthy reading either: leave it out
        if it shows nothing. `before`: what was remembered before that reading; `window`: how long a
        task has to be healthy to be proven so.
        """
        kinds = kinds if whole else kinds.union(self.found)
        proven = before.proven_healthy(window) if before and window and kinds else None
        return self.model_copy(
            update={
                "proven_healthy_at": proven or self.proven_healthy_at,
                "unproven_until": None if kinds else self.unproven_until,
                "found": tuple(sorted(kinds)),
                "found_since": (self.found_since or self.observed_at) if kinds else None,
                "healthy_readings": 0 if kinds else self.healthy_readings + 1,
                "healthy_since": None if kinds else (self.healthy_since or self.observed_at),
            }
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
    broken = breaks_proof(snapshot, now - previous.observed_at, _last_distance(previous.window))
    unproven = now if broken else previous.unproven_until
    always = {
        "observed_at": now,
        "known_since": previous.known_since,
        "state": snapshot.state,
        "state_since": previous.state_since if same_state else now,
        "onsets": _onsets(previous, snapshot),
        "finished": None,
    }
    if not snapshot.details_read:
        update = always | {
            "moved_at": previous.moved_at if same_state else now,
            "window": previous.window if same_state else Kept(),
            "unread_readings": previous.unread_readings + 1,
            "unproven_until": unproven,
        }
        return previous.model_copy(update=update)
    moved = has_moved(previous, snapshot)
    committed = changes_of(previous.counters, snapshot.counters)
    sample = sample_of(snapshot, moved, any(committed) if committed else None)
    work = has_work(sample)
    # The first work after a quiet night has not waited all night: both readings must show work.
    rests = previous.had_work is not False and work is not False and not moved
    tally, finished = tallied(previous.tally, sample.at, sample.latency, sample.rate)
    return TaskProgress(
        **always
        | {
            "moved_at": previous.moved_at if same_state and rests else now,
            "had_work": work,
            "counters": snapshot.counters,
            "window": _window(previous, snapshot, sample, same_state),
            "data_error_count": _last_known(previous.data_error_count, snapshot.data_error_count),
            "data_errors_rose_at": _data_errors_rose_at(previous, snapshot),
            "no_memory_since": _no_memory_since(previous, snapshot),
            "tally": tally,
            "finished": finished,
            "found": previous.found,
            "found_since": previous.found_since,
            "healthy_readings": previous.healthy_readings,
            "healthy_since": previous.healthy_since,
            "unproven_until": unproven,
            "proven_healthy_at": previous.proven_healthy_at,
        },
        **_throughput(previous, snapshot, sample),
    )


def has_moved(previous: TaskProgress, snapshot: TaskSnapshot) -> bool | None:
    """Tell whether any known total differs from the last reading; None if none can be compared.

    A fall counts as movement too: it means a restart, and a window that starts anew. Growing
    records of a transaction in progress are movement: a large transaction is not a stall.
    """
    changes = changes_of(previous.counters, snapshot.counters)
    earlier, now = previous.records_in_progress, snapshot.backlog.records_in_progress
    if earlier is not None and now is not None:
        changes.append(now - earlier)
    return any(changes) if changes else None


def changes_of(before: Counters, after: Counters) -> list[int]:
    """Return by how much each total changed that is known both times."""
    old, new = before.__dict__, after.__dict__
    return [new[n] - old[n] for n in old if old[n] is not None and new[n] is not None]


def was_rewound(previous: TaskProgress, snapshot: TaskSnapshot) -> bool:
    """Tell whether a total fell: the task was restarted, and what was before says nothing now."""
    return any(change < 0 for change in changes_of(previous.counters, snapshot.counters))


def is_down(snapshot: TaskSnapshot) -> bool:
    """Tell whether a task is in trouble by its state: stopped by an error, or retrying."""
    if snapshot.state in (TaskState.ERROR, TaskState.RECOVERY):
        return True
    return snapshot.state is TaskState.STOPPED and snapshot.stop_reason in ABORTS


def has_no_process(snapshot: TaskSnapshot) -> bool:
    """Tell whether a task says RUNNING and has no memory: then its state is stale."""
    runs = snapshot.state is TaskState.RUNNING and snapshot.details_read
    return runs and snapshot.memory_mb == 0


def _onsets(previous: TaskProgress, snapshot: TaskSnapshot) -> tuple[datetime, ...]:
    went_down = is_down(snapshot) and not _was_down(previous)
    if not went_down:
        return previous.onsets
    return (*previous.onsets, snapshot.observed_at)[-MOST_ONSETS:]


def _was_down(previous: TaskProgress) -> bool:
    # A stop by an error and one by a person differ by the reason, which is not remembered: what
    # is STOPPED again after it was STOPPED did not go down anew.
    return previous.state is not TaskState.RUNNING and previous.state is not TaskState.UNKNOWN


def _window(
    previous: TaskProgress, snapshot: TaskSnapshot, sample: Sample, same_state: bool
) -> Kept:
    if snapshot.state is not TaskState.RUNNING:
        return Kept()
    if _after_a_gap(previous.window, sample):
        return Kept(rows=(sample._replace(moved=None),))
    last = previous.window.rows[-1:]
    # While tables load, changes are kept back on purpose: what comes after is another story.
    same_phase = not last or bool(sample_in(last[0]).loading) == bool(sample.loading)
    if not same_state or not same_phase or was_rewound(previous, snapshot):
        return Kept(rows=(sample._replace(moved=None),))
    return extended(previous.window, sample)


def _after_a_gap(kept: Kept, sample: Sample) -> bool:
    """Tell whether the monitor was away for so long that no trend leads across."""
    if len(kept.rows) < 2:
        return False
    before, last = sample_in(kept.rows[-2]), sample_in(kept.rows[-1])
    return sample.at - last.at > max(GAP_SECONDS, GAP_INTERVALS * (last.at - before.at))


def _last_distance(kept: Kept) -> timedelta | None:
    if len(kept.rows) < 2:
        return None
    before, last = sample_in(kept.rows[-2]), sample_in(kept.rows[-1])
    return timedelta(seconds=last.at - before.at)


def _no_memory_since(previous: TaskProgress, snapshot: TaskSnapshot) -> datetime | None:
    if not has_no_process(snapshot):
        return None
    return previous.no_memory_since or snapshot.observed_at


def is_collapsed(previous: TaskProgress, sample: Sample) -> bool:
    """Tell whether throughput fell far below the usual while there is work waiting."""
    current, usual = sample.rate, previous.usual_records_per_second
    if current is None or usual is None or sample.loading:
        return False  # while tables load, changes are kept back on purpose
    waits = (sample.waiting or 0) >= COLLAPSE_BACKLOG_SECONDS * usual
    return waits and current < COLLAPSED_SHARE * usual


def _throughput(
    previous: TaskProgress, snapshot: TaskSnapshot, sample: Sample
) -> dict[str, object]:
    usual, readings = previous.usual_records_per_second, previous.usual_readings
    collapsed = is_collapsed(previous, sample)
    # Neither idle nor collapsed readings may drag down what is usual.
    if sample.rate and not collapsed:
        elapsed = (snapshot.observed_at - previous.observed_at).total_seconds()
        weight = max(1 / (readings + 1), 1 - exp(-elapsed / USUAL_SECONDS))
        usual = sample.rate if usual is None else usual + weight * (sample.rate - usual)
        readings += 1
    since = (previous.collapsed_since or snapshot.observed_at) if collapsed else None
    return {
        "usual_records_per_second": usual,
        "usual_readings": readings,
        "collapsed_since": since,
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
