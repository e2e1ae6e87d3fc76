"""Forecast: when a rising latency will cross the lag threshold, as an interval.

The newest line (see `trend`) gives a level and a rate, both uncertain. The time to the threshold
is a ratio of the two, whose interval Fieller's theorem gives; that is widened because the rate
goes on changing. Numbers are judged by `make bench-forecast`.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from qlik_monitor.domain.trend import (
    FEWEST,
    SHORTEST_MINUTES,
    Line,
    Window,
    is_step,
    newest_line,
    noise_of,
    points_of,
    variance_of,
    without_spikes,
)

QUANTILE = 1.2816
"""Of the normal distribution: 10 % lie beyond it on either side."""
WANDER = 0.35
"""Standard deviation of the logarithm by which the rate to come differs from the rate seen: what
makes 80 % intervals hold 80 % of the breaches on the benchmark's tuning seeds."""
LEAST_CERTAINTY = 2.0
"""A rate less far from none than so many standard deviations is no rise."""
FARTHEST_STRETCHES = 4.0
"""How many times its own length a line is prolonged: beyond, on the tuning seeds, breaches came
before the likely time in more than four cases of five."""
SOONEST_MINUTES = 0.5
"""An earlier crossing cannot be told from one now."""
WORTH_SHARE = 0.25
"""Below this share of the threshold nobody needs a forecast."""

WARNING_CERTAINTY = 4.5
"""By chance in one of 300,000 windows, of which few stand as high as a warning demands. At 4, on
the tuning seeds, twice as many healthy days warned, and 85 % instead of 81 % of the breaches."""
WARNING_MINUTES = 30.0
"""A large transaction raises latency by a second a second: in so long it lags by itself."""
WARNING_SHARE = 0.5
"""What a task reaches with every batch should be below half of its threshold. From a quarter on,
batches made nearly all false warnings on the tuning seeds."""


@dataclass(frozen=True, slots=True)
class NotEnoughData:
    """Too few readings, or over too short a time, to tell anything."""

    samples: int
    minutes: float


class NoBreach(StrEnum):
    """Why no breach is to be expected, or cannot be dated."""

    NOT_RISING = "not rising"
    STEP = "a step rather than a rise"
    CROSSED = "at the threshold already"
    FAR = "too far ahead to tell"


@dataclass(frozen=True, slots=True)
class Breach:
    """Minutes from the newest reading to the crossing, and how sure it is that latency rises."""

    earliest: float
    """The crossing comes earlier with a probability of 10 %."""
    likely: float
    latest: float
    """It comes later, or never, with a probability of 10 %."""
    certainty: float
    """That latency rises at all, in standard deviations of a normal distribution."""
    risen_minutes: float
    """How long the rise is that the forecast stands on."""
    samples: int
    share: float
    """The level reached, as a share of the threshold."""


type Forecast = Breach | NoBreach | NotEnoughData


def may_breach(window: Window, threshold: float) -> bool:
    """Tell cheaply whether a forecast is worth making: latency is high enough, and higher."""
    if len(window) < FEWEST:
        return False
    newest = window[-1][1] + window[-2][1] + window[-3][1]
    oldest = window[0][1] + window[1][1] + window[2][1]
    return newest >= 3 * WORTH_SHARE * threshold and newest > oldest


def warns(forecast: Forecast, horizon_minutes: float = 60.0) -> bool:
    """Tell whether a forecast is worth a warning: a clear, lasting rise, nine in ten soon a breach.

    With the likely time within the horizon, rather than the latest, the lead was 12 minutes longer,
    and false warnings, mostly of noise on a daily cycle, were six times as many.
    """
    return (
        isinstance(forecast, Breach)
        and forecast.certainty >= WARNING_CERTAINTY
        and forecast.risen_minutes >= WARNING_MINUTES
        and forecast.share >= WARNING_SHARE
        and forecast.latest <= horizon_minutes
    )


def say(forecast: Forecast) -> str:
    """Put a forecast into words for people."""
    if isinstance(forecast, NotEnoughData):
        return "not enough data"
    if isinstance(forecast, NoBreach):
        return f"no breach foreseen: {forecast.value}"
    between = f"{forecast.earliest:.0f} to {forecast.latest:.0f} minutes"
    return f"over the threshold in {between}, likely {forecast.likely:.0f}"


def time_to_breach(window: Window, threshold: float) -> Forecast:
    """Forecast when latency crosses the threshold; of any window, never an exception."""
    points = points_of(window)
    minutes = -points[0][0] if points else 0.0
    if len(points) < FEWEST or minutes < SHORTEST_MINUTES:
        return NotEnoughData(len(points), minutes)
    noise = noise_of(points)
    points = without_spikes(points, noise)
    line = newest_line(points, noise)
    if line is None:
        return NotEnoughData(len(points), minutes)
    stretch = points[-line.samples :]
    residuals = line.residuals(stretch)
    variance = variance_of(residuals, noise)
    certainty = _certainty(line, variance)
    if line.at(0.0) >= threshold:
        return NoBreach.CROSSED
    if line.rate <= 0 or certainty < LEAST_CERTAINTY:
        return NoBreach.NOT_RISING
    if is_step(stretch, residuals):
        return NoBreach.STEP
    return _breach(line, -stretch[0][0], variance, certainty, threshold)


def _breach(
    line: Line, risen: float, variance: float, certainty: float, threshold: float
) -> Breach | NoBreach:
    level = line.at(0.0)
    likely = max(SOONEST_MINUTES, (threshold - level) / line.rate)
    if likely > FARTHEST_STRETCHES * risen:
        return NoBreach.FAR
    early, late = _bounds(line, threshold - level, variance)
    return Breach(
        earliest=max(SOONEST_MINUTES, likely / _widened(likely, early)),
        likely=likely,
        latest=likely * _widened(late, likely),
        certainty=certainty,
        risen_minutes=risen,
        samples=line.samples,
        share=level / threshold,
    )


def _certainty(line: Line, variance: float) -> float:
    """Say in normal standard deviations how far the rate is from none.

    With few readings chance makes large t statistics; this is Wallace's transformation of them.
    """
    free = line.samples - 2
    squared = line.rate * line.rate * line.spread / variance
    return math.sqrt(free * math.log1p(squared / free)) * (8 * free + 1) / (8 * free + 3)


def _bounds(line: Line, gap: float, variance: float) -> tuple[float, float]:
    """Solve (gap - rate * minutes)² = quantile² * variance(minutes): Fieller's theorem.

    Both solutions exist: a certain rate is larger than the quantile of its errors.
    """
    square = QUANTILE * QUANTILE
    rate_variance = variance / line.spread
    level_variance = variance / line.samples + line.centre * line.centre * rate_variance
    a = line.rate * line.rate - square * rate_variance
    b = gap * line.rate - square * line.centre * rate_variance
    c = gap * gap - square * level_variance
    root = math.sqrt(max(0.0, b * b - a * c))
    return c / (b + root), (b + root) / a


def _widened(longer: float, shorter: float) -> float:
    """Join the factor by which the line may err with the one by which its rate may change."""
    if shorter <= 0:
        return math.inf
    return math.exp(math.hypot(math.log(longer / shorter), QUANTILE * WANDER))
