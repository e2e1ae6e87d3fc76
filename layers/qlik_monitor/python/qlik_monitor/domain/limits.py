"""Limits: what keeps one more restart from happening, whoever proposed and approved it."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from qlik_monitor.domain.model import Frozen

AtLeastOne = Annotated[int, Field(ge=1)]
PAUSE = "pause"
"""The one limit that is a switch: people throw it, and only people throw it back."""
BACKOFF = "backoff"
"""The one limit that is only waited for: all others that refuse are for people."""


class LimitReading(Frozen):
    """One limit as it was consulted; kept with the incident, so that people see it."""

    name: str
    of: str = ""
    """The server, the endpoint or an action that it is about, where there is one of it for each."""
    used: int
    allowed: int
    refuses: str | None = None
    """Why it allows no restart now, or None when it does."""
    until: datetime | None = None
    """When it will allow one by itself; None when nothing is refused, or no time can be told.

    A pause of automation lasts until people end it; attempts count until the task is healthy.
    """


class Limits(Frozen):
    """How much is allowed; the defaults are those of the settings of the same names."""

    attempts: AtLeastOne = 3
    window: timedelta = timedelta(days=1)
    """Of continuous health, after which a task's restarts do not count any more."""
    backoff: timedelta = timedelta(seconds=60)
    """The unit of the pause after a restart."""
    server_cap: AtLeastOne = 25
    fleet_cap: AtLeastOne = 50
    cap_window: timedelta = timedelta(hours=1)
    breaker_failures: AtLeastOne = 3
    breaker_window: timedelta = timedelta(hours=1)
    breaker_open: timedelta = timedelta(minutes=30)
    ineffective_failures: AtLeastOne = 3
    illness_returns: AtLeastOne = 3
    illness_returns_window: timedelta = timedelta(hours=6)


BACKOFF_CAP_UNITS = 60
MOST_JITTER = 0.2
"""Of the pause, added at random: what fell together is not restarted together."""


def backoff(restarts: int, unit: timedelta, chance: float = 0.0) -> timedelta:
    """Wait `min(n² + n, 60)` units after the n-th restart; none before the first.

    `chance`, from 0 to 1, lengthens the pause by up to a fifth.
    """
    units = min(restarts**2 + restarts, BACKOFF_CAP_UNITS)
    return units * unit * (1 + MOST_JITTER * chance)


def refused_by(limits: tuple[LimitReading, ...]) -> LimitReading | None:
    """Return the first limit that allows no restart, or None; a mere pause comes last."""
    refusing = [reading for reading in limits if reading.refuses]
    return next((one for one in refusing if one.name != BACKOFF), next(iter(refusing), None))


def reason_of(reading: LimitReading | None) -> str | None:
    """Say why a limit refuses, and until when, or None when none does."""
    if reading is None or reading.refuses is None:
        return None
    until = f"; it ends at {clock(reading.until)}" if reading.until else ""
    return f"{reading.refuses}{until}"


def clock(moment: datetime) -> str:
    """Write a moment for people."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
