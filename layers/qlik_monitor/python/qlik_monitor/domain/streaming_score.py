"""A robust streaming anomaly score: one value at a time in, 0 (usual) to 1 (never seen) out.

Every value is asked two questions, each answered as a rarity by the series' own history:

    jump    how far is it off the latest values?
    shift   how far is the level of the latest two dozen values off the usual one?

An event has to be rare by both, so their geometric mean counts. If the time of day explains more
than half of the usual deviation, the same is asked of what it leaves unexplained instead. Movement
that stops leaves no trace in either, and counts alone if it is much rarer still.

An event is heard once: what scores 0.5 or more leaves an echo, and until that has faded only what
is clearly rarer scores at all. 0.5 is thus the natural threshold.
Nothing here depends on the unit or the scale of the values, and no series has parameters.
"""

import math
from collections import deque
from dataclasses import dataclass, field

from qlik_monitor.domain.averages import Average, DailyProfile
from qlik_monitor.domain.rarity import RarityHistory

HALF = 2.0
"""Decades that score 0.5: as rare as one in a hundred values, by both questions."""
RECENT, LEVEL, USUAL = 50, 24, 400
"""Spans of the averages in values: at five minutes 4 hours, 2 hours, and 33 hours."""
EXPLAINED = 0.5
"""Share of the usual deviation from which on the time of day is heeded."""
ECHO = 0.995
"""What is left of an echo after each value: half of it after 138, half a day at five minutes."""
LOUDER = 1.25
"""How much rarer than its echo an event must be to be a new one, not the same in full swing."""
STILL = 0.01
"""Movement below this share of the usual is stillness."""
SETTLES = 2 * LEVEL
"""Values until a change of movement is remembered: it comes slowly and must not excuse itself."""
ALONE = 0.4
"""Weight of a rarity that nothing confirms: one in 100,000 scores 0.5."""
LARGEST, SMALLEST = 1e100, 1e-100
"""Beyond these a value counts as infinite, or movement as none: sums stay finite."""


@dataclass(slots=True)
class _Questions:
    """What jumps and shifts of one stream of values are usual."""

    recent: Average = field(default_factory=lambda: Average(RECENT))
    level: Average = field(default_factory=lambda: Average(LEVEL))
    usual: Average = field(default_factory=lambda: Average(USUAL))
    jumps: RarityHistory = field(default_factory=RarityHistory)
    shifts: RarityHistory = field(default_factory=RarityHistory)

    def ask(self, value: float) -> float:
        """Tell how rare the next value is by both questions, in decades."""
        self.level.add(value)
        rarity = 0.0
        if self.usual.seen:
            jump = self.jumps.judge(value - self.recent.value)
            rarity = math.sqrt(jump * self.shifts.judge(self.level.value - self.usual.value))
        self.recent.add(value)
        self.usual.add(value)
        return rarity


@dataclass(slots=True)
class _Season:
    """How a stream looks without the part that the time of day explains."""

    profile: DailyProfile = field(default_factory=DailyProfile)
    unexplained: Average = field(default_factory=lambda: Average(USUAL))
    deviation: Average = field(default_factory=lambda: Average(USUAL))
    questions: _Questions = field(default_factory=_Questions)

    def ask(self, seconds: float, value: float, usual: float) -> float | None:
        """Tell how rare the unexplained part is in decades; None if the day explains little."""
        self.profile.add(seconds, value)
        residual = self.profile.residual(value)
        if residual is None:
            return None
        # Decided before this value counts: an outlier must not choose who judges it.
        heeded = self.unexplained.value < (1 - EXPLAINED) * self.deviation.value
        self.unexplained.add(abs(residual))
        self.deviation.add(abs(value - usual))
        rarity = self.questions.ask(residual)
        return rarity if heeded else None


@dataclass(slots=True)
class _Calm:
    """Whether a stream moves less than it used to."""

    last: float | None = None
    now: Average = field(default_factory=lambda: Average(LEVEL))
    usual: Average = field(default_factory=lambda: Average(USUAL))
    changes: RarityHistory = field(default_factory=RarityHistory)
    unsettled: deque[float] = field(default_factory=deque)

    def ask(self, value: float) -> float:
        """Tell how rare so little movement is, in decades."""
        step = 0.0 if self.last is None else abs(value - self.last)
        self.last = value
        self.now.add(step)
        usual, rarity = self.usual.value, 0.0
        if usual > SMALLEST:
            change = math.log((self.now.value / usual + STILL) / (1 + STILL))
            rarity = self.changes.rarity(change) if change < 0 else 0.0
            self._settle(change)
        self.usual.add(step)
        return rarity

    def _settle(self, change: float) -> None:
        self.unsettled.append(change)
        if len(self.unsettled) > SETTLES:
            self.changes.remember(self.unsettled.popleft())


@dataclass(slots=True)
class StreamingScore:
    """All that is remembered of one series: five histories of 64 kB at most, and some averages."""

    values: _Questions = field(default_factory=_Questions)
    season: _Season = field(default_factory=_Season)
    calm: _Calm = field(default_factory=_Calm)
    echo: float = 0.0

    def add(self, seconds: float, value: float) -> float:
        """Score the next value of the series.

        Args:
            seconds: when it was read, since any midnight of the zone whose days count. The times
                need not be regular; only the time of day is used.
            value: a finite number of any unit.
        """
        value = min(max(value, -LARGEST), LARGEST)
        usual = self.values.usual.value
        plain = self.values.ask(value)
        seasonal = self.season.ask(seconds, value, usual)
        rarity = max(plain if seasonal is None else seasonal, ALONE * self.calm.ask(value))
        return self._heard(rarity)

    def _heard(self, rarity: float) -> float:
        score = rarity / (rarity + HALF) if rarity > LOUDER * self.echo else 0.0
        self.echo *= ECHO
        if rarity >= HALF:
            self.echo = max(self.echo, rarity)
        return score
