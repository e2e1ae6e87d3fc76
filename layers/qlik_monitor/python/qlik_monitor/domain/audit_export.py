"""The audit trail for people, machines and spreadsheets: the same columns in each form.

Texts are redacted, on one line and bounded. In CSV no cell begins as a formula would: a task's name
or a browser's could otherwise run in the spreadsheet of whoever opens the file.
"""

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC

from qlik_monitor.domain.audit import AuditEntry
from qlik_monitor.domain.explanation_parts import fit

COLUMNS = (
    "at",
    "incident_id",
    "approval_id",
    "event",
    "by",
    "way",
    "address",
    "agent",
    "seen",
    "proposal_hash",
    "detail",
)
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet runs; the last four are their full-width forms."""


def cells_of(entry: AuditEntry) -> dict[str, str]:
    """Return an entry's texts by column, fit to be shown; times are UTC, in ISO 8601."""
    given = entry.model_dump(mode="json") | {"at": entry.at.astimezone(UTC).isoformat()}
    return {column: fit(str(given[column] or "")) for column in COLUMNS}


def as_json_line(entry: AuditEntry) -> str:
    """Write an entry as one line of JSON."""
    return json.dumps(cells_of(entry), ensure_ascii=False)


def as_csv(entries: Iterable[AuditEntry]) -> str:
    """Write entries as CSV with a heading, by RFC 4180."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    rows.writerows([_harmless(cell) for cell in cells_of(one).values()] for one in entries)
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULAS) else cell
