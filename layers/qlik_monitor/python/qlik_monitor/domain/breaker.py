"""Circuit breakers: an endpoint at which restarts fail is left alone for a while, then tried once.

    closed ── failures within the window ──▶ open ── its time is over ──▶ half-open
      ▲                                       ▲                              │ one restart passes
      └──────────── the trial helped ─────────┼───── the trial failed ───────┘

One at which nobody tried within a window more is closed again: people mended the endpoint, and a
trial that is owed since days ago would only keep the next outage waiting.
Only what happened is stored; whether a breaker is open follows from it and the settings of now.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from qlik_monitor.domain.limits import LimitReading, Limits
from qlik_monitor.domain.model import Frozen

MOST_FAILURES = 100
"""So many are remembered of an endpoint: the most that BREAKER_FAILURES can ask for."""
TRIAL_LASTS = timedelta(hours=3)
"""A trial of which nothing is heard for so long (the lease of a restart) counts as lost."""


class Failure(Frozen):
    """One restart that failed at the endpoint."""

    restart: str
    """The restart's key: whatever is told twice counts once."""
    at: datetime
    trial: bool = False


class BreakerState(StrEnum):
    """What a breaker lets pass."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    """One restart may try."""
    TRYING = "trying"
    """One restart tries; nothing else passes."""


class Breaker(Frozen):
    """What is remembered of one endpoint."""

    endpoint: str
    failures: tuple[Failure, ...] = ()
    trial: str | None = None
    """The key of the restart that tries."""
    trial_at: datetime | None = None

    def state(self, limits: Limits, now: datetime) -> BreakerState:
        """Say what it lets pass now."""
        opened = self.opened_at(limits)
        if opened is None:
            return BreakerState.CLOSED
        if now < opened + limits.breaker_open:
            return BreakerState.OPEN
        if self._is_tried(now):
            return BreakerState.TRYING
        forgotten = now >= opened + limits.breaker_open + limits.breaker_window
        return BreakerState.CLOSED if forgotten else BreakerState.HALF_OPEN

    def with_failure(self, restart: str, now: datetime) -> Self:
        """Count a restart that failed, once."""
        if any(failure.restart == restart for failure in self.failures):
            return self
        mine = self.trial == restart
        failures = (*self.failures, Failure(restart=restart, at=now, trial=mine))
        changed = self._without_trial(restart)
        return changed.model_copy(update={"failures": failures[-MOST_FAILURES:]})

    def with_success(self, restart: str) -> Self:
        """Close it if the restart was its trial: others may have begun before the trouble."""
        if self.trial != restart:
            return self
        return self.model_copy(update={"failures": (), "trial": None, "trial_at": None})

    def with_nothing(self, restart: str) -> Self:
        """Give the trial back: Qlik refused the restart, which says nothing of the endpoint."""
        return self._without_trial(restart)

    def tried_by(self, restart: str, now: datetime) -> Self:
        """Let one restart try."""
        return self.model_copy(update={"trial": restart, "trial_at": now})

    def read(self, limits: Limits, now: datetime) -> LimitReading:
        """Consult it for one more restart at the endpoint."""
        recent = [one for one in self.failures if now - one.at < limits.breaker_window]
        reading = LimitReading(
            name="breaker", of=self.endpoint, used=len(recent), allowed=limits.breaker_failures
        )
        opened, state = self.opened_at(limits), self.state(limits, now)
        if opened and state is BreakerState.OPEN:
            because = (
                f"the circuit breaker of endpoint {self.endpoint} is open "
                f"(BREAKER_FAILURES={limits.breaker_failures}): restarts at it failed"
            )
            update = {"refuses": because, "until": opened + limits.breaker_open}
            return reading.model_copy(update=update)
        if self.trial_at and state is BreakerState.TRYING:
            because = f"the circuit breaker of endpoint {self.endpoint} lets one restart try first"
            update = {"refuses": because, "until": self.trial_at + TRIAL_LASTS}
            return reading.model_copy(update=update)
        return reading

    def opened_at(self, limits: Limits) -> datetime | None:
        """Return when it opened last: at a failed trial, or at one failure too many."""
        times = [failure.at for failure in self.failures]
        need = limits.breaker_failures
        for last in range(len(times) - 1, -1, -1):
            first = last - need + 1
            many = first >= 0 and times[last] - times[first] < limits.breaker_window
            if many or self.failures[last].trial:
                return times[last]
        return None

    def _is_tried(self, now: datetime) -> bool:
        return self.trial_at is not None and now - self.trial_at < TRIAL_LASTS

    def _without_trial(self, restart: str) -> Self:
        if self.trial != restart:
            return self
        return self.model_copy(update={"trial": None, "trial_at": None})
