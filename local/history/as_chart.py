"""The trend as a picture: PNG or SVG, drawn without a display."""

import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from matplotlib import dates, rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from local.history.as_plot import DURATIONS, WORTH_A_LINE, step_above
from local.history.story import Story
from local.history.words import local, magnitude, offset_of, seconds
from local.monitor.text import plain
from qlik_monitor.domain.history import Bucket
from qlik_monitor.domain.task import TaskState
from qlik_monitor.errors import ConfigurationError

BUCKETS = 700
"""About two pixels each."""
SHADES = {
    TaskState.ERROR: "#d62728",
    TaskState.STOPPED: "#7f7f7f",
    TaskState.RECOVERY: "#ffbf00",
    TaskState.UNKNOWN: "#9467bd",
}
BLUE, LIGHT_BLUE, GREEN, RED = "#1f5fa8", "#9dbfe3", "#2b7a4b", "#b02020"

SAME_EVERY_TIME: Any = {"svg.hashsalt": "history", "svg.fonttype": "none"}
_dates: Any = dates  # this part of matplotlib has no types
Value = Callable[[Bucket], float | None]


def write_chart(story: Story, path: Path, form: str) -> None:
    """Draw the latency above the throughput into a file; raises ConfigurationError."""
    figure = Figure(figsize=(14, 8), layout="constrained")
    FigureCanvasAgg(figure)
    latency, speed = figure.subplots(2, 1, sharex=True)
    _draw_latency(latency, story)
    _line(speed, story, lambda bucket: bucket.applied_per_second, GREEN, "applied")
    speed.set_ylabel("changes applied per second")
    speed.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: magnitude(value)))
    for axes in (latency, speed):
        _shade(axes, story)
        axes.margins(x=0.005, y=0.08)
        axes.set_ylim(bottom=0)
        axes.grid(visible=True, alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        # Above the lines, which it would hide.
        place = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.2}
        axes.legend(ncols=8, frameon=False, fontsize="small", **place)
    _label_time(speed, story)
    first, last = local(story.points[0].at), local(story.points[-1].at)
    # A dollar in a name begins no formula.
    figure.suptitle(f"{plain(str(story.task))}\n{first} to {last}", parse_math=False)
    try:
        with warnings.catch_warnings(), rc_context(SAME_EVERY_TIME):
            # A name may hold characters that the font lacks; a box in its place will do.
            warnings.filterwarnings("ignore", message="Glyph")
            figure.savefig(path, format=form, dpi=110, metadata=_undated(form))
    except OSError as error:
        raise ConfigurationError(f"--{form} {path}: it cannot be written ({error})") from error


def _undated(form: str) -> dict[str, None]:
    return {"Date": None} if form == "svg" else {}


def _draw_latency(axes: Axes, story: Story) -> None:
    _line(axes, story, lambda bucket: bucket.latency_max, LIGHT_BLUE, "highest")
    _line(axes, story, lambda bucket: bucket.latency_median, BLUE, "median")
    highest = max((point.total_latency_seconds or 0 for point in story.points), default=0)
    if highest >= WORTH_A_LINE * story.lag_seconds:
        label = f"lagging from {seconds(story.lag_seconds)}"
        axes.axhline(story.lag_seconds, color=RED, linestyle="--", linewidth=1, label=label)
    axes.set_ylabel("total latency")
    axes.yaxis.set_major_locator(MultipleLocator(step_above(highest, DURATIONS)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: seconds(value)))


def _line(axes: Axes, story: Story, value: Value, colour: str, label: str) -> None:
    """Draw one line for each stretch of readings; matplotlib breaks it at unknown values."""
    for number, stretch in enumerate(story.thinned(BUCKETS)):
        known = [value(bucket) for bucket in stretch]
        axes.plot(
            [_day(bucket.begins) for bucket in stretch],
            [float("nan") if one is None else one for one in known],
            color=colour,
            linewidth=1.3,
            marker="." if len(stretch) == 1 else "",
            label="_" if number else label,
        )


def _shade(axes: Axes, story: Story) -> None:
    told: set[str] = set()

    def once(label: str) -> str:
        told_before = label in told
        told.add(label)
        return "_" if told_before else label

    for stretch in story.thinned(BUCKETS):
        ends = [bucket.begins for bucket in stretch[1:]] + [stretch[-1].begins]
        for bucket, end in zip(stretch, ends, strict=True):
            if shade := SHADES.get(bucket.worst_state or TaskState.RUNNING):
                label = once((bucket.worst_state or TaskState.UNKNOWN).value)
                axes.axvspan(
                    _day(bucket.begins), _day(end), color=shade, alpha=0.25, lw=0, label=label
                )
    for begin, end in story.gaps:
        axes.axvspan(
            _day(begin),
            _day(end),
            facecolor="none",
            edgecolor="#cccccc",
            hatch="//",
            label=once("no reading"),
        )
    for restart in story.restarts:
        axes.axvline(
            _day(restart.requested_at), color=RED, lw=1, label=once("restart by the agent")
        )


def _label_time(axes: Axes, story: Story) -> None:
    # One distance from UTC for the whole axis: that of its end.
    zone = story.points[-1].at.astimezone().tzinfo
    locator = _dates.AutoDateLocator(tz=zone)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(_dates.ConciseDateFormatter(locator, tz=zone))
    axes.set_xlabel(f"time (UTC{offset_of(story.points[-1].at)})")


def _day(moment: datetime) -> float:
    return float(_dates.date2num(moment))
