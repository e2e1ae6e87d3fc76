"""Servers at a glance, and the tasks that no new reading shows: what is missing stays in sight."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qlik_monitor.domain.console_fleet import FleetRow, incident_of
from qlik_monitor.domain.known_server import KnownServer, MissedTask
from qlik_monitor.domain.open_incident import OpenIncident
from qlik_monitor.domain.task import TaskId

GONE = "GONE"
"""What the state of a server is called that Qlik does not list any more."""


@dataclass(frozen=True, slots=True)
class ServerLine:
    """One server in one line."""

    name: str
    state: str
    tasks: int | None
    """None where nothing is known of its tasks."""
    ill: int
    incident: OpenIncident | None
    unread: bool = False
    """Whether its tasks cannot be read, although somebody may count on them."""


def missed_rows(
    rows: Iterable[FleetRow], missed: Iterable[MissedTask], incidents: Mapping[str, OpenIncident]
) -> Iterator[FleetRow]:
    """Make the lines of tasks that are missed, or have an open incident, and are in no row."""
    shown = {f"{row.server}/{row.task}" for row in rows}
    lost = {f"{one.server}/{one.task}": one.read_at for one in missed}
    for name in sorted({*lost, *(name for name in incidents if "/" in name)} - shown):
        task = TaskId.parse(name)
        incident = incident_of(incidents, task.server, task.task, unread=True)
        own = incident is not None and incident.subject.task_id == task
        seen = incident.read_at if incident and own else None
        yield FleetRow(task.server, task.task, None, lost.get(name, seen), incident)


def server_lines(
    servers: Sequence[KnownServer], rows: Sequence[FleetRow], incidents: Iterable[OpenIncident]
) -> tuple[ServerLine, ...]:
    """Count the tasks of each server; those in trouble first."""
    tasks = Counter(row.server for row in rows)
    ill = Counter(row.server for row in rows if row.incident)
    known = {server.name: server for server in servers}
    of_servers = (i for i in incidents if i.subject.task is None and i.subject.endpoint is None)
    own = {incident.subject.server: incident for incident in of_servers}

    def line(name: str) -> ServerLine:
        server = known.get(name)
        gone = server is None or server.gone_since is not None
        return ServerLine(
            name=name,
            state=GONE if server is None or gone else server.state.value,
            tasks=tasks[name] if tasks[name] or (server and server.is_watched) else None,
            ill=ill[name],
            incident=own.get(name),
            unread=server is None or server.is_unread,
        )

    lines = map(line, {*known, *tasks, *own})
    return tuple(
        sorted(
            lines,
            key=lambda one: (one.incident is None, not one.unread, -one.ill, one.name),
        )
    )
