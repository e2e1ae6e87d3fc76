"""Whatever Qlik writes into a text: what is made of it gives no secret away."""

import json
from typing import Any

import pytest

from qlik_monitor.adapters.qlik_answer import Answer
from qlik_monitor.adapters.qlik_cloud_fields import cloud_snapshot
from qlik_monitor.adapters.qlik_enterprise_manager_fields import (
    action_answer,
    described_server,
    server_snapshot,
)
from qlik_monitor.adapters.qlik_enterprise_manager_task import listed_task, task_snapshot
from qlik_monitor.adapters.qlik_refusals import cloud_refusal, manager_refusal
from qlik_monitor.domain.task import TaskId, TaskState
from tests.integration.qlik.platforms import NOON

TASK = TaskId(server="prod", task="orders")
SECRET = "Hunter2-Planted"
LEAKS = (
    f"password={SECRET}",
    f"Server=db;Uid=sa;Pwd={SECRET};",
    f"jdbc:postgresql://replicate:{SECRET}@db.example:5432/sales",
    f"Authorization: Bearer {SECRET}0123456789",
)
each_leak = pytest.mark.parametrize("leak", LEAKS, ids=["name", "string", "url", "header"])


def planted(leak: str) -> dict[str, Any]:
    """A task of which every text, documented or not, holds a secret."""
    endpoint = {"name": leak, "type": leak}
    return {
        "name": TASK.task,
        "state": leak,
        "task_stop_reason": leak,
        "message": leak,
        "assigned_tags": [leak, "prod"],
        "source_endpoint": endpoint,
        "target_endpoint": endpoint,
        "memory_mb": leak,
        "cdc_latency": {"total_latency": leak, "source_latency": leak},
        "full_load_counters": leak,
        "full_load_completed": leak,
    }


@each_leak
def test_of_a_task_of_enterprise_manager(leak: str) -> None:
    document = planted(leak)
    read = [task_snapshot(TASK, document, NOON), listed_task(TASK, document, NOON)]
    assert read[0].source_endpoint is not None
    assert "redacted" in read[0].message
    assert SECRET not in "".join(one.model_dump_json() for one in read)


@each_leak
def test_of_a_server(leak: str) -> None:
    server = server_snapshot("prod", {"state": leak, "message": leak})
    described = described_server(server, {"server_details": {"license": {"state": leak}}})
    assert SECRET.upper() not in described.model_dump_json().upper()


@each_leak
def test_of_a_task_of_cloud(leak: str) -> None:
    errors = [{"detail": leak}, {"title": leak}]
    documents: list[dict[str, Any]] = [
        {"lastRun": {"state": "FAILED", "message": leak}},
        {"lastRun": {"state": leak, "errors": errors}},
        {"runReadiness": {"state": "NOT_RUNNABLE", "message": leak}},
    ]
    for document in documents:
        read = cloud_snapshot(TASK, document, NOON).model_dump_json()
        assert SECRET.upper() not in read.upper()


@each_leak
def test_of_a_refusal_and_of_an_answer_to_an_action(leak: str) -> None:
    def answer(body: object) -> Answer:
        return Answer(500, {}, json.dumps(body).encode())

    manager = manager_refusal(answer({"error_code": "AEM_X", "error_message": leak}))
    cloud = cloud_refusal(answer({"errors": [{"code": leak, "detail": leak}]}))
    redirect = manager_refusal(Answer(302, {"location": f"https://h/?token={SECRET}"}, b"{}"))
    taken = action_answer({"state": "ERROR", "error_message": leak}, frozenset({TaskState.RUNNING}))
    assert manager
    assert cloud
    assert redirect
    said = [str(one.error("POST /x")) for one in (manager, cloud, redirect)]
    assert SECRET not in "".join([*said, taken.model_dump_json()])
