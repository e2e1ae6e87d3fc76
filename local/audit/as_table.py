"""The audit trail for people: a line an entry."""

from collections.abc import Sequence
from datetime import UTC

from rich.table import Table
from rich.text import Text

from local.monitor.text import plain
from qlik_monitor.domain.audit import AuditEntry
from qlik_monitor.domain.audit_export import cells_of

STYLES = {"approved": "bold green", "rejected": "bold red", "voided": "bold yellow"}


def table_of(entries: Sequence[AuditEntry], *, of_all: bool) -> Table:
    """Make the table of a trail; of all of them with the incident of each entry."""
    table = Table()
    names = ("When, UTC", "Incident", "What", "Who", "By", "From", "With", "Detail")
    shown = [name for name in names if of_all or name != "Incident"]
    for name in shown:
        table.add_column(name, overflow="fold")
    for entry in entries:
        cells = _cells(entry)
        table.add_row(*(cells[name] for name in shown))
    return table


def _cells(entry: AuditEntry) -> dict[str, Text]:
    cells = cells_of(entry)
    what = Text(cells["event"].replace("_", " "), style=STYLES.get(cells["event"], ""))
    texts = {
        "When, UTC": f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        "Incident": cells["incident_id"],
        "Who": cells["by"],
        "By": cells["way"],
        "From": cells["address"],
        "With": cells["agent"],
        "Detail": cells["detail"],
    }
    return {name: Text(plain(text)) for name, text in texts.items()} | {"What": what}
