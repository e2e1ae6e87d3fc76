"""What a visitor of the console asks for: filters and pages, read from a query string.

A mistake is told with the field, its value and what is allowed, and nothing is guessed.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Self

from qlik_monitor.domain.console_fleet import FleetRow
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import TaskId, TaskState

MOST_TEXT = 400
"""Longer than any name that Qlik allows."""
MOST_BYTES = 1900
"""Of `server/task` in UTF-8: a key of the table has 2,048 bytes, with a word before the name."""
MOST_PAGES = 100_000
SHOWN_VALUE = 60
ILL, UNREAD, AT_REST = "ill", "unread", "at_rest"


def _is_in(state: TaskState) -> Callable[[FleetRow], bool]:
    return lambda row: row.point is not None and row.point.state is state


KINDS: dict[str, Callable[[FleetRow], bool]] = {
    ILL: lambda row: row.incident is not None,
    UNREAD: lambda row: row.unread,
    AT_REST: lambda row: row.at_rest,
    **{state.value.lower(): _is_in(state) for state in TaskState},
}
"""What `state` may be, and which tasks each means."""
SPANS = {
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
    "14d": timedelta(days=14),
}

Query = Mapping[str, str]


class QueryWrong(ValueError):
    """A query that makes no sense; the message says why, in words for people."""


class FleetQuery(Frozen):
    """Which tasks are asked for."""

    server: str = ""
    state: str = ""
    search: str = ""
    page: int = 1

    def in_any_state(self) -> Self:
        """Return the same query without a state."""
        return self.model_copy(update={"state": ""})

    def fits(self, row: FleetRow) -> bool:
        """Tell whether a task is one of those that are asked for."""
        if self.server and row.server != self.server:
            return False
        if self.search and self.search.casefold() not in f"{row.server}/{row.task}".casefold():
            return False
        return not self.state or KINDS[self.state](row)


def fleet_query(query: Query) -> FleetQuery:
    """Read the filters of the fleet's page; raises QueryWrong."""
    state = _text(query, "state")
    if state and state not in KINDS:
        raise _wrong("state", state, f"one of: {', '.join(KINDS)}")
    return FleetQuery(
        server=_text(query, "server"),
        state=state,
        search=_text(query, "q"),
        page=page_query(query),
    )


def page_query(query: Query) -> int:
    """Read which page of a list is asked for; raises QueryWrong."""
    return _whole(query, "page", MOST_PAGES)


def task_query(query: Query) -> tuple[TaskId, str]:
    """Read which task is asked for, and over which span; raises QueryWrong."""
    server, task = _text(query, "server"), _text(query, "task")
    if not server or not task:
        missing = "server" if not server else "task"
        raise QueryWrong(f"{missing} is not given: a task is asked for by server and task")
    asked = TaskId(server=server, task=task)
    if len(str(asked).encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise _wrong("server/task", str(asked), f"at most {MOST_BYTES} bytes in UTF-8")
    span = query.get("span", "1d")
    if span not in SPANS:
        raise _wrong("span", span, f"one of: {', '.join(SPANS)}")
    return asked, span


def _text(query: Query, name: str) -> str:
    text = query.get(name, "").strip()
    if len(text) > MOST_TEXT:
        raise _wrong(name, text, f"at most {MOST_TEXT} characters")
    return text


def _whole(query: Query, name: str, most: int) -> int:
    text = query.get(name, "") or "1"
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and 1 <= int(text) <= most):
        raise _wrong(name, text, f"a whole number from 1 to {most}")
    return int(text)


def _wrong(name: str, value: str, allowed: str) -> QueryWrong:
    shown = value if len(value) <= SHOWN_VALUE else f"{value[:SHOWN_VALUE]}..."
    return QueryWrong(f"{name}={shown!r}: expected {allowed}")
