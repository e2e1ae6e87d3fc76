"""Verdicts: what a running task is doing, told from a window of samples and without thresholds.

The idea is that of LinkedIn's Burrow for Kafka consumers: not how far behind a consumer is says
whether it is ill, but whether it moves and whether the distance grows, over several readings.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from statistics import median

from qlik_monitor.domain.sample import IDLE_LATENCY_SECONDS, Sample, Window, has_work

STALLED_SAMPLES = 3
"""So many samples in a row without movement, with work in each, are a stall; two may be a pause."""
TREND_SAMPLES = 6
"""Samples over which a trend is judged: half an hour of readings every five minutes."""
STEADY_SECONDS = 30
"""A latency that changes by less says nothing: readings jitter by some seconds."""
RISE_SHARE = 0.05
"""Least rise in seconds of latency a second of time. A task that applies nothing rises by 1."""
FALL_RATE = 0.05
"""Least fall in seconds of latency a second of time: slower, a backlog of hours takes days."""
JITTER_SECONDS = 5
"""Two readings of the same latency differ by so much."""


class TaskVerdict(StrEnum):
    """What a running task is doing."""

    PROGRESSING = "progressing"
    IDLE = "idle"
    STALLED = "stalled"
    FALLING_BEHIND = "falling_behind"
    DRAINING = "draining"
    REWOUND = "rewound"
    """Its totals fell or its state changed: the window begins anew and says nothing yet."""
    UNKNOWN = "unknown"


class Phase(StrEnum):
    """What the movement of a running task is measured by."""

    FULL_LOAD = "full_load"
    CDC = "cdc"


def phase_of(window: Window) -> Phase:
    """Tell whether tables are being loaded: then changes are kept back on purpose."""
    return Phase.FULL_LOAD if window and window[-1].loading else Phase.CDC


def judge(window: Window) -> TaskVerdict:
    """Name what a running task is doing."""
    if not window:
        return TaskVerdict.UNKNOWN
    newest = window[-1]
    work = has_work(newest)
    if work is False:
        moves = newest.moved or newest.rate
        return TaskVerdict.PROGRESSING if moves else TaskVerdict.IDLE
    if _has_stalled(window):
        return TaskVerdict.STALLED
    if phase_of(window) is Phase.CDC and (trend := _trend(window[-TREND_SAMPLES:])):
        return trend
    if work is None or (newest.moved is None and newest.latency is None):
        return TaskVerdict.UNKNOWN
    return TaskVerdict.REWOUND if len(window) == 1 else TaskVerdict.PROGRESSING


def _has_stalled(window: Window) -> bool:
    tail = window[-STALLED_SAMPLES:]
    return len(tail) == STALLED_SAMPLES and all(
        not sample.moved and has_work(sample) for sample in tail
    )


def _trend(samples: Sequence[Sample]) -> TaskVerdict | None:
    known = [(sample.at, sample.latency) for sample in samples if sample.latency is not None]
    if len(known) < 2:
        return None
    third = max(1, len(known) // 3)
    early, late = known[:third], known[-third:]
    change = median(value for _, value in late) - median(value for _, value in early)
    lasted = median(at for at, _ in late) - median(at for at, _ in early)
    if change >= max(STEADY_SECONDS, RISE_SHARE * lasted) and known[-1][1] > IDLE_LATENCY_SECONDS:
        return TaskVerdict.FALLING_BEHIND
    if is_falling(known):
        return TaskVerdict.DRAINING
    return None


def is_falling(known: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a latency comes down: clearly below its highest, and not up again.

    `known` are moments and latencies, oldest first. Measured from the highest, not from reading
    to reading: at a poll a minute, a drain of hours is within the jitter of two readings.
    """
    high_at, high = max(known, key=lambda one: one[1])
    newest_at, newest = known[-1]
    least = max(STEADY_SECONDS, FALL_RATE * (newest_at - high_at))
    return high - newest >= least and newest <= known[-2][1] + JITTER_SECONDS


def transaction_grows(window: Window, samples: int = 3) -> bool:
    """Tell whether one large transaction is being applied, now or within the last samples.

    Its records count as applied only when it is committed; until then only the records in
    progress say that something moves. Where others are committed meanwhile, it is the usual coming
    and going of small transactions.
    """
    tail = [sample for sample in window[-samples - 1 :] if sample.in_progress is not None]
    return any(
        (later.in_progress or 0) > (earlier.in_progress or 0) and not later.committed
        for earlier, later in pairwise(tail)
    )
