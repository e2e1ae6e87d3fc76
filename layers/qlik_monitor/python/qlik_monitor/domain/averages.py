"""Averages that forget, of a series and of each time of its day."""

from dataclasses import dataclass, field

DAY_SECONDS = 86_400
SLOTS = 48
"""Times of day that are told apart: half hours."""
DAYS_TO_KNOW = 2
"""Days on which a time of day must have been seen before anything is expected of it."""
NEWEST_DAY = 0.3
"""Weight of the newest day in a time of day's mean: three days make two thirds of it."""


@dataclass(slots=True)
class Average:
    """An exponential average over about `span` numbers; the plain mean while it has seen fewer."""

    span: int
    value: float = 0.0
    seen: int = 0

    def add(self, number: float) -> None:
        """Move towards a number."""
        self.seen += 1
        self.value += max(2 / (self.span + 1), 1 / self.seen) * (number - self.value)


@dataclass(slots=True)
class DailyProfile:
    """The mean of each half hour of the day over the latest days."""

    means: list[float] = field(default_factory=lambda: [0.0] * SLOTS)
    days: list[int] = field(default_factory=lambda: [0] * SLOTS)
    slot: int = 0
    total: float = 0.0
    count: int = 0

    def add(self, seconds: float, value: float) -> None:
        """Count a value in; a half hour becomes part of the profile when it is over."""
        slot = int(seconds % DAY_SECONDS * SLOTS / DAY_SECONDS) % SLOTS
        if slot != self.slot and self.count:
            self._close()
        self.slot = slot
        self.total += value
        self.count += 1

    def _close(self) -> None:
        mean = self.total / self.count
        self.days[self.slot] += 1
        weight = max(NEWEST_DAY, 1 / self.days[self.slot])
        self.means[self.slot] += weight * (mean - self.means[self.slot])
        self.total, self.count = 0.0, 0

    def residual(self, value: float) -> float | None:
        """Tell how far a value is off what this half hour or a neighbour led to expect.

        The neighbours allow for what happens a little earlier or later today. None: not known yet.
        """
        near = [
            self.means[slot]
            for slot in (self.slot - 1, self.slot, (self.slot + 1) % SLOTS)
            if self.days[slot] >= DAYS_TO_KNOW
        ]
        return value - min(max(value, min(near)), max(near)) if near else None
