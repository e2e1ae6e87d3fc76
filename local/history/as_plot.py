"""The trend as plots of characters, as wide as the terminal."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from plotille import Figure

from local.history.story import Story
from local.history.words import magnitude, seconds
from qlik_monitor.domain.history import Bucket
from qlik_monitor.domain.task import TaskState

BESIDE = 24
"""What stands left and right of the plotted area."""
LEAST_WIDTH, HEIGHT = 40, 10
DOTS = 2
"""A character holds so many columns of dots."""
MARKS = {
    TaskState.ERROR: "E",
    TaskState.STOPPED: "S",
    TaskState.RECOVERY: "R",
    TaskState.UNKNOWN: "?",
}
RESTART = "v"
WORTH_A_LINE = 0.2
"""A threshold is drawn only where the latency comes that near: else all readings lie flat."""
STEPS = tuple(digit * 10.0**power for power in range(-2, 13) for digit in (1, 2, 5))
"""Distances between two lines of text that are easily read."""
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
DURATIONS = (
    *(0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(MINUTE * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(HOUR * hours for hours in (1, 2, 3, 6, 12)),
    *(DAY * days for days in (1, 2, 5, 10, 20, 50, 100)),
)
BLUE, GREEN, RED, YELLOW = 75, 78, 203, 221

Value = Callable[[Bucket], float | None]


def plots(story: Story, width: int, *, colours: bool) -> Iterator[tuple[str, str]]:
    """Yield the title and the picture of the latency, then of the throughput."""
    columns = max(LEAST_WIDTH, width - BESIDE)
    stretches = story.thinned(columns * DOTS)
    lag = seconds(story.lag_seconds)
    latency = _figure(story, columns, "latency", colours=colours)
    latency.register_label_formatter(str, _label)
    latency.y_ticks_fkt = lambda low, _high: seconds(float(low))
    highest = _draw(latency, stretches, lambda bucket: bucket.latency_max, BLUE)
    lined = highest >= WORTH_A_LINE * story.lag_seconds
    if lined:
        ends = [story.points[0].at.timestamp(), story.points[-1].at.timestamp()]
        latency.plot(ends, [story.lag_seconds] * 2, lc=RED)
    _mark(latency, story, stretches)
    _limit(latency, story, max(highest, story.lag_seconds if lined else 0), DURATIONS)
    where = f"line: lagging from {lag}" if lined else f"far below the {lag} of a lag"
    yield f"Total latency, highest ({where})", latency.show()

    speed = _figure(story, columns, "per s", colours=colours)
    speed.register_label_formatter(str, _label)
    speed.y_ticks_fkt = lambda low, _high: magnitude(float(low))
    highest = _draw(speed, stretches, lambda bucket: bucket.applied_per_second, GREEN)
    _mark(speed, story, stretches)
    _limit(speed, story, highest, STEPS)
    yield "Changes applied per second", speed.show()


def legend(story: Story) -> str:
    """Say what the marks mean, as far as there are any."""
    there = {point.state for point in story.points}
    below = [f"{mark} {state.value}" for state, mark in MARKS.items() if state in there]
    said = [f"{', '.join(below)} (lowest line)"] if below else []
    said += [f"{RESTART} restart by the agent (highest line)"] if story.restarts else []
    said += ["nothing where nothing was read"] if story.gaps else []
    return f"Marks: {'; '.join(said)}." if said else ""


def _figure(story: Story, columns: int, unit: str, *, colours: bool) -> Figure:
    figure = Figure()
    figure.width, figure.height = columns, HEIGHT
    figure.color_mode, figure.with_colors = "byte", colours
    figure.origin = False
    figure.linesep = "\n"
    figure.x_label, figure.y_label = "time", unit
    form = _time_format(story.points[-1].at - story.points[0].at)
    figure.x_ticks_fkt = lambda low, _high: f"{datetime.fromtimestamp(float(low)):{form}}"
    return figure


def _time_format(span: timedelta) -> str:
    """Say how moments are written so that neighbours differ, in nine characters."""
    if span <= timedelta(days=1):
        return "%H:%M" if span >= timedelta(hours=1) else "%H:%M:%S"
    return "%b %d %Hh" if span < timedelta(days=9) else "%b %d"


def _draw(
    figure: Figure, stretches: Sequence[Sequence[Bucket]], value: Value, colour: int
) -> float:
    """Draw one line for each stretch of known values, and return the highest value."""
    highest = 0.0
    for stretch in stretches:
        for run in _runs(stretch, value):
            times, values = zip(*run, strict=True)
            # A line of one point would not be seen.
            draw = figure.plot if len(run) > 1 else figure.scatter
            draw(times, values, lc=colour)
            highest = max(highest, *values)
    return highest


def _runs(stretch: Sequence[Bucket], value: Value) -> Iterator[list[tuple[float, float]]]:
    run: list[tuple[float, float]] = []
    for bucket in stretch:
        known = value(bucket)
        if known is not None:
            run.append((bucket.begins.timestamp(), known))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _mark(figure: Figure, story: Story, stretches: Sequence[Sequence[Bucket]]) -> None:
    """Mark on the lowest line when the task was not running."""
    for state, mark in MARKS.items():
        times = [
            bucket.begins.timestamp()
            for stretch in stretches
            for bucket in stretch
            if bucket.worst_state is state
        ]
        figure.scatter(times, [0.0] * len(times), lc=YELLOW, marker=mark)


def _limit(figure: Figure, story: Story, highest: float, steps: Sequence[float]) -> None:
    first, last = story.points[0].at.timestamp(), story.points[-1].at.timestamp()
    figure.set_x_limits(min_=first, max_=max(last, first + 60))
    step = step_above(highest, steps)
    figure.set_y_limits(min_=0, max_=step * HEIGHT)
    times = [restart.requested_at.timestamp() for restart in story.restarts]
    figure.scatter(times, [step * (HEIGHT - 0.5)] * len(times), lc=RED, marker=RESTART)


def step_above(highest: float, steps: Sequence[float]) -> float:
    """Return the smallest step of which `HEIGHT` reach above a value."""
    return next((step for step in steps if step * HEIGHT > highest), highest / (HEIGHT - 1))


def _label(value: object, *, chars: int, left: bool = False, **_: object) -> str:
    text = str(value)[:chars]
    return text.ljust(chars) if left else text.rjust(chars)
