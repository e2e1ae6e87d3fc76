"""Charts as geometry: where lines, marks and ticks stand, in hundredths of a picture's size.

The page draws them as SVG that stretches to any width, with labels beside it: nothing is measured
or decided in a browser. What is unknown is a hole in a line, never a zero.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qlik_monitor.domain.console_thinning import Series, merging, thinned, with_holes
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.task import TaskState

WIDTH, HEIGHT = 1000.0, 100.0
X_TICKS, Y_TICKS = 5, 5
NICE_STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
NICE_SECONDS = (
    *(1, 2, 5, 10, 15, 30),
    *(minutes * 60 for minutes in (1, 2, 3, 5, 10, 15, 30)),
    *(hours * 3600 for hours in (1, 2, 3, 6, 12, 24)),
)
LEAST_WIDTH = 1.5
"""So that what lasted a moment can be seen."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, drawn as a band."""

    x: float
    width: float
    words: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment, drawn as a line across."""

    x: float
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The window that a chart shows."""

    since: datetime
    until: datetime

    def x(self, moment: datetime) -> float:
        """Return where a moment stands, at the edge where it lies outside."""
        share = (moment - self.since) / (self.until - self.since)
        return round(min(1.0, max(0.0, share)) * WIDTH, 1)

    def span(self, begins: datetime, ends: datetime | None, words: str, kind: str = "") -> Span:
        """Place a stretch of time; one without an end lasts."""
        left, right = self.x(begins), self.x(ends or self.until)
        width = max(LEAST_WIDTH, right - left)
        return Span(min(left, WIDTH - LEAST_WIDTH), round(width, 1), words, kind)

    def ticks(self) -> tuple[datetime, ...]:
        """Return moments at even distances, both ends included."""
        step = (self.until - self.since) / (X_TICKS - 1)
        return tuple(self.since + number * step for number in range(X_TICKS))


@dataclass(frozen=True, slots=True)
class Chart:
    """One series in its frame."""

    lines: tuple[str, ...]
    """Points of SVG polylines, one for each stretch without a hole."""
    y_ticks: tuple[float, ...]
    """Values at even distances, the highest first."""
    threshold: float | None
    """Where the line of a threshold stands, or None where it is beyond the picture."""
    lowest: float | None
    """Of all values, also of those that are not drawn; so are the next two."""
    highest: float | None
    last: float | None
    merged: timedelta | None = None
    """How long the spans are that values were merged into, where there are too many to draw."""


def chart_of(
    series: Series,
    frame: Frame,
    pause: timedelta,
    *,
    threshold: float | None = None,
    in_seconds: bool = False,
    reaches: float = 0.0,
) -> Chart:
    """Draw a series; readings further apart than `pause` have a hole between them.

    Of a long one the lowest and the highest value of each span of time are drawn. The picture's
    upper edge lies above all values, and above what it has to reach besides.
    """
    known = [value for _, value in series if value is not None]
    step = _step(max(*known, reaches, 0.0), in_seconds)
    top = step * (Y_TICKS - 1)
    within = threshold is not None and threshold <= top
    drawn, merged = with_holes(series, pause), merging(len(series), frame.until - frame.since)
    if merged:
        drawn = thinned(drawn, frame.since, merged)
    return Chart(
        lines=tuple(_lines(drawn, frame, top)),
        y_ticks=tuple(step * number for number in range(Y_TICKS - 1, -1, -1)),
        threshold=y_of(threshold, top) if within and threshold is not None else None,
        lowest=min(known, default=None),
        highest=max(known, default=None),
        last=series[-1][1] if series else None,
        merged=merged,
    )


def state_spans(points: Sequence[HistoryPoint], frame: Frame, pause: timedelta) -> tuple[Span, ...]:
    """Draw the states that a task was in; between readings that lie too far apart, nothing."""
    runs: list[tuple[TaskState, datetime, datetime]] = []
    for place, point in enumerate(points):
        following = points[place + 1].at if place + 1 < len(points) else point.at
        ends = following if following - point.at <= pause else point.at
        if runs and runs[-1][0] is point.state and runs[-1][2] == point.at:
            runs[-1] = (point.state, runs[-1][1], ends)
        else:
            runs.append((point.state, point.at, ends))
    return tuple(
        frame.span(begins, ends, state.value, state.value.lower()) for state, begins, ends in runs
    )


def sparkline(values: Sequence[float | None]) -> tuple[str, ...]:
    """Draw values at even distances, oldest first, from zero to the highest of them."""
    known = [value for value in values if value is not None]
    top = max(known, default=0.0) or 1.0
    step = WIDTH / max(1, len(values) - 1)
    places = [
        None if value is None else (round(step * number, 1), y_of(value, top))
        for number, value in enumerate(values)
    ]
    return tuple(_joined(places))


def y_of(value: float, top: float) -> float:
    """Return where a value stands below a picture's upper edge, which is `top`."""
    return round(HEIGHT * (1 - value / top), 1)


def _lines(series: Series, frame: Frame, top: float) -> Iterator[str]:
    yield from _joined(
        [None if value is None else (frame.x(at), y_of(value, top)) for at, value in series]
    )


def _joined(places: Sequence[tuple[float, float] | None]) -> Iterator[str]:
    stretch: list[tuple[float, float]] = []
    for place in (*places, None):
        if place is not None:
            stretch.append(place)
        elif stretch:
            # A line of one point is not drawn; one that leads nowhere is, with round ends.
            yield " ".join(
                f"{x:g},{y:g}" for x, y in (stretch * 2 if len(stretch) == 1 else stretch)
            )
            stretch = []


def _step(highest: float, in_seconds: bool) -> float:
    """Choose the distance of two ticks so that the highest value fits below the last one."""
    least = max(highest / (Y_TICKS - 1), 1e-9)
    if in_seconds:
        fitting = next((one for one in NICE_SECONDS if one >= least), None)
        if fitting is not None:
            return float(fitting)
        return float(math.ceil(least / NICE_SECONDS[-1]) * NICE_SECONDS[-1])
    if highest <= Y_TICKS - 1:
        return 1.0
    size = 10.0 ** math.floor(math.log10(least))
    return next(one * size for one in NICE_STEPS if one * size >= least * 0.999999)
