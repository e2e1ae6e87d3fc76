"""What is wrong with a task that says RUNNING: stuck, lagging, collapsed, or without a process.

Few alarms, all of them right: a latency over the threshold alone is none. It has to last, not be
about to drain, not be one large transaction's or a full load's, and not be what this task shows
at this hour on other days.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import takewhile
from statistics import mean
from typing import NamedTuple

from qlik_monitor.domain.anomaly import Anomaly, AnomalyKind, Evidence, Severity, Where
from qlik_monitor.domain.baseline import Baseline, is_usual, usual_latency, usual_rate
from qlik_monitor.domain.evidence import evidence_of
from qlik_monitor.domain.forecast import (
    Forecast,
    may_breach,
    say,
    time_to_breach,
    warns,
)
from qlik_monitor.domain.progress import TaskProgress
from qlik_monitor.domain.sample import Sample, Window, is_lost_on_the_way
from qlik_monitor.domain.task import ServerSnapshot, TaskSnapshot
from qlik_monitor.domain.thresholds import Thresholds
from qlik_monitor.domain.verdict import (
    TREND_SAMPLES,
    Phase,
    TaskVerdict,
    is_falling,
    judge,
    phase_of,
    transaction_grows,
)
from qlik_monitor.domain.where import Location, locate

BEHIND_KINDS = frozenset({AnomalyKind.LAGGING, AnomalyKind.STUCK})
JUMP_SECONDS = 60
"""A latency may rise by so much more than time went by, for its jitter."""


class Look(NamedTuple):
    """All that a running task is judged by."""

    snapshot: TaskSnapshot
    progress: TaskProgress
    thresholds: Thresholds
    window: Window
    baseline: Baseline = ()
    server: ServerSnapshot | None = None

    @property
    def location(self) -> Location:
        """Where it hurts."""
        return locate(self.window, self.usual_rate, self.server)

    @property
    def usual_rate(self) -> float | None:
        """Records a second that are usual: at this hour if that is known, else lately."""
        at_this_hour = usual_rate(self.baseline, self.window[-1].at) if self.window else None
        return at_this_hour or self.progress.usual_records_per_second


def running(look: Look) -> Iterator[Anomaly]:
    """Find what is wrong with a running task whose details were read."""
    yield from _no_process(look)
    rested = look.snapshot.observed_at - look.progress.moved_at
    if rested >= look.thresholds.stuck and (stuck := _stuck(look, rested)):
        yield stuck
        return
    lagging = list(_lagging(look))
    yield from lagging or _drifting(look)
    yield from _collapsed(look)


def _no_process(look: Look) -> Iterator[Anomaly]:
    since = look.progress.no_memory_since
    if since and look.snapshot.observed_at - since >= look.thresholds.no_memory:
        summary = "RUNNING without a process: its memory reads 0 MB, so the state may be stale"
        yield _finding(look, AnomalyKind.STALE_STATE, Severity.CRITICAL, summary)


def _stuck(look: Look, rested: timedelta) -> Anomaly | None:
    work = look.progress.had_work
    if work is None:
        summary = f"nothing moved for {_s(rested)}, and whether there is work to do is unknown"
        return _finding(look, AnomalyKind.UNKNOWN, Severity.WARNING, summary)
    if not _still_has_work(look):
        return None
    where = look.location
    summary = (
        f"nothing moved for {_s(rested)} although there is work; {where.where}: {where.because}"
    )
    return _finding(look, AnomalyKind.STUCK, Severity.CRITICAL, summary, where.where)


def _still_has_work(look: Look) -> bool:
    # A quiet source has no backlog and no latency: that is idle, not stuck. A latency of some
    # minutes without a backlog may be two clocks that differ.
    newest = look.window[-1] if look.window else None
    if newest is None or newest.waiting or newest.loading or is_lost_on_the_way(newest):
        return True
    limit = look.thresholds.stuck.total_seconds()
    return any(value is not None and value >= limit for value in (newest.latency, newest.source))


def _lagging(look: Look) -> Iterator[Anomaly]:
    newest, limit = look.window[-1], look.thresholds.lag.total_seconds()
    latency = newest.latency
    if latency is None:
        return
    # What was stuck and moves again has to catch up: that is the same trouble, and not its end.
    was = BEHIND_KINDS.intersection(look.progress.found) and not _is_calm(look)
    if was and latency >= look.thresholds.lag_clear_share * limit:
        drains = _drains(look.window)
        mild = drains or transaction_grows(look.window)
        severity = Severity.WARNING if mild else Severity.CRITICAL
        yield _lag(look, latency, severity, ", and catching up" if drains else "")
    elif latency >= limit and not _is_excused(look, latency) and _lasts(look, limit):
        yield _lag(look, latency, Severity.CRITICAL, "")
    elif latency >= limit and _takes_too_long(look, latency):
        remark = ", while one large transaction is being applied"
        yield _lag(look, latency, Severity.WARNING, remark)


def _lag(look: Look, latency: int, severity: Severity, remark: str) -> Anomaly:
    where = look.location
    usual = usual_latency(look.baseline, look.window[-1].at)
    habit = "" if usual is None else f", usually at most {usual} s at this hour"
    summary = f"{latency} s behind the source{remark}{habit}; {where.where}: {where.because}"
    return _finding(look, AnomalyKind.LAGGING, severity, summary, where.where)


def _lasts(look: Look, limit: float) -> bool:
    """Tell whether the latency has been over the limit for long enough to believe it."""
    over = _over(look.window, limit)
    before = look.window[-len(over) - 1] if len(over) < len(look.window) else None
    first = over[-1]
    if len(over) < look.thresholds.lag_readings:
        return False
    if look.thresholds.lag_readings <= 1 or not _jumped(before, first):
        return True
    return look.window[-1].at - first.at >= look.thresholds.lag_after_jump.total_seconds()


def _over(window: Window, limit: float) -> list[Sample]:
    """Return the samples since the latency was last known to be below the limit, newest first."""
    newest_first = reversed(window)
    return list(takewhile(lambda one: one.latency is None or one.latency >= limit, newest_first))


def _jumped(before: Sample | None, first: Sample) -> bool:
    if before is None or before.latency is None or first.latency is None:
        return True
    return first.latency - before.latency > first.at - before.at + JUMP_SECONDS


def _is_excused(look: Look, latency: int) -> bool:
    """Tell whether being behind is no illness: it passes by itself, or is usual at this hour."""
    return (
        transaction_grows(look.window)
        or (phase_of(look.window) is Phase.FULL_LOAD and bool(look.window[-1].moved))
        or (_drains(look.window) and _drains_in_time(look, latency))
        or is_usual(latency, look.baseline, look.window[-1].at)
        or _works_a_burst_off(look)
    )


def _works_a_burst_off(look: Look) -> bool:
    """Tell whether the task applies much more than usual, and has not been at it for long."""
    newest, usual, limits = look.window[-1], look.usual_rate, look.thresholds
    # One reading of a speed is noise.
    rates = [sample.rate for sample in look.window[-3:] if sample.rate is not None]
    if not rates or not usual or mean(rates) < limits.burst_rate * usual:
        return False
    over = _over(look.window, limits.lag.total_seconds())
    return not over or newest.at - over[-1].at < limits.burst_at_most.total_seconds()


def _takes_too_long(look: Look, latency: int) -> bool:
    """Tell whether one transaction takes too long to be left alone any longer."""
    too_long = latency >= look.thresholds.lag.total_seconds() + (
        look.thresholds.transaction_at_most.total_seconds()
    )
    return too_long and transaction_grows(look.window)


def _is_calm(look: Look) -> bool:
    """Tell whether a latency that came near the limit has stayed below it, and does not rise."""
    newest, lasts = look.window[-1], look.thresholds.calm.total_seconds()
    limit = look.thresholds.lag.total_seconds()
    since = [s for s in look.window if newest.at - s.at <= lasts and s.latency is not None]
    covered = newest.at - look.window[0].at >= lasts
    return (
        covered
        and all((sample.latency or 0) < limit for sample in since)
        and judge(look.window) is not TaskVerdict.FALLING_BEHIND
    )


def _drains(window: Window) -> bool:
    known = _latencies(window[-TREND_SAMPLES:])
    return len(known) >= 2 and is_falling(known)


def _drains_in_time(look: Look, latency: int) -> bool:
    began, high = max(_latencies(look.window[-TREND_SAMPLES:]), key=lambda one: one[1])
    fallen, lasted = high - latency, look.window[-1].at - began
    if fallen <= 0 or lasted <= 0:
        return False
    left = (latency - look.thresholds.lag.total_seconds()) * lasted / fallen
    return left <= look.thresholds.drain_at_most.total_seconds()


def _drifting(look: Look) -> Iterator[Anomaly]:
    """Warn of a latency that will cross the limit, before it does."""
    latency, kind = look.window[-1].latency, AnomalyKind.LAG_FORECAST
    limit = look.thresholds.lag.total_seconds()
    if latency is None or latency < look.thresholds.forecast_clear_share * limit:
        return
    # Once warned of, it lasts until latency comes down: it would come and go otherwise.
    stays = kind in look.progress.found and not _is_calm(look)
    if not stays and not may_breach(_latencies(look.window), limit):
        return
    forecast = _forecast(look)
    if stays or (warns(forecast) and not _is_excused(look, latency)):
        where = look.location
        summary = (
            f"{latency} s behind the source and rising: {say(forecast)}; "
            f"{where.where}: {where.because}"
        )
        yield _finding(look, kind, Severity.WARNING, summary, where.where)


def _forecast(look: Look) -> Forecast:
    return time_to_breach(_latencies(look.window), look.thresholds.lag.total_seconds())


def _latencies(window: Window) -> list[tuple[int, int]]:
    return [(sample.at, sample.latency) for sample in window if sample.latency is not None]


def _collapsed(look: Look) -> Iterator[Anomaly]:
    if judge(look.window) in _AT_EASE or not (_has_collapsed(look) or _stays_collapsed(look)):
        return
    where = look.location
    usual = look.progress.usual_records_per_second or 0.0
    summary = (
        f"throughput fell below a tenth of the usual {usual:.0f} records/s with a backlog; "
        f"{where.where}: {where.because}"
    )
    kind = AnomalyKind.THROUGHPUT_COLLAPSE
    yield _finding(look, kind, Severity.WARNING, summary, where.where)


_AT_EASE = (TaskVerdict.IDLE, TaskVerdict.DRAINING)


def _has_collapsed(look: Look) -> bool:
    since, limits, usual = (
        look.progress.collapsed_since,
        look.thresholds,
        look.progress.usual_records_per_second or 0.0,
    )
    if since is None or transaction_grows(look.window):
        return False
    return (
        look.snapshot.observed_at - since >= limits.collapse_lasts
        and look.progress.usual_readings >= limits.collapse_usual_readings
        and usual >= limits.collapse_usual_records_per_second
    )


def _stays_collapsed(look: Look) -> bool:
    # Once found, it lasts until half the usual speed is back: it would come and go otherwise.
    usual = look.progress.usual_records_per_second or 0.0
    was = AnomalyKind.THROUGHPUT_COLLAPSE in look.progress.found
    return was and (look.window[-1].rate or 0) < usual / 2


def _finding(
    look: Look, kind: AnomalyKind, severity: Severity, summary: str, where: Where | None = None
) -> Anomaly:
    evidence = list(evidence_of(look.snapshot))
    if where is not None:
        verdict = judge(look.window)
        evidence += [
            Evidence(name="verdict", value=verdict.value),
            Evidence(name="where it hurts", value=where.value),
            Evidence(name="time to breach", value=say(_forecast(look))),
        ]
    return Anomaly(
        kind=kind, severity=severity, summary=summary, evidence=tuple(evidence), where=where
    )


def _s(lasted: timedelta) -> str:
    return f"{int(lasted.total_seconds())} s"
