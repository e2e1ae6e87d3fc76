"""Two readings that look alike, and what lies between them."""

from typing import Any

import pytest

from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.interlude import interlude
from qlik_monitor.domain.task import StopReason, TaskState
from tests.fakes.builders import NOON, later

DOWN = HistoryPoint(NOON, TaskState.ERROR, StopReason.FATAL_ERROR, applied=500)
RUNS = HistoryPoint(NOON, TaskState.RUNNING, StopReason.NONE, applied=500)


def then(before: HistoryPoint, *changes: dict[str, Any]) -> str | None:
    usual = {"state": before.state, "stop_reason": before.stop_reason}
    return interlude(
        before,
        [
            HistoryPoint(**{"at": later(minutes=5 * number), **usual, **one})
            for number, one in enumerate(changes, 1)
        ],
    )


@pytest.mark.parametrize(
    ("before", "changes"),
    [
        (DOWN, []),
        (DOWN, [{"applied": 500}, {"applied": None}]),
        (DOWN, [{"applied": 501}]),
        (DOWN, [{"state": TaskState.UNKNOWN, "stop_reason": StopReason.UNKNOWN}]),
        (DOWN, [{"stop_reason": StopReason.UNKNOWN}]),
        (RUNS, [{"applied": 500}, {"applied": None}, {"applied": 900}]),
    ],
    ids=["no readings", "stands still", "told late", "unknown", "unknown reason", "goes on"],
)
def test_a_task_that_goes_on_as_it_was_had_no_interlude(
    before: HistoryPoint, changes: list[dict[str, Any]]
) -> None:
    assert then(before, *changes) is None


@pytest.mark.parametrize(
    ("before", "changes", "said"),
    [
        (
            DOWN,
            [{}, {"state": TaskState.RUNNING, "stop_reason": StopReason.NONE}, {}],
            "the task was RUNNING at 12:10 UTC, and fell ill anew",
        ),
        (
            DOWN,
            [{"stop_reason": StopReason.RECOVERABLE_ERROR}, {}],
            "the task was down by RECOVERABLE_ERROR at 12:05 UTC, and fell ill anew",
        ),
        (DOWN, [{"applied": 3}], "the task was started anew since it was judged"),
        (RUNS, [{"applied": 3}, {"applied": 900}], "the task was started anew"),
    ],
    ids=["ran", "fell otherwise", "counts anew", "restarted"],
)
def test_a_task_that_lived_another_life_in_between_is_told(
    before: HistoryPoint, changes: list[dict[str, Any]], said: str
) -> None:
    assert str(then(before, *changes)).startswith(said)
