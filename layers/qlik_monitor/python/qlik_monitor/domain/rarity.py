"""Rarity: how seldom a number of one series is as far out as this, by the series' own history.

Counting alone cannot tell a number just beyond all others from one a hundred times as far. So the
outermost numbers of each side are continued as a power law, whose exponent is Hill's estimate from
them (B. M. Hill, 1975, A Simple General Approach to Inference About the Tail of a Distribution).
A series with heavy tails thus needs larger outliers than a calm one for the same rarity, and one
threshold fits both.
"""

import math
from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field

REMEMBERED = 4032
"""Numbers kept, two weeks at five minutes: enough for rarities of a week, in 64 kB."""
KNOWS_ENOUGH = 100
"""Fewer numbers than this say nothing about tails."""
TAIL_SHARE = 0.05
"""Share of the numbers on each side that Hill's estimate takes as the tail."""
SHORTEST_TAIL = 5
"""Numbers a tail has at least."""
SLIGHTEST_HILL = 0.05
"""Hill's estimate at least, lest a tail of equal numbers make all else infinitely rare."""
MOST_DECADES = 16.0
"""Beyond this a power law says no more."""


def _numbers() -> array[float]:
    return array("d")


@dataclass(slots=True)
class RarityHistory:
    """The latest numbers of one series: by age, as a ring, and by size."""

    by_age: array[float] = field(default_factory=_numbers)
    by_size: array[float] = field(default_factory=_numbers)
    oldest: int = 0

    def judge(self, number: float) -> float:
        """Tell how rare a number is in decades, then remember it."""
        rarity = self.rarity(number)
        self.remember(number)
        return rarity

    def rarity(self, number: float) -> float:
        """Tell how rare a number is in decades: 2 is one in a hundred, 0 is usual or not known."""
        known = self.by_size
        if len(known) < KNOWS_ENOUGH:
            return 0.0
        low, high = bisect_right(known, number), len(known) - bisect_left(known, number)
        tail = max(SHORTEST_TAIL, int(len(known) * TAIL_SHARE))
        counted = _decades(min(low, high), len(known))
        if min(low, high) >= tail:
            return counted
        middle = known[len(known) // 2]
        outermost = known[-tail - 1 :] if high < low else known[tail::-1]
        distances = [abs(other - middle) for other in outermost]
        if not distances[0]:
            return counted  # most numbers are equal: there is no unit to tell far from near
        beyond = _power_law(distances, abs(number - middle))
        return min(_decades(tail, len(known)) + beyond, MOST_DECADES)

    def remember(self, number: float) -> None:
        """Take a number in, in place of the oldest one when there are many."""
        insort(self.by_size, number)
        if len(self.by_age) < REMEMBERED:
            self.by_age.append(number)
            return
        del self.by_size[bisect_left(self.by_size, self.by_age[self.oldest])]
        self.by_age[self.oldest] = number
        self.oldest = (self.oldest + 1) % REMEMBERED


def _decades(as_far: int, known: int) -> float:
    """Both sides count, and the number itself is one of those as far out."""
    return max(0.0, -math.log10(2 * (as_far + 1) / (known + 1)))


def _power_law(tail: Sequence[float], distance: float) -> float:
    """Decades between the tail's beginning and a distance in it, both from the median."""
    begin = math.log(tail[0])
    hill = sum(math.log(other) - begin for other in tail) / (len(tail) - 1)
    return (math.log(distance) - begin) / max(hill, SLIGHTEST_HILL) / math.log(10)
