import pytest
from hypothesis import given

from qlik_monitor.domain.task import Backlog, Counters, TaskId
from tests.fakes.strategies import counters


@pytest.mark.parametrize(
    ("text", "server", "task"),
    [("prod/orders", "prod", "orders"), ("prod/a/b", "prod", "a/b"), ("p q/ö", "p q", "ö")],
    ids=["plain", "a task with a slash", "spaces and letters"],
)
def test_a_task_id_is_read_and_written_alike(text: str, server: str, task: str) -> None:
    assert TaskId.parse(text) == TaskId(server=server, task=task)
    assert str(TaskId.parse(text)) == text


@pytest.mark.parametrize("text", ["", "prod", "prod/", "/orders"])
def test_half_a_task_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected 'server/task'"):
        TaskId.parse(text)


NOTHING_WAITS = Backlog(
    accumulated_in_memory=0, accumulated_on_disk=0, applying_in_memory=0, applying_on_disk=0
)


@pytest.mark.parametrize(
    ("backlog", "expected"),
    [
        (Backlog(), None),
        (Backlog(accumulated_in_memory=0), None),
        (NOTHING_WAITS, 0),
        (Backlog(accumulated_on_disk=3, applying_in_memory=4), 7),
        (Backlog(records_in_progress=9), None),
    ],
    ids=[
        "nothing known",
        "partly known",
        "known as none",
        "a sum of what is known",
        "in progress is not waiting",
    ],
)
def test_an_unknown_backlog_is_not_an_empty_one(backlog: Backlog, expected: int | None) -> None:
    assert backlog.waiting() == expected


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        (Counters(applied_inserts=1), Counters(applied_inserts=2), True),
        (Counters(applied_inserts=2), Counters(applied_inserts=1), True),
        (Counters(applied_inserts=1), Counters(applied_inserts=1), False),
        (Counters(), Counters(applied_inserts=1), False),
        (Counters(applied_inserts=1), Counters(), False),
    ],
    ids=["grew", "fell", "same", "became known", "became unknown"],
)
def test_only_known_totals_can_move(before: Counters, after: Counters, moved: bool) -> None:
    assert after.moved_since(before) is moved


@given(counters)
def test_no_totals_have_moved_since_themselves(totals: Counters) -> None:
    assert not totals.moved_since(totals)
