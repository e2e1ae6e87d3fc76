"""The fleet's page: every task in one line, worst first."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from functions.console.pages import View, Visit
from functions.console.stores import cycles, open_incidents, recent, servers
from qlik_monitor.adapters.dynamodb_recent_history import RecentReadings
from qlik_monitor.domain.console_chart import sparkline
from qlik_monitor.domain.console_fleet import (
    FleetRow,
    Page,
    incidents_by_subject,
    latency_of,
    page_of,
    rows_of,
    worst_first,
)
from qlik_monitor.domain.console_health import is_overdue
from qlik_monitor.domain.console_query import KINDS, FleetQuery, Query, fleet_query
from qlik_monitor.domain.console_servers import missed_rows, server_lines
from qlik_monitor.domain.known_server import Roster
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.open_incident import OpenIncident, most_urgent

FOR_INTERVAL = 3
"""So many cycles tell how far apart they are."""
MOST_GROUPS = 50
"""So many servers and endpoints in trouble are named, the most urgent ones."""


class Spark(Frozen):
    """A small picture of the latencies of a row's last readings, and the same in words."""

    lines: tuple[str, ...]
    words: tuple[int | None, int | None]
    """The lowest and the highest of them, in seconds."""


def view(query: Query, visit: Visit) -> View:
    """Read the fleet, and show the page that is asked for."""
    asked = fleet_query(query)
    roster, opened = servers().roster(), open_incidents().all()
    readings = recent().of_servers([server.name for server in roster.servers])
    rows = _rows(readings, roster, opened, visit.now)
    lines = server_lines(roster.servers, rows, opened)
    # What the choice of a state counts, and leads to, is of the server and the name asked for.
    among = list(filter(asked.in_any_state().fits, rows))
    fitting = sorted(filter(asked.fits, among), key=worst_first)
    page = page_of(fitting, asked.page)
    groups = sorted((one for one in opened if one.subject.task is None), key=most_urgent)
    reports = cycles().newest(visit.now, FOR_INTERVAL)
    return View(
        template="fleet.html",
        title="Fleet",
        values={
            "asked": asked,
            "page": page,
            "sparks": [_spark(readings.get(row.server), row.task) for row in page.rows],
            "links": _links(asked, page),
            "kinds": tuple(KINDS),
            "servers": lines,
            "unread_servers": sum(line.unread for line in lines),
            "roster": roster,
            "groups": groups[:MOST_GROUPS],
            "more_groups": max(0, len(groups) - MOST_GROUPS),
            "counts": {kind: sum(map(fits, among)) for kind, fits in KINDS.items()},
            "among": len(among),
            "asking": partial(_asking, asked),
            "total": len(rows),
            "cycle": next(iter(reports), None),
            "overdue": is_overdue(reports, visit.now),
        },
    )


def _rows(
    readings: dict[str, RecentReadings],
    roster: Roster,
    opened: Sequence[OpenIncident],
    now: datetime,
) -> list[FleetRow]:
    troubles = incidents_by_subject(opened)
    rows = [
        row
        for server, found in readings.items()
        for row in rows_of(server, found.newest(), found.moments, troubles, now)
    ]
    return [*rows, *missed_rows(rows, roster.missed, troubles)]


def _spark(readings: RecentReadings | None, task: str) -> Spark:
    points = readings.of(task) if readings else ()
    latencies = [latency_of(point) if point else None for point in points]
    known = [value for value in latencies if value is not None]
    return Spark(
        lines=sparkline(latencies),
        words=(min(known, default=None), max(known, default=None)),
    )


def _asking(asked: FleetQuery, **changes: str) -> str:
    """Return the query of a link that keeps what is asked for, but for these changes."""
    kept = {"server": asked.server, "state": asked.state, "q": asked.search} | changes
    chosen = {name: value for name, value in kept.items() if value}
    return f"?{urlencode(chosen)}" if chosen else ""


def _links(asked: FleetQuery, page: Page[FleetRow]) -> dict[str, str]:
    """Return the queries of the pages beside this one."""
    beside = {"previous": page.number - 1, "next": page.number + 1}
    return {
        name: _asking(asked, page=str(number))
        for name, number in beside.items()
        if 1 <= number <= page.pages
    }
