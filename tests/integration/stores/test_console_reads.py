from dataclasses import replace
from datetime import timedelta
from typing import Any

from qlik_monitor.adapters.dynamodb_closed_incidents import DynamoDbClosedIncidents
from qlik_monitor.adapters.dynamodb_cycles import DynamoDbCycles
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_recent_history import RecentHistory
from qlik_monitor.adapters.dynamodb_servers import DynamoDbServers
from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.closed_incident import MOST_TASKS
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.incident import IncidentStatus
from qlik_monitor.domain.known_server import KnownServer
from qlik_monitor.domain.task import ServerState, TaskId
from tests.fakes.aws import FakeStack
from tests.fakes.builders import NOON, an_incident, later
from tests.fakes.history import a_point

ORDERS = TaskId(server="prod", task="orders")


def readings(stack: FakeStack, count: int, names: tuple[str, ...] = ("orders", "stock")) -> None:
    # So small a chunk holds one task: as if each reading took more than one item.
    history = DynamoDbHistory(stack.table, chunk_bytes=1)
    for number in range(count):
        at = later(minutes=5 * number)
        history.save(
            "prod", {name: replace(a_point(), at=at, waiting=number) for name in names}, at
        )


def test_the_newest_readings_are_found_in_all_their_chunks(stack: FakeStack) -> None:
    readings(stack, 20)
    found = RecentHistory(stack.table).of_servers(["prod", "none"], 3)
    assert found["prod"].moments == tuple(later(minutes=5 * number) for number in (19, 18, 17))
    newest = found["prod"].newest()
    assert {name: point.waiting for name, point in newest.items()} == {"orders": 19, "stock": 19}
    assert [point and point.waiting for point in found["prod"].of("stock")] == [17, 18, 19]
    assert found["none"].newest() == {}


def test_a_task_that_the_newest_readings_lack_is_shown_as_it_was_last_seen(
    stack: FakeStack,
) -> None:
    readings(stack, 3)
    history = DynamoDbHistory(stack.table)
    history.save("prod", {"stock": replace(a_point(), at=later(minutes=15))}, later(minutes=15))
    found = RecentHistory(stack.table).of_servers(["prod"])["prod"]
    assert found.newest()["orders"].at == later(minutes=10)
    assert found.of("orders")[-1] is None


def test_samples_are_spread_over_the_span_and_come_from_every_chunk(stack: FakeStack) -> None:
    readings(stack, 48)
    span = (NOON, later(hours=4))
    history = RecentHistory(stack.table).sampled(TaskId(server="prod", task="stock"), *span, 8)
    assert [point.at for point in history.points] == [later(minutes=30 * n) for n in range(8)]


def test_a_span_that_is_small_is_read_whole(stack: FakeStack) -> None:
    readings(stack, 10)
    history, sampled = RecentHistory(stack.table).of_task(ORDERS, NOON, later(hours=1))
    assert (len(history.points), sampled) == (10, False)


def test_a_span_that_is_large_is_sampled(stack: FakeStack) -> None:
    readings(stack, 10)
    # From ten small items follows that a millennium holds more than a page can read.
    long_ago = NOON - timedelta(days=365 * 1000)
    history, sampled = RecentHistory(stack.table).of_task(ORDERS, long_ago, later(hours=1))
    assert sampled
    assert len(history.points) == 1


def test_points_since_a_moment_come_oldest_first_without_those_of_the_moment(
    stack: FakeStack,
) -> None:
    readings(stack, 4)
    found = RecentHistory(stack.table).since(ORDERS, later(minutes=5))
    assert [point.waiting for point in found] == [2, 3]


def test_what_cannot_be_read_is_counted_and_not_shown(stack: FakeStack) -> None:
    key = {"pk": "HISTORY#prod", "sk": f"{NOON.isoformat(timespec='seconds')}#0000"}
    stack.table.put_item(Item={**key, "packed": b"\xff nobody knows"})
    recent = RecentHistory(stack.table)
    assert recent.of_servers(["prod"])["prod"].newest() == {}
    assert recent.sampled(ORDERS, NOON, later(hours=1), 2).unreadable == 1


