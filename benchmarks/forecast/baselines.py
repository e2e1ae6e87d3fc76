"""What a forecast has to beat: the usual simple ones, each with the interval of its own model."""

import math
from collections.abc import Callable
from itertools import pairwise

from qlik_monitor.domain.forecast import (
    FARTHEST_STRETCHES,
    QUANTILE,
    Breach,
    Forecast,
    NoBreach,
    NotEnoughData,
)
from qlik_monitor.domain.trend import FEWEST, SHORTEST_MINUTES, Window

LEVEL, TREND = 0.3, 0.3
"""Holt's two weights: of a grid on the tuning seeds, those whose intervals score best."""
UPPER, MEDIAN, LOWER = 1.645, 0.674, 0.126
"""Normal quantiles of 95, 75 and 55 %: a random walk passes a gap by the minute
(gap / (spread * quantile))² with a probability of 10, 50 and 90 %."""


def last_value(window: Window, threshold: float) -> Forecast:
    """Take the last value for the future: a random walk without drift, as wide as past changes."""
    if _too_short(window):
        return NotEnoughData(len(window), 0.0)
    gap = threshold - window[-1][1]
    changes = [
        (after - before) ** 2 / ((later - at) / 60)
        for (at, before), (later, after) in pairwise(window)
    ]
    spread = math.sqrt(sum(changes) / len(changes))
    if gap <= 0 or spread == 0:
        return NoBreach.NOT_RISING
    earliest, likely, latest = ((gap / (spread * q)) ** 2 for q in (UPPER, MEDIAN, LOWER))
    return _breach(window, threshold, (earliest, likely, latest), math.inf)


def first_to_last(window: Window, threshold: float) -> Forecast:
    """Draw a line through the first and the last reading, as unsure as the others lie off it."""
    if _too_short(window):
        return NotEnoughData(len(window), 0.0)
    (began, first), (ended, last) = window[0], window[-1]
    span = (ended - began) / 60
    rate = (last - first) / span
    off = [value - first - rate * (at - began) / 60 for at, value in window]
    spread = math.sqrt(sum(value * value for value in off) / (len(off) - 2))

    def variance(minutes: float) -> float:
        ahead = minutes / span
        return spread**2 * ((1 + ahead) ** 2 + ahead**2)

    unsure = spread * math.sqrt(2) / span
    certainty = rate / unsure if unsure else math.inf
    return _passage(window, threshold, (last, rate), variance, certainty)


def least_squares(window: Window, threshold: float) -> Forecast:
    """Fit a line to the whole window; the variance of what is ahead is the textbook's."""
    if _too_short(window):
        return NotEnoughData(len(window), 0.0)
    points = [((at - window[-1][0]) / 60, value) for at, value in window]
    centre = sum(minute for minute, _ in points) / len(points)
    height = sum(value for _, value in points) / len(points)
    broad = sum((minute - centre) ** 2 for minute, _ in points)
    rate = sum((minute - centre) * (value - height) for minute, value in points) / broad
    squares = sum((value - height - rate * (minute - centre)) ** 2 for minute, value in points)
    noise = squares / (len(points) - 2)

    def variance(minutes: float) -> float:
        return noise * (1 / len(points) + (minutes - centre) ** 2 / broad)

    certainty = rate / math.sqrt(noise / broad) if noise else math.inf
    return _passage(window, threshold, (height - rate * centre, rate), variance, certainty)


def holt(window: Window, threshold: float) -> Forecast:
    """Smooth level and trend exponentially; the variance of what is ahead is the textbook's."""
    if _too_short(window):
        return NotEnoughData(len(window), 0.0)
    level, rate = window[0][1], (window[2][1] - window[0][1]) / (window[2][0] - window[0][0]) * 60
    errors = []
    for (before, _), (at, value) in pairwise(window):
        minutes = (at - before) / 60
        ahead = level + rate * minutes
        errors.append(value - ahead)
        level = ahead + LEVEL * errors[-1]
        rate += LEVEL * TREND * errors[-1] / minutes
    spread = math.sqrt(sum(error * error for error in errors) / len(errors))
    step = (window[-1][0] - window[0][0]) / 60 / (len(window) - 1)

    def variance(minutes: float) -> float:
        steps, both = max(1.0, minutes / step), LEVEL * TREND
        growth = LEVEL**2 + LEVEL * both * steps + both**2 * steps * (2 * steps - 1) / 6
        return spread**2 * (1 + (steps - 1) * growth)

    certainty = rate * step / (LEVEL * TREND * spread) if spread else math.inf
    return _passage(window, threshold, (level, rate), variance, certainty)


def _too_short(window: Window) -> bool:
    return len(window) < FEWEST or window[-1][0] - window[0][0] < SHORTEST_MINUTES * 60


def _passage(
    window: Window,
    threshold: float,
    line: tuple[float, float],
    variance: Callable[[float], float],
    certainty: float,
) -> Forecast:
    """Find when the upper, middle and lower bound of what is ahead cross the threshold."""
    level, rate = line
    if rate <= 0 or level >= threshold:
        return NoBreach.NOT_RISING
    likely = (threshold - level) / rate
    if likely > FARTHEST_STRETCHES * (window[-1][0] - window[0][0]) / 60:
        return NoBreach.FAR

    def crossed(minutes: float, side: float) -> bool:
        bound = level + rate * minutes + side * QUANTILE * math.sqrt(variance(minutes))
        return bound >= threshold

    far = next((likely * 1.5**n for n in range(15) if crossed(likely * 1.5**n, -1)), math.inf)
    earliest = _crossing(lambda minutes: crossed(minutes, 1), 0.0, likely)
    latest = far
    if far < math.inf:
        latest = _crossing(lambda minutes: crossed(minutes, -1), likely, far)
    return _breach(window, threshold, (earliest, likely, latest), certainty)


def _crossing(crossed: Callable[[float], bool], low: float, high: float) -> float:
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if crossed(middle) else (middle, high)
    return high


def _breach(
    window: Window, threshold: float, minutes: tuple[float, float, float], certainty: float
) -> Breach:
    risen, share = (window[-1][0] - window[0][0]) / 60, window[-1][1] / threshold
    return Breach(*minutes, certainty, risen, len(window), share)
