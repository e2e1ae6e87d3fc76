import zlib

from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.adapters.dynamodb_progress import CHUNK, DynamoDbProgress, pack, unpack
from qlik_monitor.domain.progress import TaskProgress
from tests.fakes.aws import FakeStack
from tests.fakes.builders import a_snapshot, later
from tests.fakes.strategies import names, snapshots

PROGRESS = TaskProgress.first(a_snapshot())


def named(count: int, progress: TaskProgress = PROGRESS) -> dict[str, TaskProgress]:
    return {f"task-{number:05}": progress for number in range(count)}


def test_what_is_remembered_comes_back_by_task(progress: DynamoDbProgress) -> None:
    progress.save("prod", {"orders": PROGRESS})
    assert progress.load("prod") == {"orders": PROGRESS}
    assert progress.load("test") == {}


def test_many_tasks_take_few_items(progress: DynamoDbProgress, stack: FakeStack) -> None:
    progress.save("prod", named(2 * CHUNK + 1))
    assert len(stack.dump()) == 3
    assert progress.load("prod") == named(2 * CHUNK + 1)


def test_the_newest_memory_counts_when_tasks_moved_between_items(
    progress: DynamoDbProgress,
) -> None:
    progress.save("prod", named(CHUNK + 1))
    newer = TaskProgress.first(a_snapshot(observed_at=later(minutes=5)))
    fewer = dict.fromkeys(list(named(CHUNK + 1))[1:], newer)
    progress.save("prod", fewer)
    assert progress.load("prod") == fewer


def test_nothing_is_written_for_no_tasks(progress: DynamoDbProgress, stack: FakeStack) -> None:
    progress.save("prod", {})
    assert stack.dump() == []


def test_memory_dies_after_a_week(progress: DynamoDbProgress, stack: FakeStack) -> None:
    progress.save("prod", {"orders": PROGRESS})
    assert stack.dump()[0]["expires_at"] == int(later(days=7).timestamp())


def test_memory_of_another_release_is_begun_anew_and_stops_no_cycle(
    progress: DynamoDbProgress, stack: FakeStack
) -> None:
    for number, packed in enumerate((b"nonsense", zlib.compress(b'{"orders": {"pace": 7}}'))):
        key = {"pk": "PROGRESS#prod", "sk": f"CHUNK#{number:04}"}
        stack.table.put_item(Item=key | {"packed": packed})
    assert progress.load("prod") == {}


@given(st.dictionaries(names, snapshots().map(TaskProgress.first), max_size=5))
def test_any_memory_survives_packing(memory: dict[str, TaskProgress]) -> None:
    assert unpack(pack(memory)) == memory
