"""When things may happen in a fleet's time, and how often it is read."""

from dataclasses import dataclass
from random import Random

from benchmarks.fleet_simulator.timeline import DAY


@dataclass(frozen=True, slots=True)
class Span:
    """A fleet's time: days to learn from, then days that are scored."""

    interval: float
    warm_up: float = 9 * DAY
    scored: float = 14 * DAY

    @property
    def end(self) -> float:
        """When the last reading is made."""
        return self.warm_up + self.scored

    @property
    def days(self) -> range:
        """All days, those to learn from included."""
        return range(int(self.end // DAY) + 1)

    def times(self, randomness: Random, every: float, first: float = 0.0) -> list[float]:
        """Random moments, about `every` seconds apart, well apart from each other."""
        found, at = [], first + every * randomness.uniform(0.2, 0.8)
        while at < self.end - every * 0.2:
            found.append(at)
            at += every * randomness.uniform(0.7, 1.3)
        return found
