import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from qlik_monitor.adapters.dynamodb import table
from qlik_monitor.adapters.dynamodb_history import CHUNK_BYTES, DynamoDbHistory
from qlik_monitor.adapters.history_codec import pack
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.task import TaskId
from tests.fakes.aws import FakeStack
from tests.fakes.builders import NOON, TASK, later
from tests.fakes.history import a_point

DAY = timedelta(days=1)


@pytest.fixture
def history(stack: FakeStack) -> DynamoDbHistory:
    return DynamoDbHistory(table(stack.table_name))


def of(history: DynamoDbHistory, task: TaskId = TASK) -> tuple[HistoryPoint, ...]:
    return history.of(task, NOON - DAY, NOON + DAY).points


def fleet(size: int, **changes: Any) -> dict[str, HistoryPoint]:
    """Points whose totals no compression makes small."""
    chance = random.Random(1)
    return {
        f"task-{number:04}": a_point(applied=chance.getrandbits(200), **changes)
        for number in range(size)
    }


def test_readings_come_back_oldest_first(history: DynamoDbHistory) -> None:
    for minutes in (10, 0, 5):
        history.save("prod", {"orders": a_point(minutes)}, later(minutes=minutes))
    assert of(history) == (a_point(0), a_point(5), a_point(10))
    assert of(history, TaskId(server="prod", task="other")) == ()
    assert of(history, TaskId(server="test", task="orders")) == ()


def test_all_tasks_of_a_server_share_one_item(history: DynamoDbHistory, stack: FakeStack) -> None:
    history.save("prod", fleet(400) | {"orders": a_point()}, NOON)
    [item] = stack.dump()
    assert (item["pk"], item["sk"]) == ("HISTORY#prod", "2026-03-02T12:00:00+00:00#0000")
    assert of(history) == (a_point(),)


def test_a_reading_that_is_saved_again_takes_the_same_place(
    history: DynamoDbHistory, stack: FakeStack
) -> None:
    history.save("prod", {"orders": a_point(applied=1)}, NOON)
    history.save("prod", {"orders": a_point(applied=2)}, NOON)
    assert len(stack.dump()) == 1
    assert of(history) == (a_point(applied=2),)


@pytest.mark.parametrize("days", [15, 35, 400])
def test_readings_die_when_their_days_are_over(days: int, stack: FakeStack) -> None:
    history = DynamoDbHistory(table(stack.table_name), timedelta(days=days))
    history.save("prod", {"orders": a_point()}, NOON)
    assert stack.dump()[0]["expires_at"] == int(later(days=days).timestamp())


def test_nothing_is_written_for_no_tasks(history: DynamoDbHistory, stack: FakeStack) -> None:
    history.save("prod", {}, NOON)
    assert stack.dump() == []


def test_only_what_was_read_in_the_span_counts(history: DynamoDbHistory) -> None:
    for minutes in range(0, 60, 5):
        history.save("prod", {"orders": a_point(minutes)}, later(minutes=minutes))
    # The task was read a while after its cycle began.
    history.save("prod", {"orders": a_point(62)}, later(minutes=58))
    found = history.of(TASK, later(minutes=50), later(minutes=62)).points
    assert found == (a_point(50), a_point(55), a_point(62))


def test_a_large_server_is_split_below_the_limit_of_an_item(stack: FakeStack) -> None:
    history = DynamoDbHistory(table(stack.table_name), chunk_bytes=3000)
    points = fleet(400)
    history.save("prod", points, NOON)
    items = stack.dump()
    assert len(items) > 2
    assert all(len(bytes(item["packed"])) <= 3000 for item in items)
    assert [item["sk"][-5:] for item in items] == [f"#{n:04}" for n in range(len(items))]
    for name, point in points.items():
        assert of(history, TaskId(server="prod", task=name)) == (point,)
    assert history.tasks("prod") == points.keys()


def test_a_task_that_is_left_in_a_chunk_of_an_earlier_try_counts_once(stack: FakeStack) -> None:
    small = DynamoDbHistory(table(stack.table_name), chunk_bytes=3000)
    large = DynamoDbHistory(table(stack.table_name))
    points = fleet(400)
    small.save("prod", points, NOON)
    large.save("prod", points, NOON)
    last = max(points)
    assert of(large, TaskId(server="prod", task=last)) == (points[last],)


def test_an_item_may_be_as_large_as_dynamodb_allows(history: DynamoDbHistory) -> None:
    # Twelve thousand tasks on one server are more than Replicate takes.
    points = fleet(12_000)
    assert len(pack(points)) > 300_000
    assert CHUNK_BYTES < 400 * 1024
    history.save("prod", points, NOON)
    assert history.of(TaskId(server="prod", task="task-0000"), NOON, NOON).points


def test_more_than_a_page_is_read_to_its_end_and_its_reader_hears_how_far_it_is(
    history: DynamoDbHistory,
) -> None:
    points = fleet(3000)
    moments = [later(minutes=5 * number) for number in range(16)]
    assert len(pack(points)) * len(moments) > 1024**2
    for moment in moments:
        history.save("prod", points | {"orders": a_point(at=moment)}, moment)
    heard: list[datetime] = []
    found = history.of(TASK, NOON, later(days=1), heard.append)
    assert [point.at for point in found.points] == moments
    assert len(heard) > 1
    assert heard == sorted(heard)
    assert heard[-1] == moments[-1]


def test_what_a_later_release_wrote_is_counted_and_not_passed_over_in_silence(
    history: DynamoDbHistory, stack: FakeStack
) -> None:
    history.save("prod", {"orders": a_point(0)}, NOON)
    for number, packed in enumerate((b"\x63later", b"")):
        key = {"pk": "HISTORY#prod", "sk": f"2026-03-02T12:05:00+00:00#{number:04}"}
        stack.table.put_item(Item=key | {"packed": packed})
    found = history.of(TASK, NOON, later(hours=1))
    assert (found.points, found.unreadable) == ((a_point(0),), 2)
    assert history.tasks("prod") == {"orders"}


def test_the_newest_readings_name_the_tasks_of_a_server(history: DynamoDbHistory) -> None:
    history.save("prod", {"gone": a_point()}, NOON)
    for minutes in range(5, 200, 5):
        history.save("prod", {"orders": a_point(), "müll": a_point()}, later(minutes=minutes))
    assert history.tasks("prod") == {"orders", "müll"}
    assert history.tasks("test") == frozenset()
