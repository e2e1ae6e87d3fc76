"""An explanation for people: headings, facts beside their names, and lists, in any width."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from local.monitor.text import plain
from qlik_monitor.domain.explanation import Explanation
from qlik_monitor.domain.explanation_parts import MAX_TEXT, Section
from qlik_monitor.domain.explanation_words import moment
from qlik_monitor.domain.incident import Incident

STYLES = {
    "closed": "green",
    "escalated": "bold red",
    "rejected": "yellow",
    "observed": "cyan",
    "awaiting_approval": "bold yellow",
}
LABEL_WIDTH = 20
INDENT = 2


def print_explanation(out: Console, explained: Explanation) -> None:
    """Print one explanation."""
    for line in _heading(explained):
        out.print(line)
    for section in explained.sections:
        out.print()
        out.print(Text(section.title, style="bold"))
        for block in _blocks(section):
            out.print(Padding(block, (0, 0, 0, INDENT)))


def print_open(out: Console, incidents: Sequence[Incident], now: datetime) -> None:
    """Print every open incident in two lines."""
    for one in incidents:
        status = Text(one.status.value.replace("_", " "), style=STYLES.get(one.status.value, ""))
        out.print(Text(f"{one.id}  ") + status + Text(f", {one.severity.value}"))
        kinds = ", ".join(sorted(kind.replace("_", " ") for kind in one.kinds))
        about = f"{plain(str(one.subject))}: {kinds}, opened {moment(one.opened_at, now)}"
        out.print(Padding(Text(about), (0, 0, 0, 2 * INDENT)))
    number = len(incidents)
    count = f"{number or 'No'} incident{'' if number == 1 else 's'}"
    hint = " `make explain INCIDENT=<id>` tells one from end to end." if incidents else ""
    out.print(Text(f"{count} open.{hint}", style="dim"))


def _heading(explained: Explanation) -> Iterator[Text]:
    yield Text(plain(explained.subject, MAX_TEXT), style="bold")
    status = Text(explained.status.replace("_", " "), style=STYLES.get(explained.status, "bold"))
    yield (
        Text(f"Incident {explained.incident_id}, {explained.severity}, ")
        + status
        + Text(f": {explained.status_means}")
    )


def _blocks(section: Section) -> Iterator[RenderableType]:
    if section.is_empty:
        yield Text(plain(section.empty, MAX_TEXT), style="dim")
    if section.rows:
        facts = Table.grid(padding=(0, 2, 0, 0))
        facts.add_column(width=LABEL_WIDTH, style="dim", overflow="fold")
        facts.add_column(overflow="fold")
        for row in section.rows:
            facts.add_row(Text(plain(row.label)), Text(plain(row.value, MAX_TEXT)))
        yield facts
    for listing in section.lists:
        yield Text(f"{plain(listing.title)}:", style="dim")
        entries = Table.grid(padding=(0, 1, 0, 0))
        entries.add_column(width=1)
        entries.add_column(overflow="fold")
        for entry in listing.entries:
            entries.add_row(Text("-"), Text(plain(entry, MAX_TEXT)))
        yield entries