def close(stack: FakeStack, number: int, days: float, **changes: Any) -> None:
    store = DynamoDbIncidents(stack.table)
    subject = Subject(server="prod", task=f"task-{number}")
    incident = an_incident(**{"id": f"incident-{number}", "subject": subject} | changes)
    store.open(incident)
    at = later(days=-days)
    ended = {"status": IncidentStatus.CLOSED, "closed_at": at, "updated_at": at}
    store.close(incident.model_copy(update=ended))


def test_closed_incidents_are_listed_newest_first_over_months(stack: FakeStack) -> None:
    for number in range(9):
        close(stack, number, days=number * 10)
    closed = DynamoDbClosedIncidents(stack.table)
    first = closed.before("", NOON + timedelta(seconds=1), 4)
    second = closed.before(first[-1][0], NOON, 4)
    third = closed.before(second[-1][0], NOON, 4)
    listed = [one.id for page in (first, second, third) for _, one in page]
    assert listed == [f"incident-{number}" for number in range(9)]


def test_a_task_s_closed_incidents_are_found_however_many_others_were_closed_since(
    stack: FakeStack,
) -> None:
    close(stack, 1, days=3)
    close(stack, 1, days=9, id="before")
    close(stack, 1, days=30, id="long-before")
    for number in range(2, 9):
        close(stack, number, days=1)
    closed, task = DynamoDbClosedIncidents(stack.table), TaskId(server="prod", task="task-1")
    found = closed.of_task(task, later(days=-14), 9)
    assert [one.closed_at for one in found] == [later(days=-3), later(days=-9)]
    assert [one.closed_at for one in closed.of_task(task, later(days=-14), 1)] == [later(days=-3)]
    assert closed.of_task(task, later(days=-1), 9) == ()


def test_a_group_s_end_is_listed_for_its_members_as_far_as_one_transaction_reaches(
    stack: FakeStack,
) -> None:
    members = tuple(f"prod/task-{number:03}" for number in range(200))
    close(
        stack, 1, days=1, subject=Subject(server="*", endpoint="DB"), members=(*members, *members)
    )
    closed = DynamoDbClosedIncidents(stack.table)
    found = [closed.of_task(TaskId.parse(one), later(days=-2), 9) for one in members]
    assert [bool(one) for one in found] == [number < MOST_TASKS for number in range(200)]
    assert {one.subject for listed in found for one in listed} == {"endpoint DB"}
    kept = {item.get("expires_at") for item in stack.dump()}
    assert kept == {int(later(days=89).timestamp())}


def test_an_incident_that_was_not_closed_is_not_listed(stack: FakeStack) -> None:
    DynamoDbIncidents(stack.table).open(an_incident())
    assert DynamoDbClosedIncidents(stack.table).before("", NOON, 10) == ()


def test_servers_are_written_only_when_they_change(stack: FakeStack) -> None:
    servers = DynamoDbServers(stack.table)
    prod = KnownServer(name="prod", state=ServerState.MONITORED)
    assert servers.all() == ()
    servers.keep([prod])
    stack.table.update_item(
        Key={"pk": "SERVERS", "sk": "SERVERS"},
        UpdateExpression="SET untouched = :yes",
        ExpressionAttributeValues={":yes": True},
    )
    servers.keep([prod])
    assert "untouched" in stack.dump()[0]
    lost = prod.model_copy(update={"state": ServerState.ERROR})
    servers.keep([lost])
    assert servers.all() == (lost,)


def test_the_newest_cycles_are_read_across_days(stack: FakeStack) -> None:
    cycles = DynamoDbCycles(stack.table)
    for number in range(10):
        cycles.record(CycleReport(id=str(number), finished_at=later(hours=-9 * number)))
    assert [one.id for one in cycles.newest(NOON, 4)] == ["0", "1", "2", "3"]
    assert len(cycles.newest(NOON, 99)) == 10


def test_points_of_all_tasks_are_those_of_each() -> None:
    from qlik_monitor.adapters.history_codec import pack, unpack  # noqa: PLC0415

    points: dict[str, HistoryPoint] = {
        f"t{n}": a_point(n % 3, applied=n * 70_000, waiting=None if n % 2 else n)
        for n in range(300)
    }
    packed = unpack(pack(points))
    assert packed.points() == points == {name: packed.point(name) for name in points}
    assert unpack(pack({})).points() == {}
