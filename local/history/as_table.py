"""The trend for people: what it rests on, then one row for each stretch of time."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from local.history.story import Story
from local.history.words import UNKNOWN, local, magnitude, offset_of, seconds
from local.monitor.text import plain
from qlik_monitor.domain.history import Bucket, bucket_width, trend
from qlik_monitor.domain.task import TaskState

STYLES = {
    TaskState.RUNNING: "green",
    TaskState.RECOVERY: "yellow",
    TaskState.UNKNOWN: "magenta",
    TaskState.STOPPED: "blue",
    TaskState.ERROR: "bold red",
}
LISTED = 5
"""Gaps and restarts that are named; of more only their number is told."""
NARROW, WIDE = 90, 110
"""Below the first columns stand close together; from the second every column has its place."""

Cell = Callable[[Bucket], Text]


def heading(story: Story) -> Iterator[Text]:
    """Say which task it is, what was read of it, and what is missing."""
    yield Text(plain(str(story.task)), style="bold")
    first, last = story.points[0].at, story.points[-1].at
    span = seconds((last - first).total_seconds())
    yield Text(f"{_count(len(story.points), 'reading')}, {local(first)} to {local(last)} ({span})")
    if story.gaps:
        named = ", ".join(
            f"{seconds((end - begin).total_seconds())} after {local(begin)}"
            for begin, end in story.gaps[-LISTED:]
        )
        yield Text(f"{_count(len(story.gaps), 'gap')}{_latest(len(story.gaps))}: {named}")
    if story.unusual:
        count = len(story.unusual)
        named = ", ".join(
            f"latency {point.total_latency_seconds} s at {local(point.at)} (score {score:.2f})"
            for point, score in story.unusual[-LISTED:]
        )
        yield Text(f"{_count(count, 'unusual reading')}{_latest(count)}: {named}")
    if story.restarts:
        named = ", ".join(
            f"{one.action.value} at {local(one.requested_at)} ({one.outcome.value})"
            for one in story.restarts[-LISTED:]
        )
        count = len(story.restarts)
        yield Text(f"{_count(count, 'restart')} by the agent{_latest(count)}: {named}")


def table_of(story: Story, rows: int, width: int) -> Table:
    """Return one row a bucket; a narrow terminal does not get the columns it can do without."""
    length = _length(story, rows)
    # From local midnight, so that hours and days begin where clocks say they do.
    midnight = story.points[0].at.astimezone().replace(hour=0, minute=0, second=0)
    begins = midnight + (story.points[0].at - midnight) // length * length
    buckets = trend(story.points, begins, length)
    columns = _columns(story, buckets, wide=width >= WIDE)
    padding = (0, 1) if width >= WIDE else (0, 1, 0, 0) if width >= NARROW else 0
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=padding)
    for number, title in enumerate(columns):
        table.add_column(title, no_wrap=True, justify="right" if number > 1 else "left")
    for bucket in buckets:
        table.add_row(*(cell(bucket) for cell in columns.values()))
    return table


def _length(story: Story, rows: int) -> timedelta:
    # The first row begins before the first reading, which may take one row more.
    return bucket_width(story.points, rows - 1)


def _columns(story: Story, buckets: Sequence[Bucket], *, wide: bool) -> dict[str, Cell]:
    offsets = {offset_of(bucket.begins) for bucket in buckets}
    changes = len(offsets) > 1  # to summer time or back
    columns: dict[str, Cell] = {
        "Time" if changes else f"UTC{offsets.pop()}": lambda bucket: Text(
            f"{bucket.begins.astimezone():%b %d %H:%M}"
            + (f" {offset_of(bucket.begins)}" if changes else "")
        ),
        "State": _state,
    }
    if wide:
        columns["Readings"] = lambda bucket: Text(str(bucket.count or ""), style="dim")
    columns |= {
        "Latency": lambda bucket: _text(bucket, seconds(bucket.latency_median)),
        "Max": lambda bucket: _text(bucket, seconds(bucket.latency_max), _lag(bucket, story)),
        "Applied/s": lambda bucket: _text(bucket, magnitude(bucket.applied_per_second)),
        "Waiting": lambda bucket: _text(bucket, magnitude(bucket.waiting_max)),
    }
    if any(bucket.restarts for bucket in buckets):
        columns["Starts"] = lambda bucket: Text(str(bucket.restarts or ""), style="yellow")
    if any(bucket.data_error_count_max for bucket in buckets):
        columns["Errors"] = lambda bucket: _errors(bucket, bucket.data_error_count_max)
    if any(bucket.tables_with_error_max for bucket in buckets):
        columns["Tables"] = lambda bucket: _errors(bucket, bucket.tables_with_error_max)
    return columns


def explanation(story: Story, rows: int) -> Text:
    """Say what a row and the columns mean."""
    said = [
        f"A row is {_named(_length(story, rows))}.",
        "State: the worst, and in how many readings it did not run.",
        "Latency, max: median and highest of the total latency, "
        f"bold where it lags, from {seconds(story.lag_seconds)} on.",
        "Applied/s: changes applied between readings.",
        "Waiting: the most changes that waited.",
    ]
    totals = [point.applied for point in story.points if point.applied is not None]
    if any(later < earlier for earlier, later in pairwise(totals)):
        said.append("Starts: falls of the counters, which a start sets to 0.")
    if any(point.data_error_count or point.tables_with_error for point in story.points):
        said.append("Errors, tables: the most data errors, and tables in error.")
    return Text(" ".join([*said, f"{UNKNOWN}: unknown."]), style="dim")


def _state(bucket: Bucket) -> Text:
    if bucket.worst_state is None:
        return Text("no reading", style="dim")
    share = f" {bucket.not_running}/{bucket.count}" if bucket.not_running else ""
    return Text(f"{bucket.worst_state.value}{share}", style=STYLES[bucket.worst_state])


def _lag(bucket: Bucket, story: Story) -> str:
    lags = bucket.latency_max is not None and bucket.latency_max >= story.lag_seconds
    return "bold red" if lags else ""


def _text(bucket: Bucket, text: str, style: str = "") -> Text:
    return Text(text if bucket.count else "", style=style)


def _errors(bucket: Bucket, amount: int | None) -> Text:
    return _text(bucket, magnitude(amount), "red" if amount else "dim")


def _count(amount: int, what: str) -> str:
    return f"{amount:,} {what}" if amount == 1 else f"{amount:,} {what}s"


def _latest(count: int) -> str:
    return f" (the latest {LISTED})" if count > LISTED else ""


def _named(width: timedelta) -> str:
    minutes = int(width.total_seconds()) // 60
    for unit, length in (("day", 1440), ("h", 60), ("min", 1)):
        if minutes % length == 0:
            count = minutes // length
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}"
    raise AssertionError(width)
