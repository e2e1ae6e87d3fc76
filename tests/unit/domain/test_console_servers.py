from typing import Any

from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.console_fleet import FleetRow, incidents_by_subject
from qlik_monitor.domain.console_servers import ServerLine, missed_rows, server_lines
from qlik_monitor.domain.known_server import KnownServer, MissedTask
from qlik_monitor.domain.open_incident import OpenIncident
from qlik_monitor.domain.task import ServerState, TaskId
from tests.fakes.builders import NOON, an_aborted, an_incident
from tests.fakes.history import a_point


def an_open(**changes: Any) -> OpenIncident:
    return OpenIncident.of(an_incident(**changes))


ILL = an_open()
ROW = FleetRow("prod", "orders", a_point(), NOON, ILL)


def a_server(name: str, state: ServerState = ServerState.MONITORED, **more: bool) -> KnownServer:
    return KnownServer.model_validate({"name": name, "state": state} | more)


def test_servers_in_trouble_come_first_and_a_vanished_one_is_said_to_be_gone() -> None:
    lost = an_open(subject=Subject(server="lost"))
    vanished = a_server("vanished").model_copy(update={"gone_since": NOON})
    known = [*(a_server(name) for name in ("a", "lost", "prod")), vanished]
    rows = [ROW, FleetRow("old", "x", None)]
    lines = server_lines(known, rows, [lost])
    assert [(one.name, one.state, one.tasks, one.ill) for one in lines] == [
        ("lost", "MONITORED", 0, 0),
        ("old", "GONE", 1, 0),
        ("vanished", "GONE", None, 0),
        ("prod", "MONITORED", 1, 1),
        ("a", "MONITORED", 0, 0),
    ]


def test_of_a_server_that_is_not_read_it_is_unknown_how_many_tasks_it_has() -> None:
    known = [
        a_server("read"),
        a_server("no list", unread=True),
        a_server("lost", ServerState.NOT_CONNECTED),
        a_server("left out", ServerState.NOT_MONITORED),
    ]
    lines = {one.name: (one.tasks, one.unread) for one in server_lines(known, [], [])}
    assert lines == {
        "read": (0, False),
        "no list": (None, True),
        "lost": (None, True),
        # Whoever took it out of monitoring knows that.
        "left out": (None, False),
    }


def test_an_endpoint_s_incident_is_no_server_s() -> None:
    endpoint = an_open(subject=Subject(server="*", endpoint="DB"))
    assert server_lines([a_server("prod")], [], [endpoint]) == (
        ServerLine("prod", "MONITORED", 0, 0, None),
    )


def test_what_is_missed_or_ill_and_in_no_row_gets_one() -> None:
    stock = TaskId(server="prod", task="stock/eu")
    own = an_open(
        id="own",
        subject=Subject(server=stock.server, task=stock.task),
        snapshot=an_aborted(id=stock),
    )
    group = an_open(
        id="group", subject=Subject(server="*", endpoint="DB"), members=("prod/orders", "eu/b")
    )
    server = an_open(id="server", subject=Subject(server="us"))
    missed = [
        MissedTask(server=name, task="a", read_at=NOON.replace(hour=9)) for name in ("prod", "us")
    ]
    rows = list(missed_rows([ROW], missed, incidents_by_subject([own, group, server])))
    assert all(row.unread for row in rows)
    found = [(row.server, row.task, row.incident and row.incident.id, row.read_at) for row in rows]
    assert found == [
        ("eu", "b", "group", None),
        ("prod", "a", None, NOON.replace(hour=9)),
        ("prod", "stock/eu", "own", NOON),
        ("us", "a", "server", NOON.replace(hour=9)),
    ]
