"""What an explanation is made of: parts with rows and lists, all of it fit to be shown."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from unicodedata import category

from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.invisible import INVISIBLE
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.restart import Restart

MAX_TEXT = 1000
"""Characters of one text; a message of Qlik's may have more, and nobody reads them at night."""
MAX_ENTRIES = 60
"""Rows of a part, or entries of a list; a group of tasks has fifty members at most."""


class Row(Frozen):
    """One fact and its name."""

    label: str
    value: str


class Listing(Frozen):
    """Several facts of one kind."""

    title: str
    entries: tuple[str, ...]


class Section(Frozen):
    """One part of an explanation; without rows and lists, `empty` says why."""

    key: str
    title: str
    rows: tuple[Row, ...] = ()
    lists: tuple[Listing, ...] = ()
    empty: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing but the reason for there being nothing."""
        return not (self.rows or self.lists)


class Account(Frozen):
    """An incident and all that is stored about it."""

    incident: Incident
    restarts: tuple[Restart, ...] | None = ()
    """Those of its tasks, oldest first; of other incidents too. None: they could not be read."""
    approvals: Mapping[str, Approval] | None = {}
    """Its approvals by id; one that is missing is not stored any more. None: as above."""
    recognised_by: str = ""
    """The entry of the error catalogue that named the class, and its reason; empty: not known."""
    now: datetime

    def own_restarts(self) -> tuple[Restart, ...] | None:
        """Return the restarts that this incident led to, or None when they could not be read."""
        if self.restarts is None:
            return None
        return tuple(one for one in self.restarts if one.incident_id == self.incident.id)


def section(
    key: str,
    title: str,
    rows: Iterable[tuple[str, str]] = (),
    lists: Mapping[str, Iterable[str]] | None = None,
    empty: str = "",
) -> Section:
    """Make a part of an explanation; rows without a value and empty lists are left out."""
    facts = [Row(label=fit(label), value=fit(value)) for label, value in rows if value]
    more = len(facts) - MAX_ENTRIES
    if more > 0:
        facts[MAX_ENTRIES:] = [Row(label="More", value=f"{more} are not shown here")]
    listings = (Listing(title=fit(t), entries=_entries(e)) for t, e in (lists or {}).items())
    kept = tuple(one for one in listings if one.entries)
    return Section(key=key, title=title, rows=tuple(facts), lists=kept, empty=fit(empty))


def _entries(texts: Iterable[str]) -> tuple[str, ...]:
    found = [fit(text) for text in texts]
    more = len(found) - MAX_ENTRIES
    return (*found[:MAX_ENTRIES], f"and {more} more") if more > 0 else tuple(found)


def fit(text: str) -> str:
    """Make any text fit to be shown: on one line, bounded, without secrets or hidden characters."""
    seen = "".join(one for one in " ".join(text.split()) if category(one) not in INVISIBLE)
    line = redact(seen)
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"
