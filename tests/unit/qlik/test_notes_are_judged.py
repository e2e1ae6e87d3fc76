"""What detection makes of the notes that the Qlik clients write about malformed fields."""

from typing import Any

import pytest

from qlik_monitor.adapters.qlik_cloud_fields import cloud_snapshot, unread_task
from qlik_monitor.adapters.qlik_enterprise_manager_task import task_snapshot
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.detection import detect
from qlik_monitor.domain.progress import TaskProgress
from qlik_monitor.domain.task import TaskId, TaskSnapshot
from qlik_monitor.domain.thresholds import Thresholds
from tests.integration.qlik.platforms import NOON

TASK = TaskId(server="S", task="T")
STOPPED = {"state": "STOPPED", "task_stop_reason": "NORMAL"}
RETRYING = {"state": "RECOVERY", "task_stop_reason": "RECOVERABLE_ERROR"}
EMPTY = {"cdc_latency": {"total_latency": "", "source_latency": ""}}


def kinds(snapshot: TaskSnapshot) -> list[AnomalyKind]:
    found = detect(snapshot, TaskProgress.first(snapshot), Thresholds())
    return [anomaly.kind for anomaly in found]


def of_manager(**changes: Any) -> list[AnomalyKind]:
    details = {
        "name": "T",
        "state": "RUNNING",
        "task_stop_reason": "NONE",
        "cdc_latency": {"source_latency": "00:00:01", "total_latency": "00:00:02"},
    }
    return kinds(task_snapshot(TASK, details | changes, NOON))


def of_cloud(document: dict[str, Any]) -> list[AnomalyKind]:
    return kinds(cloud_snapshot(TASK, document, NOON))


@pytest.mark.parametrize(
    "changes",
    [
        {"state": None},
        {"state": "PAUSED"},
        {"state": {}},
        {"task_stop_reason": None},
        {"task_stop_reason": "TIRED"},
        {"cdc_latency": None},
        {"cdc_latency": 7},
        {"cdc_latency": {"total_latency": "00:00:99"}},
        {"cdc_latency": {"total_latency": "00:00:01", "source_latency": "x"}},
        EMPTY,
        STOPPED | {"cdc_latency": {"total_latency": "soon"}},
    ],
    ids=str,
)
def test_what_enterprise_manager_malforms_and_a_verdict_needs_is_unknown(
    changes: dict[str, Any],
) -> None:
    assert of_manager(**changes) == [AnomalyKind.UNKNOWN]


@pytest.mark.parametrize("changes", [{}, {"memory_mb": "x"}, {"message": 7}], ids=str)
def test_what_a_verdict_does_not_need_may_be_malformed(changes: dict[str, Any]) -> None:
    assert of_manager(**changes) == []


@pytest.mark.parametrize("down", [STOPPED, RETRYING], ids=str)
def test_an_empty_latency_of_a_task_that_does_not_run_is_no_anomaly(down: dict[str, Any]) -> None:
    assert of_manager(**down, **EMPTY) == []


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"lastRun": 7},
        {"lastRun": 7, "runReadiness": {"state": "READY_TO_RUN"}},
        {"lastRun": {"state": "PAUSED"}},
        {"lastRun": {"state": 7}, "runReadiness": {"state": "READY_TO_RUN"}},
        {"lastRun": {"state": "RUNNING", "cdcStatus": 7}},
        {"lastRun": {"state": "RUNNING", "cdcStatus": {"latency": "soon"}}},
        {"lastRun": {"state": "RUNNING", "cdcStatus": {"latency": ""}}},
    ],
    ids=str,
)
def test_what_cloud_malforms_and_a_verdict_needs_is_unknown(document: dict[str, Any]) -> None:
    assert of_cloud(document) == [AnomalyKind.UNKNOWN]


@pytest.mark.parametrize(
    "run",
    [
        {"state": "RUNNING", "cdcStatus": {"latency": "00:00:01"}},
        {"state": "CANCELED", "message": 7},
        {"state": "COMPLETED", "fullLoad": {"completedCount": "x"}},
        {"state": "CANCELED", "cdcStatus": {"latency": ""}},
    ],
    ids=str,
)
def test_what_a_verdict_does_not_need_may_be_malformed_on_cloud_too(run: dict[str, Any]) -> None:
    assert of_cloud({"lastRun": run}) == []


def test_a_task_of_which_only_the_name_was_read_is_unknown() -> None:
    [anomaly] = detect(unread := unread_task(TASK, NOON), TaskProgress.first(unread), Thresholds())
    assert anomaly.summary == "health cannot be judged: state: could not be read"
