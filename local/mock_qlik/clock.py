"""The simulation's clock: seconds since the scenario began, as fast as one likes."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Scenario time that runs at a speed, stands still at speed 0, and can be moved on.

    Two readings: `now` for whatever the fleet does, and `unscaled` for what two programs agree on
    between themselves (a session's five minutes), which a fast scenario must not shorten.
    """

    def __init__(self, speed: float = 1.0, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._speed = speed
        self._began = self._since = timer()
        self._passed = self._moved = 0.0
        self.started_at = datetime.now(UTC).replace(microsecond=0)

    @property
    def speed(self) -> float:
        """Scenario seconds for each second of the wall's clock."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._passed, self._since, self._speed = self.now(), self._timer(), speed

    def now(self) -> float:
        """Return the scenario's seconds since it began."""
        return self._passed + (self._timer() - self._since) * self._speed

    def unscaled(self) -> float:
        """Return seconds since the beginning that ignore the speed but not `advance`."""
        return self._timer() - self._began + self._moved

    def advance(self, seconds: float) -> None:
        """Let this many seconds have passed at once."""
        self._passed += seconds
        self._moved += seconds

    def date(self, at: float | None = None) -> str:
        """Write a scenario time (by default now) as the date that responses carry."""
        seconds = round(self.now() if at is None else at)
        return (self.started_at + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
