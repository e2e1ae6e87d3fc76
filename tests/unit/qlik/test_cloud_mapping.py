from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.adapters.qlik_cloud_fields import by_label, cloud_snapshot, label_of
from qlik_monitor.domain.task import StopReason, TaskId, TaskSnapshot, TaskState
from tests.integration.qlik.platforms import NOON
from tests.unit.qlik.test_manager_mapping import JSON

TASK = TaskId(server="Sales", task="ORDERS")
STATE: dict[str, Any] = {
    "runReadiness": {"state": "ALREADY_RUNNING", "message": ""},
    "lastRun": {
        "state": "RUNNING",
        "message": "",
        "fullLoad": {"queuedCount": 1, "loadingCount": 2, "completedCount": 3, "errorCount": 4},
        "cdcStatus": {
            "latency": "00:00:05",
            "accumulatingChangesCount": 6,
            "applyingChangesCount": 7,
            "throughputInKilobytesPerSecond": 0.5,
            "totalProcessedCount": 9,
        },
    },
}


def a_snapshot(**run: Any) -> TaskSnapshot:
    return cloud_snapshot(TASK, STATE | {"lastRun": STATE["lastRun"] | run}, NOON)


def test_a_runtime_state_becomes_a_snapshot() -> None:
    snapshot = a_snapshot()

    assert (snapshot.state, snapshot.total_latency_seconds) == (TaskState.RUNNING, 5)
    assert (snapshot.full_load.tables_queued, snapshot.full_load.tables_loading) == (1, 2)
    assert (snapshot.full_load.tables_completed, snapshot.full_load.tables_with_error) == (3, 4)
    assert snapshot.backlog.waiting() == 13
    assert snapshot.cdc_throughput.target_kilobytes == 1
    assert snapshot.counters.applied_records == 9
    assert snapshot.unknown_fields == ()


@pytest.mark.parametrize(
    ("loaded", "all_told", "expected"), [(0, 2, 2), (3, 2, 3), (None, 2, 2), (None, None, None)]
)
def test_datasets_in_error_are_tables_in_error(
    loaded: int | None, all_told: int | None, expected: int | None
) -> None:
    snapshot = a_snapshot(
        fullLoad={"errorCount": loaded}, general={"datasetsInErrorCount": all_told}
    )

    assert snapshot.full_load.tables_with_error == expected


@pytest.mark.parametrize(
    ("word", "state", "reason"),
    [
        ("STARTING", TaskState.RUNNING, StopReason.NONE),
        ("STOPPING", TaskState.RUNNING, StopReason.NONE),
        ("COMPLETED", TaskState.STOPPED, StopReason.FULL_LOAD_ONLY_FINISHED),
        ("CANCELED", TaskState.STOPPED, StopReason.NORMAL),
        ("FAILED", TaskState.ERROR, StopReason.FATAL_ERROR),
    ],
)
def test_the_last_run_tells_state_and_reason(
    word: str, state: TaskState, reason: StopReason
) -> None:
    snapshot = a_snapshot(state=word)

    assert (snapshot.state, snapshot.stop_reason) == (state, reason)


@pytest.mark.parametrize(
    ("readiness", "state"),
    [("READY_TO_RUN", TaskState.STOPPED), ("ALREADY_RUNNING", TaskState.RUNNING)],
)
def test_a_task_that_never_ran_is_judged_by_its_readiness(readiness: str, state: TaskState) -> None:
    snapshot = cloud_snapshot(TASK, {"runReadiness": {"state": readiness}}, NOON)

    assert (snapshot.state, snapshot.stop_reason) == (state, StopReason.NONE)


@pytest.mark.parametrize(
    ("document", "note"),
    [
        ({}, "lastRun.state: missing"),
        ({"lastRun": {"state": "PAUSED"}}, "lastRun.state: PAUSED"),
        ({"runReadiness": {"state": "NOT_RUNNABLE"}}, "lastRun.state: NOT_RUNNABLE"),
    ],
)
def test_a_state_that_cannot_be_told_is_unknown(document: dict[str, Any], note: str) -> None:
    snapshot = cloud_snapshot(TASK, document, NOON)

    assert snapshot.state is TaskState.UNKNOWN
    assert note in snapshot.unknown_fields


def test_a_run_without_a_message_is_explained_by_its_errors() -> None:
    errors = [{"code": "E1", "title": "Lost", "detail": "no route"}, {"code": "E2"}, 7]

    assert a_snapshot(state="FAILED", errors=errors).message == "no route; E2"


def test_a_task_that_cannot_run_says_why() -> None:
    readiness = {"state": "NOT_RUNNABLE", "message": "no licence"}

    assert cloud_snapshot(TASK, {"runReadiness": readiness}, NOON).message == "no licence"


@given(
    document=st.dictionaries(st.sampled_from(["lastRun", "runReadiness"]), JSON),
    run=st.dictionaries(st.sampled_from(list(STATE["lastRun"])), JSON),
)
def test_any_runtime_state_whatsoever_gives_a_snapshot(
    document: dict[str, Any], run: dict[str, Any]
) -> None:
    for one in (document, document | {"lastRun": run}):
        snapshot = cloud_snapshot(TASK, one, NOON)
        TaskSnapshot.model_validate_json(snapshot.model_dump_json())


def test_shared_labels_show_their_ids() -> None:
    named = [("3", "B"), ("2", "A"), ("1", "A")]

    assert by_label(named) == {"A (1)": "1", "A (2)": "2", "B": "3"}


def test_a_name_that_looks_like_a_label_with_an_id_takes_nobody_s_place() -> None:
    named = [("1", "A"), ("2", "A"), ("3", "A (1)")]

    assert sorted(by_label(named).values()) == ["1", "2", "3"]


def test_a_slash_in_a_name_does_not_split_the_identity() -> None:
    label = label_of("Sales / EMEA")

    assert label == "Sales - EMEA"
    assert TaskId.parse(str(TaskId(server=label, task="a/b"))).task == "a/b"


@pytest.mark.parametrize("name", [None, 7, "", " \n", {}])
def test_what_is_no_name_gives_no_label(name: object) -> None:
    assert label_of(name) == ""
