"""Trend: the straight line that the newest readings of a latency follow, and the noise around it.

Readings are noisy, with single-poll spikes; a rise may have begun, bent or stopped within the
window. So spikes go first, then Lepski's rule finds how far back one line reaches, and what two
levels explain better than a line is a step, which is no rise.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

type Window = Sequence[tuple[float, float]]
"""Unix seconds and latency in seconds, the oldest first; begun anew after a restart."""
type Points = list[tuple[float, float]]
"""Minutes up to the newest reading (so 0 or negative) and latency in seconds."""

LOOK_BACK_MINUTES = 90.0
"""Older readings tell little of a rise that breaches within hours."""
FEWEST = 6
"""Readings below which neither noise nor rate can be told."""
SHORTEST_MINUTES = 20.0
"""A shorter stretch follows the noise; of polls every five minutes it has five."""
LARGEST_SECONDS = 1e8
"""Three years of latency: what is larger is an error, and would only overflow."""
LEAST_NOISE_SECONDS = 0.5
"""Latency comes in whole seconds."""
NEIGHBOURS = 1.4826 / math.sqrt(1.5)
"""From the median distance to the line through both neighbours to the noise: 1.4826 makes a
standard deviation of a median, and that distance has the noise of three readings, 1 + 1/4 + 1/4."""
SPIKE = 4.0
"""A reading that stands out of both neighbours by so many times the noise is a spike."""
BREAK = 2.0
"""Rates apart by more than so many standard errors of both are not one line: 95 % each."""
MOST_LASTING = 0.7
"""A stronger correlation from reading to reading cannot be told from a bend in 30 of them."""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line through the newest points."""

    samples: int
    centre: float
    """Mean minute of the points; there, height and rate do not correlate."""
    height: float
    rate: float
    """Seconds of latency a minute."""
    spread: float
    """Sum of the points' squared minutes from the centre."""

    def at(self, minute: float) -> float:
        """Read the line off."""
        return self.height + self.rate * (minute - self.centre)

    def residuals(self, stretch: Points) -> list[float]:
        """Tell how far points lie above the line."""
        return [latency - self.at(minute) for minute, latency in stretch]


def points_of(window: Window) -> Points:
    """Take the recent past of a window, each time once, whatever the window holds."""
    points: Points = []
    before = -math.inf
    for at, latency in window:
        minute = (at - window[-1][0]) / 60.0
        if -LOOK_BACK_MINUTES <= minute <= 0 and minute > before:
            points.append((minute, min(max(latency, 0.0), LARGEST_SECONDS)))
            before = minute
    return points


def noise_of(points: Points) -> float:
    """Estimate the noise from how far each point lies off the line through its neighbours.

    A rise cancels out of that, and a few spikes do not move the median.
    """
    off = []
    for index in range(1, len(points) - 1):
        (before, low), (minute, latency), (after, high) = points[index - 1 : index + 2]
        share = (minute - before) / (after - before)
        off.append(abs(latency - low - share * (high - low)))
    off.sort()
    return max(LEAST_NOISE_SECONDS, NEIGHBOURS * off[len(off) // 2])


def without_spikes(points: Points, noise: float) -> Points:
    """Leave out single readings that stand out of both neighbours."""
    kept = [points[0]]
    for index in range(1, len(points) - 1):
        latency = points[index][1]
        over, under = latency - points[index - 1][1], latency - points[index + 1][1]
        if over * under <= 0 or min(abs(over), abs(under)) <= SPIKE * noise:
            kept.append(points[index])
    kept.append(points[-1])
    return kept


def newest_line(points: Points, noise: float) -> Line | None:
    """Fit the longest newest stretch whose rate agrees with those of all shorter ones.

    Lepski's rule: look back as far as the past still says the same.
    """
    best, low, high = None, -math.inf, math.inf
    minutes = latencies = squares = products = 0.0
    for samples, (minute, latency) in enumerate(reversed(points), 1):
        minutes += minute
        latencies += latency
        squares += minute * minute
        products += minute * latency
        if samples < FEWEST or -minute < SHORTEST_MINUTES:
            continue
        centre = minutes / samples
        spread = squares - minutes * centre
        rate = (products - latencies * centre) / spread
        margin = BREAK * noise / math.sqrt(spread)
        if rate - margin > high or rate + margin < low:
            break
        low, high = max(low, rate - margin), min(high, rate + margin)
        best = Line(samples, centre, latencies / samples, rate, spread)
    return best


def is_step(stretch: Points, residuals: list[float]) -> bool:
    """Tell whether two levels explain the points better than a line does."""
    total = sum(latency for _, latency in stretch)
    explained = first = 0.0
    for samples, (_, latency) in enumerate(stretch[:-1], 1):
        first += latency
        second = total - first
        split = first * first / samples + second * second / (len(stretch) - samples)
        explained = max(explained, split)
    # The squares that two levels leave are all squares less those of the levels.
    left = sum(latency * latency for _, latency in stretch) - explained
    return left < sum(residual * residual for residual in residuals)


def variance_of(residuals: list[float], noise: float) -> float:
    """Estimate the variance around a line, enlarged as the noise lasts from poll to poll."""
    samples = len(residuals)
    squares = sum(residual * residual for residual in residuals)
    pairs = sum(one * other for one, other in pairwise(residuals))
    # What a fit leaves looks less correlated than the noise is, by about 2 / samples.
    lasting = min(max(pairs / squares + 2 / samples if squares else 0.0, 0.0), MOST_LASTING)
    # A handful of points may lie on a line by chance: not far less noise than between neighbours.
    variance = max(squares / (samples - 2), noise * noise / 2)
    return variance * (1 + lasting) / (1 - lasting)
