"""Verification: did a restart help? Judged over several readings, the stale first ones aside."""

from datetime import datetime, timedelta
from enum import StrEnum

from qlik_monitor.domain.actions import RULES, Action, Effect
from qlik_monitor.domain.loading import Expected, loaded, not_loaded
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import Counters, StopReason, TaskSnapshot, TaskState

FINISHED = frozenset(
    {
        StopReason.FULL_LOAD_ONLY_FINISHED,
        StopReason.STOPPED_AFTER_FULL_LOAD,
        StopReason.STOPPED_AFTER_CACHED_EVENTS,
    }
)
"""Ends that a task comes to by itself; none of them is an abort that could have been resumed."""


class Verdict(StrEnum):
    """What one more reading says of a restart."""

    RECOVERED = "recovered"
    NOT_YET = "not_yet"
    FAILED = "failed"


class VerificationSettings(Frozen):
    """How patient a verification is."""

    settle: timedelta = timedelta(seconds=60)
    """Qlik Enterprise Manager may show the old state for about half a minute after a run."""
    healthy_readings: int = 3
    max_checks: int = 20
    lag: timedelta = timedelta(seconds=600)


class Verification(Frozen):
    """What the readings since a restart have said so far."""

    started_at: datetime
    action: Action = Action.RESUME
    """What was done: its effect is what is looked for."""
    tables_with_error: int | None = None
    """Tables in error when a reload was decided."""
    checks: int = 0
    healthy_readings: int = 0
    counters: Counters | None = None
    """The first counters seen running, for a reload of the target the last ones: movement is
    measured from them."""
    verdict: Verdict = Verdict.NOT_YET
    reason: str = ""

    @property
    def shows_stopped(self) -> bool:
        """Whether the last reading judged the task by its being STOPPED."""
        return self.reason.startswith(f"{TaskState.STOPPED.value}/")


def verify(
    before: Verification,
    snapshot: TaskSnapshot | None,
    settings: VerificationSettings,
) -> Verification:
    """Judge one more reading; `snapshot` is None when the task could not be read.

    A reading within the settling time can neither fail nor heal. A task that cannot be read is
    not healthy: after `max_checks` the restart counts as failed.
    """
    checks = before.checks + 1
    seen = before.model_copy(update={"checks": checks})
    if snapshot is None:
        return _or_out_of_time(seen, "the task could not be read", settings)
    if snapshot.observed_at - before.started_at < settings.settle:
        return _or_out_of_time(seen, "settling: readings may be stale", settings)
    if snapshot.state is TaskState.STOPPED and snapshot.stop_reason in FINISHED:
        return _finished(seen, snapshot, settings)
    if snapshot.state in (TaskState.ERROR, TaskState.STOPPED):
        reason = f"{snapshot.state.value}/{snapshot.stop_reason.value}: {snapshot.message}"[:500]
        return _judged(seen, Verdict.FAILED, reason)
    if snapshot.state is not TaskState.RUNNING:
        seen = seen.model_copy(update={"healthy_readings": 0})
        return _or_out_of_time(seen, f"state is {snapshot.state.value}", settings)
    return _running(seen, snapshot, settings)


def _finished(
    seen: Verification, snapshot: TaskSnapshot, settings: VerificationSettings
) -> Verification:
    if missing := not_loaded(_expected(seen), snapshot):
        return _or_out_of_time(seen, f"it finished, and {missing}", settings)
    return _judged(seen, Verdict.RECOVERED, f"it finished: {snapshot.stop_reason.value}")


def _running(
    seen: Verification, snapshot: TaskSnapshot, settings: VerificationSettings
) -> Verification:
    # Totals that could not be read are no place to measure movement from.
    counters = seen.counters or (snapshot.counters if snapshot.details_read else None)
    expected = _expected(seen)
    illness = _still_ill(counters, snapshot, settings) or not_loaded(expected, snapshot)
    healthy = 0 if illness else seen.healthy_readings + 1
    if expected.effect is Effect.TARGET_LOADED and snapshot.details_read:
        counters = snapshot.counters
    seen = seen.model_copy(update={"counters": counters, "healthy_readings": healthy})
    if healthy >= settings.healthy_readings:
        done = f"{healthy} healthy readings in a row{loaded(expected, snapshot)}"
        return _judged(seen, Verdict.RECOVERED, done)
    return _or_out_of_time(seen, illness or "healthy so far", settings)


def _expected(seen: Verification) -> Expected:
    return Expected(RULES[seen.action].effect, seen.tables_with_error, seen.counters)


def _still_ill(
    first: Counters | None, snapshot: TaskSnapshot, settings: VerificationSettings
) -> str | None:
    """Say why a RUNNING reading is not a healthy one, or None when it is."""
    if first is None or not snapshot.details_read:
        return "RUNNING, but its details could not be read"
    if snapshot.memory_mb == 0:
        return "RUNNING without a process"
    latency = snapshot.total_latency_seconds
    caught_up = latency is not None and latency < settings.lag.total_seconds()
    idle = snapshot.backlog.waiting() == 0 and caught_up
    if not idle and not snapshot.counters.moved_since(first):
        return "RUNNING, but nothing has moved since the restart"
    return None


def _or_out_of_time(
    seen: Verification, reason: str, settings: VerificationSettings
) -> Verification:
    if seen.checks >= settings.max_checks:
        return _judged(seen, Verdict.FAILED, f"not healthy after {seen.checks} checks: {reason}")
    return _judged(seen, Verdict.NOT_YET, reason)


def _judged(seen: Verification, verdict: Verdict, reason: str) -> Verification:
    return seen.model_copy(update={"verdict": verdict, "reason": reason})
