from datetime import datetime, timedelta

from qlik_monitor.domain.known_server import KnownServer, MissedTask, Roster
from qlik_monitor.domain.progress import TaskProgress
from qlik_monitor.domain.task import FleetReading, ServerState, TaskId, Unread
from tests.fakes.builders import NOON, a_server, a_snapshot, later

FAULT = "an entry of the task list cannot be used"


def reading(
    *tasks: str, at: datetime = NOON, servers: tuple[str, ...] = ("prod",), **more: object
) -> FleetReading:
    ids = [TaskId.parse(name) for name in tasks]
    return FleetReading.model_validate(
        {
            "observed_at": at,
            "servers": tuple(a_server(name) for name in servers),
            "tasks": tuple(a_snapshot(id=one, observed_at=at) for one in ids),
        }
        | more
    )


def memory(*tasks: str, at: datetime = NOON) -> dict[str, dict[str, TaskProgress]]:
    found: dict[str, dict[str, TaskProgress]] = {}
    for one in map(TaskId.parse, tasks):
        first = TaskProgress.first(a_snapshot(id=one, observed_at=at))
        found.setdefault(one.server, {})[one.task] = first
    return found


def test_a_task_that_is_not_read_any_more_is_missed_until_it_comes_back() -> None:
    roster = Roster().after(reading("prod/a", at=later(minutes=5)), memory("prod/a", "prod/b"))
    [missed] = roster.missed
    assert missed == MissedTask(server="prod", task="b", read_at=NOON)
    # The memory holds those that were read, so that it names it no more.
    again = roster.after(reading("prod/a", at=later(minutes=10)), memory("prod/a"))
    assert again == roster
    assert again.after(reading("prod/a", "prod/b", at=later(minutes=15)), {}).missed == ()


def test_a_missed_task_is_forgotten_after_a_day() -> None:
    roster = Roster().after(reading("prod/a"), memory("prod/b"))
    assert roster.after(reading("prod/a", at=later(hours=23)), {}).missed
    assert not roster.after(reading("prod/a", at=later(hours=24)), {}).missed
    long_ago = memory("prod/b", at=NOON - timedelta(days=2))
    assert not Roster().after(reading("prod/a"), long_ago).missed


def test_of_a_server_that_lists_nothing_the_newest_readings_name_all() -> None:
    lost = reading("prod/a", servers=("prod", "eu"))
    assert not Roster().after(lost, memory("prod/a", "eu/a", "eu/b")).missed


def test_a_server_that_vanishes_is_gone_for_a_day() -> None:
    roster = Roster().after(reading("prod/a", servers=("eu", "prod")), {})
    gone = roster.after(reading("prod/a", at=later(minutes=5)), {})
    assert [one.gone_since for one in gone.servers] == [later(minutes=5), None]
    assert gone.after(reading("prod/a", at=later(hours=20)), {}) == gone
    assert [one.name for one in gone.after(reading("prod/a", at=later(hours=25)), {}).servers] == [
        "prod"
    ]
    back = gone.after(reading("prod/a", servers=("eu", "prod"), at=later(minutes=9)), {})
    assert back == roster


def test_a_server_whose_list_fails_is_unread() -> None:
    failed = Unread(server="prod", error="timed out")
    [server] = Roster().after(reading(unread=(failed,)), {}).servers
    assert (server.unread, server.is_unread, server.is_watched) == (True, True, False)
    [server] = Roster().after(reading("prod/a"), {}).servers
    assert server == KnownServer(name="prod", state=ServerState.MONITORED)


def test_entries_that_name_nothing_are_counted() -> None:
    entries = (Unread(server="prod", error=FAULT), Unread(server="a number", error=FAULT))
    details = Unread(server="prod", task="a", error="timed out")
    roster = Roster().after(reading("prod/a", unread=(*entries, details)), {})
    assert roster.nameless == 2
    assert not roster.servers[0].unread


def test_what_is_cut_stays_cut_until_nothing_is_missed() -> None:
    names = ("prod/b", "prod/c")
    half = Roster().after(reading("prod/a"), memory(*names)).halved()
    assert [one.task for one in half.missed] == ["b"]
    assert half.after(reading("prod/a", at=later(minutes=5)), {}).cut
    assert not half.after(reading("prod/a", "prod/b", at=later(minutes=5)), {}).cut
