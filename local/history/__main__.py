"""`python -m local.history SERVER/TASK`: show how one task fared over the past days.

It only reads the table that monitor_tasks writes: the one that TABLE_NAME or --table names, else
that of a running `make local-up`, else that of `terraform apply`. Exit code 0: shown. 1: there is
no reading of this task. 2: the table could not be read, or an argument is wrong.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from local.history.as_json import as_json
from local.history.as_plot import legend, plots
from local.history.as_table import explanation, heading, table_of
from local.history.command import (
    CANNOT_READ,
    complain,
    exit_code_of,
    leave,
    table_parser,
)
from local.history.source import Source, find_source
from local.history.story import Story, read_story
from local.monitor.report import console
from local.monitor.settings import environment
from local.monitor.text import plain
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.domain.task import TaskId
from qlik_monitor.errors import ReplicationMonitorError
from qlik_monitor.settings import ThresholdSettings

EPILOG = """\
With make: make history TASK="server/task" DAYS=7 PNG=trend.png SVG=trend.svg ARGS=--rows=60
For machines: make -s history TASK="server/task" ARGS=--json
AWS credentials and the region are those of the AWS command line; dynamodb:Query on the table is
all that is needed. LAG_THRESHOLD_SECONDS, from the environment or .env, is drawn as a line.
"""
MOST_DAYS = 400


def main(arguments: list[str] | None = None) -> int:
    """Show one task; return the exit code."""
    options = _parser().parse_args(arguments)
    return exit_code_of(lambda: _run(options))


def _parser() -> argparse.ArgumentParser:
    parser = table_parser("local.history", __doc__, EPILOG)
    parser.add_argument("task", type=_task, metavar="SERVER/TASK")
    parser.add_argument(
        "--days", type=_days, default=timedelta(days=14), help="how far back (default: 14)"
    )
    parser.add_argument("--json", action="store_true", help="print every reading as JSON")
    parser.add_argument("--png", type=Path, metavar="FILE", help="write a picture as well")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="the same, as vectors")
    parser.add_argument("--rows", type=_rows, default=30, help="rows at most (default: 30)")
    parser.add_argument("--width", type=_width, help="characters a line (default: the terminal's)")
    return parser


def _task(text: str) -> TaskId:
    try:
        return TaskId.parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a server, a slash and a task, such as 'prod/orders'"
        ) from None


def _days(text: str) -> timedelta:
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if not 0 < days <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0, up to {MOST_DAYS}")
    return timedelta(days=days)


def _rows(text: str) -> int:
    return _whole(text, 2, 1000)


def _width(text: str) -> int:
    return _whole(text, 70, 1000)


def _whole(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    settings = environment(options.env_file)
    lag = ThresholdSettings.from_environment(settings).lag_threshold_seconds
    source = find_source(options.table, settings)
    story = _read(source, options.task, options.days, lag)
    if story.unreadable:
        complain(
            f"{story.unreadable} stored readings of {options.task.server!r} are in a form that "
            "this release does not know: use the release that is deployed"
        )
    if not story.points:
        return CANNOT_READ
    # First what may fail: a file that cannot be written stands in the way of nothing else.
    code = _draw(options, story)
    if options.json:
        print(as_json(story))
    else:
        _print(options, source, story)
    return code


def _read(source: Source, task: TaskId, days: timedelta, lag: int) -> Story:
    until = datetime.now(UTC)
    since = until - days
    history, restarts = DynamoDbHistory(source.table), DynamoDbRestarts(source.table)
    with _progress(f"Reading {source.found}", since, until) as seen:
        return read_story(history, restarts, task, (since, until), lag_seconds=lag, seen=seen)


@contextmanager
def _progress(what: str, since: datetime, until: datetime) -> Iterator[Callable[[datetime], None]]:
    """Show on a terminal how far the reading has come; leave nothing behind."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    with Progress(
        *columns,
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        shown = progress.add_task(plain(what), total=(until - since).total_seconds())
        yield lambda moment: progress.update(shown, completed=(moment - since).total_seconds())


def _draw(options: argparse.Namespace, story: Story) -> int:
    code = 0
    for form, path in (("png", options.png), ("svg", options.svg)):
        if path is None:
            continue
        # Slow to import, and most runs draw nothing.
        from local.history.as_chart import write_chart  # noqa: PLC0415

        try:
            write_chart(story, path, form)
        except ReplicationMonitorError as error:
            complain(str(error))
            code = CANNOT_READ
    return code


def _print(options: argparse.Namespace, source: Source, story: Story) -> None:
    out = console()
    if options.width:
        out.width = options.width
    for line in heading(story):
        out.print(line)
    out.print(table_of(story, options.rows, out.width))
    out.print(explanation(story, options.rows))
    coloured = out.is_terminal and not out.no_color
    for title, picture in plots(story, out.width, colours=coloured):
        out.print()
        out.print(Text(title, style="bold"))
        out.print(Text.from_ansi(picture), soft_wrap=True)
    if marks := legend(story):
        out.print(Text(marks, style="dim"))
    out.print(Text(f"Read from {source.found}; nothing was changed.", style="dim"))


if __name__ == "__main__":
    leave(main())
