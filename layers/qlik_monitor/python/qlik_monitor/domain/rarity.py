"""Rarity: how seldom a number of one series is as far out as this, by the series' own history.

Counting alone cannot tell a number just beyond all others from one a hundred times as far, so the
outermost numbers of each side are continued as a power law whose exponent is Hill's estimate from
them (Hill, 1975, Annals of Statistics 3). Heavy-tailed series thus need larger outliers than calm
ones for the same rarity, which makes one threshold fit all.
"""

import math
from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

REMEMBERED = 4032
"""Numbers kept: two weeks at five minutes, in 200 kB. Counting can tell no rarity beyond it."""
KNOWS_ENOUGH = 30
"""Fewer numbers than this say nothing about tails."""
TAIL_SHARE = 0.05
"""Share of the numbers on each side that Hill's estimate takes as the tail."""
SHORTEST_TAIL = 5
MOST_DECADES = 16.0
"""Beyond this a power law says no more."""


@dataclass(slots=True)
class RarityHistory:
    """The latest numbers of one series: by age, and by size."""

    by_age: deque[float] = field(default_factory=deque)
    by_size: list[float] = field(default_factory=list)

    def judge(self, number: float) -> float:
        """Tell the rarity of a number in decades (2 is one in a hundred), then remember it."""
        rarity = self._rarity(number) if len(self.by_size) >= KNOWS_ENOUGH else 0.0
        self._remember(number)
        return rarity

    def _rarity(self, number: float) -> float:
        known = self.by_size
        below, above = bisect_right(known, number), len(known) - bisect_left(known, number)
        tail = max(SHORTEST_TAIL, int(len(known) * TAIL_SHARE))
        middle = known[len(known) // 2]
        if min(below, above) >= tail:
            return _decades(min(below, above), len(known))
        if above < below:
            distances = [other - middle for other in known[-tail - 1 :]]
        else:
            distances = [middle - other for other in known[tail::-1]]
        if distances[0] <= 0:
            return _decades(min(below, above), len(known))
        beyond = _power_law(distances, abs(number - middle))
        return min(_decades(tail, len(known)) + beyond, MOST_DECADES)

    def _remember(self, number: float) -> None:
        self.by_age.append(number)
        insort(self.by_size, number)
        if len(self.by_age) > REMEMBERED:
            del self.by_size[bisect_left(self.by_size, self.by_age.popleft())]


def _decades(as_far: int, known: int) -> float:
    """Both sides count, and the number itself is one of those as far out."""
    return max(0.0, -math.log10(2 * (as_far + 1) / (known + 1)))


def _power_law(tail: Sequence[float], distance: float) -> float:
    """Decades beyond the tail's beginning: log(distance) / Hill's mean logarithm of the tail."""
    begin = math.log(tail[0])
    hill = sum(map(math.log, tail)) / (len(tail) - 1) - begin * len(tail) / (len(tail) - 1)
    out = max(0.0, math.log(distance) - begin)
    return out / max(hill, SLIGHTEST_HILL) / math.log(10)


SLIGHTEST_HILL = 0.05
"""Bounds Hill's estimate below, so that a tail of equal numbers does not make all else infinite."""
