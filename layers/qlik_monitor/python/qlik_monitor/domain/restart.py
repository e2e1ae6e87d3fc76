"""Restarts: the write-ahead record of one executed action, and the limit over them."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import TaskId


class RestartOutcome(StrEnum):
    """What became of a restart."""

    REQUESTED = "requested"
    """Written before the call; if nothing follows, whether Qlik got the call is unknown."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    RECOVERED = "recovered"
    FAILED = "failed"


class Restart(Frozen):
    """One attempt to heal one task; `incident_id` and `attempt` identify it."""

    task: TaskId
    incident_id: str
    attempt: Annotated[int, Field(ge=1)]
    action: Action
    requested_at: datetime
    approval_id: str | None = None
    table: str | None = None
    """The table of a reload, as `schema.table`."""
    error_class: ErrorClass = ErrorClass.UNKNOWN
    endpoints: tuple[str, ...] = ()
    """Names of the task's source and target: restarts that fail count against both."""
    confidence: float | None = None
    """That of the proposal: with the outcome, it shows what a confidence is worth."""
    made_by: str = ""
    outcome: RestartOutcome = RestartOutcome.REQUESTED
    detail: str = ""
    finished_at: datetime | None = None


class Reservation(StrEnum):
    """Whether a restart may go ahead."""

    GRANTED = "granted"
    ALREADY_RESERVED = "already_reserved"
    LIMIT_REACHED = "limit_reached"


class RestartLimit(Frozen):
    """At most `attempts` restarts of one task in a rolling `window`."""

    attempts: Annotated[int, Field(ge=1)] = 3
    window: timedelta = timedelta(days=1)

    def recent(self, times: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
        """Keep the times that still count."""
        return tuple(time for time in times if now - time < self.window)

    def is_reached(self, times: tuple[datetime, ...], now: datetime) -> bool:
        """Tell whether one more restart would be too many."""
        return len(self.recent(times, now)) >= self.attempts


BACKOFF_CAP_UNITS = 60


def backoff(failed_attempts: int, unit: timedelta) -> timedelta:
    """Wait `min(n² + n, 60)` units after the n-th failed attempt; none before the first."""
    return min(failed_attempts**2 + failed_attempts, BACKOFF_CAP_UNITS) * unit
