"""A task's forecast for its page: the one that the agent warns by, from stored readings.

The agent forecasts from its memory of a task, which holds a sample each two and a half minutes at
most; history holds every reading, so that the two may differ by minutes. When a task was started
anew is seen by a fall of its total of applied changes. What excuses a latency (a large transaction,
a full load, what is usual at this hour) keeps the agent from warning, and is not looked at here.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from qlik_monitor.domain.console_chart import HEIGHT, Frame, y_of
from qlik_monitor.domain.console_fleet import latency_of, pause_of
from qlik_monitor.domain.forecast import (
    Breach,
    Forecast,
    NoBreach,
    NotEnoughData,
    time_to_breach,
    warns,
)
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.progress import GAP_INTERVALS, GAP_SECONDS
from qlik_monitor.domain.task import TaskState
from qlik_monitor.domain.trend import FEWEST, LOOK_BACK_MINUTES, SHORTEST_MINUTES, Window
from qlik_monitor.domain.words import MINUTE, seconds

LOOK_BACK = timedelta(minutes=LOOK_BACK_MINUTES)
"""What a forecast is made of; a page that shows less of the past reads so much all the same."""
AHEAD = timedelta(hours=1)
"""How far the picture goes on."""
READINGS_OF_A_PAUSE = 12

WHY_NONE = {
    NoBreach.NOT_RISING: "No forecast: the latency is not rising.",
    NoBreach.STEP: "No forecast: the latency made a step, which is no rise.",
    NoBreach.CROSSED: "No forecast: the latency is at the threshold already.",
    NoBreach.FAR: "It rises, but would cross the threshold too far ahead to tell when.",
}


class Foreseen(Frozen):
    """What is said of the next hour, and what is drawn of it."""

    words: str
    starts: datetime | None = None
    """The newest reading, where there is a band to draw; None where there is none."""
    level: float = 0.0
    """The latency there, in seconds, with the noise taken off."""
    rates: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Seconds of latency a second: the fastest, the likely and the slowest rise; of the rises to
    come, eight in ten lie between the first and the last."""

    @property
    def ends(self) -> datetime | None:
        """Where the picture ends."""
        return self.starts + AHEAD if self.starts else None


class Band(Frozen):
    """A forecast in its frame, as SVG wants it."""

    area: str
    """Points of a polygon: the 80 % interval."""
    line: str
    """Points of a polyline: the likely course."""


def foresee(
    points: Sequence[HistoryPoint], threshold: float, now: datetime, *, unread: bool = False
) -> Foreseen:
    """Forecast from readings, oldest first, when latency crosses a threshold (seconds).

    `unread`: it is known already that the newest reading is too old.
    """
    if not points:
        return Foreseen(words="No forecast: there is no reading.")
    newest = points[-1]
    moments = [point.at for point in points[: -READINGS_OF_A_PAUSE - 1 : -1]]
    if unread or newest.at < now - pause_of(moments):
        return Foreseen(words="No forecast: the task was not read lately.")
    if newest.state is not TaskState.RUNNING:
        return Foreseen(words=f"No forecast: the task is not running ({newest.state.value}).")
    if latency_of(newest) is None:
        return Foreseen(words="No forecast: the latency is unknown.")
    return _told(time_to_breach(window_of(points), threshold), threshold, newest.at)


def window_of(points: Sequence[HistoryPoint]) -> Window:
    """Take the latencies since the task began to run, oldest first, as its memory would."""
    begins = len(points)
    while begins and points[begins - 1].state is TaskState.RUNNING:
        if begins < len(points) and _begins_anew(points, begins):
            break
        begins -= 1
    return [
        (point.at.timestamp(), float(point.total_latency_seconds))
        for point in points[begins:]
        if point.total_latency_seconds is not None
    ]


def band_of(foreseen: Foreseen, frame: Frame, top: float) -> Band | None:
    """Place a forecast in a picture whose upper edge is `top` seconds; None without one."""
    if foreseen.starts is None or foreseen.ends is None:
        return None
    fast, likely, slow = (_course(foreseen, rate, frame, top) for rate in foreseen.rates)
    return Band(area=_joined([*fast, *slow[:0:-1]]), line=_joined(likely))


def highest_of(foreseen: Foreseen, threshold: float) -> float:
    """Return the latency up to which a picture has to reach to show a forecast."""
    _, likely, _ = foreseen.rates
    if foreseen.starts is None:
        return 0.0
    return max(threshold, min(foreseen.level + likely * AHEAD.total_seconds(), 2 * threshold))


def _begins_anew(points: Sequence[HistoryPoint], place: int) -> bool:
    """Tell whether a running task's memory begins anew with a reading that follows another."""
    before, point = points[place - 1], points[place]
    if before.applied is not None and point.applied is not None and point.applied < before.applied:
        return True
    if place < 2:
        return False
    longest = max(
        timedelta(seconds=GAP_SECONDS), GAP_INTERVALS * (before.at - points[place - 2].at)
    )
    return point.at - before.at > longest


def _told(forecast: Forecast, threshold: float, starts: datetime) -> Foreseen:
    if isinstance(forecast, NotEnoughData):
        return Foreseen(
            words=(
                f"No forecast: too few readings since it runs ({forecast.samples} over "
                f"{seconds(round(forecast.minutes) * MINUTE)}; "
                f"it takes {FEWEST} over {SHORTEST_MINUTES:.0f} min)."
            )
        )
    if isinstance(forecast, NoBreach):
        return Foreseen(words=WHY_NONE[forecast])
    level = forecast.share * threshold
    left = threshold - level
    times = (forecast.earliest, forecast.likely, forecast.latest)
    fast, likely, slow = (left / (minutes * MINUTE) for minutes in times)
    return Foreseen(
        words=_crossing(forecast, threshold),
        starts=starts,
        level=level,
        rates=(fast, likely, slow),
    )


def _crossing(breach: Breach, threshold: float) -> str:
    likely = _minutes(breach.likely)
    unsure = "" if warns(breach) else "; not sure or near enough for a warning"
    interval = _interval(breach.earliest, breach.latest)
    return f"In about {likely} it crosses {seconds(threshold)} ({interval}){unsure}."


def _interval(earliest: float, latest: float) -> str:
    if math.isinf(latest):
        return f"{_minutes(earliest)} at the earliest, perhaps never"
    number, _, unit = _minutes(earliest).partition(" ")
    last = _minutes(latest)
    return f"{number} to {last}" if last.endswith(f" {unit}") else f"{number} {unit} to {last}"


def _minutes(minutes: float) -> str:
    return seconds(max(1, round(minutes)) * MINUTE)


def _course(foreseen: Foreseen, rate: float, frame: Frame, top: float) -> list[tuple[float, float]]:
    """Draw one straight rise to the picture's right edge, along its upper one where it gets so far.

    Its beginning stands first.
    """
    starts = foreseen.starts or frame.since
    ends = min(frame.until, starts + AHEAD)
    lasts, level = (ends - starts).total_seconds(), min(foreseen.level, top)
    places = [(frame.x(starts), y_of(level, top))]
    last = level + rate * lasts
    if last > top:
        places.append((frame.x(starts + timedelta(seconds=(top - level) / rate)), 0.0))
    places.append((frame.x(ends), y_of(min(last, top), top)))
    return places


def _joined(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{min(y, HEIGHT):g}" for x, y in places)
