"""Consulting the limits: what was spent so far, held against what is allowed."""

from datetime import datetime, timedelta
from typing import Self

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.automation import Automation
from qlik_monitor.domain.breaker import Breaker, BreakerState
from qlik_monitor.domain.limits import BACKOFF, LimitReading, Limits
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.restart import Restart, RestartOutcome
from qlik_monitor.domain.task import TaskId


class Spent(Frozen):
    """What is known of one task's restarts, and of all that it shares limits with."""

    task: TaskId
    restarts: tuple[Restart, ...] = ()
    """The task's, in any order."""
    pause: timedelta = timedelta(0)
    """The pause that was drawn for the task's last restart when it was reserved."""
    server: tuple[datetime, ...] = ()
    """When tasks of the server were restarted."""
    fleet: tuple[datetime, ...] = ()
    """When any task was restarted."""
    breakers: tuple[Breaker, ...] = ()
    """Those of the task's endpoints."""
    automation: Automation = Automation()

    def rests_until(self) -> datetime | None:
        """Return when the pause after the last restart is over; None without a restart.

        It begins when the restart's outcome was known, so that a slow verification is no pause.
        """
        last = max(self.restarts, key=lambda one: one.requested_at, default=None)
        if last is None:
            return None
        return max(last.requested_at, last.finished_at or last.requested_at) + self.pause

    def after(self, other: Self, now: datetime) -> Self:
        """Return it as it is once another task's restart was let pass."""
        endpoints = {breaker.endpoint for breaker in other.breakers}
        same_server = self.task.server == other.task.server
        return self.model_copy(
            update={
                "server": (*self.server, now) if same_server else self.server,
                "fleet": (*self.fleet, now),
                "breakers": tuple(
                    # While a breaker is closed, a trial that nobody asked for changes nothing.
                    one.tried_by(str(other.task), now) if one.endpoint in endpoints else one
                    for one in self.breakers
                ),
            }
        )


def consult(
    action: Action | None,
    spent: Spent,
    limits: Limits,
    counts_from: datetime | None,
    now: datetime,
) -> tuple[LimitReading, ...]:
    """Consult every limit over one more restart of a task; all of them, in a fixed order.

    `counts_from`: the task was seen healthy for a whole window until then, None when that is not
    known. `action` is None before one is proposed: then no fix can be called ineffective.
    """
    counted = counted_restarts(spent.restarts, limits, counts_from, now)
    return (
        spent.automation.read(),
        _attempts(counted, limits),
        _ineffective(counted, action, limits),
        _returns(spent.restarts, limits, now),
        _cap("server_cap", spent.task.server, spent.server, limits, now),
        _cap("fleet_cap", "", spent.fleet, limits, now),
        *(breaker.read(limits, now) for breaker in spent.breakers),
        _backoff(spent, limits, now),
    )


def counted_restarts(
    restarts: tuple[Restart, ...], limits: Limits, counts_from: datetime | None, now: datetime
) -> tuple[Restart, ...]:
    """Return those that count: since the task was proven healthy, and all of the last window."""
    if counts_from is None:
        return restarts
    since = min(counts_from, now - limits.window)
    return tuple(restart for restart in restarts if restart.requested_at > since)


def was_last(before: tuple[LimitReading, ...]) -> bool:
    """Tell whether the restart that these readings let pass was the last attempt of its task."""
    return any(one.name == "attempts" and one.used + 1 >= one.allowed for one in before)


def trials_needed(spent: Spent, limits: Limits, now: datetime) -> tuple[Breaker, ...]:
    """Return the half-open breakers: a restart that passes has to claim their one trial."""
    return tuple(b for b in spent.breakers if b.state(limits, now) is BreakerState.HALF_OPEN)


def recent(times: tuple[datetime, ...], window: timedelta, now: datetime) -> tuple[datetime, ...]:
    """Keep the times that lie in a rolling window, and those of clocks that run ahead."""
    return tuple(sorted(time for time in times if now - time < window))


def _attempts(counted: tuple[Restart, ...], limits: Limits) -> LimitReading:
    used, allowed = len(counted), limits.attempts
    because = (
        f"MAX_RESTART_ATTEMPTS={allowed} is reached: {used} restarts since the task was last "
        f"seen healthy for {_hours(limits.window)}"
    )
    return _reading("attempts", used, allowed, because)


def _ineffective(
    counted: tuple[Restart, ...], action: Action | None, limits: Limits
) -> LimitReading:
    failed = [r for r in counted if r.action is action and r.outcome is RestartOutcome.FAILED]
    used, allowed = len(failed), limits.ineffective_failures
    named = action.value if action else ""
    because = f"INEFFECTIVE_FIX_FAILURES={allowed} is reached: {named} failed {used} times"
    return _reading("ineffective_fix", used, allowed, because, of=named)


def _returns(restarts: tuple[Restart, ...], limits: Limits, now: datetime) -> LimitReading:
    window, allowed = limits.illness_returns_window, limits.illness_returns
    helped = [r.requested_at for r in restarts if r.outcome is RestartOutcome.RECOVERED]
    times = recent(tuple(helped), window, now)
    because = (
        f"ILLNESS_RETURNS={allowed} is reached: the illness came back after {len(times)} restarts "
        f"that helped within {_hours(window)}"
    )
    reading = _reading("illness_returns", len(times), allowed, because)
    return _rolling(reading, times, window)


def _cap(
    name: str, server: str, times: tuple[datetime, ...], limits: Limits, now: datetime
) -> LimitReading:
    allowed = limits.server_cap if server else limits.fleet_cap
    kept = recent(times, limits.cap_window, now)
    where = f"on server {server}" if server else "in the fleet"
    because = (
        f"{'SERVER' if server else 'FLEET'}_RESTART_CAP={allowed} is reached: {len(kept)} restarts "
        f"{where} within {_hours(limits.cap_window)}"
    )
    return _rolling(_reading(name, len(kept), allowed, because, of=server), kept, limits.cap_window)


def _backoff(spent: Spent, limits: Limits, now: datetime) -> LimitReading:
    until = spent.rests_until()
    left = until - now if until else timedelta(0)
    reading = LimitReading(name=BACKOFF, used=max(0, -(-left // timedelta(seconds=1))), allowed=0)
    if until is None or left <= timedelta(0):
        return reading
    unit = f"{limits.backoff.total_seconds():g}"
    because = f"the pause after the last restart lasts (RESTART_BACKOFF_SECONDS={unit})"
    return reading.model_copy(update={"refuses": because, "until": until})


def _reading(name: str, used: int, allowed: int, because: str, of: str = "") -> LimitReading:
    refuses = because if used >= allowed else None
    return LimitReading(name=name, of=of, used=used, allowed=allowed, refuses=refuses)


def _rolling(reading: LimitReading, times: tuple[datetime, ...], window: timedelta) -> LimitReading:
    if not reading.refuses:
        return reading
    # So many have to leave the window that one place is free.
    leaves = times[reading.used - reading.allowed]
    return reading.model_copy(update={"until": leaves + window})


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:g} h"
