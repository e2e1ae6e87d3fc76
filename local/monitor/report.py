"""Prints one result for people: what was read, the table, what was not read, and the limits."""

import io
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from local.monitor.as_table import RANKS, STYLES, Advices, level_of, table_of
from local.monitor.checkup import Checkup
from local.monitor.text import plain

WIDTH_OF_A_LOG = 160


def console() -> Console:
    """Return a console on standard output: as wide as the terminal, or as a log."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal of few characters shows a question mark, and the rest.
        sys.stdout.reconfigure(errors="replace")
    made = Console(
        markup=False,
        highlight=False,
        emoji=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )
    if not made.is_terminal:
        made.width = WIDTH_OF_A_LOG
    return made


@contextmanager
def waiting(for_what: str) -> Iterator[None]:
    """Show on a terminal that something goes on; leave nothing behind."""
    if not sys.stderr.isatty():
        yield
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(plain(for_what), total=None)
        yield


def print_report(
    out: Console, endpoint: str, checkup: Checkup, advices: Advices, *, show_all: bool
) -> None:
    """Print the result."""
    out.print(_heading(endpoint, checkup))
    if table := table_of(checkup, advices, show_all=show_all):
        out.print(table)
    if checkup.missed:
        out.print(Text("Could not be read:", style="bold"))
        for one in checkup.missed:
            where = f"{one.server}/{one.task}" if one.task else (one.server or "")
            out.print(Text(f"  {plain(where)}: {plain(one.error)}", style=STYLES["not read"]))
    if checkup.unmonitored:
        names = ", ".join(plain(name) for name in checkup.unmonitored)
        out.print(f"Not monitored by Qlik Enterprise Manager, so not read: {names}")


def print_limits(out: Console, since: datetime | None, proposals: str) -> None:
    """Say what this look can and cannot tell."""
    if since is None:
        said = (
            "One reading cannot tell that a task is stuck, that its throughput fell, or that a "
            "recovery lasts: with --state FILE a second run can."
        )
    else:
        said = f"Compared with what was remembered at {since:%Y-%m-%d %H:%M:%S} UTC."
    for line in (said, proposals, "Nothing was changed: Qlik was only read."):
        out.print(Text(line, style="dim"))


def _heading(endpoint: str, checkup: Checkup) -> Text:
    levels = Counter(level_of(task, checkup) for task in checkup.tasks)
    counts = [Text(f"{levels[one]} {one}", style=STYLES.get(one, "")) for one in RANKS]
    shown = [count for count, level in zip(counts, RANKS, strict=True) if levels[level]]
    size = f"{_count(checkup.server_count, 'server')}, {_count(len(checkup.tasks), 'task')}"
    heading = Text(f"{plain(endpoint)}: {size}")
    return heading + Text(": ") + Text(", ").join(shown) if shown else heading


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
