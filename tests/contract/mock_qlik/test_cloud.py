from typing import Any

import pytest

from tests.contract.mock_qlik.conftest import Start
from tests.contract.mock_qlik.vendor_client import Answer, VendorClient, send

PROJECTS = "/api/v1/di-projects"
STATES = {
    "healthy": ("RUNNING", "ALREADY_RUNNING"),
    "stuck": ("RUNNING", "ALREADY_RUNNING"),
    "recovery_lasts": ("RUNNING", "ALREADY_RUNNING"),
    "aborted": ("FAILED", "READY_TO_RUN"),
    "stopped_by_person": ("CANCELED", "READY_TO_RUN"),
    "low_disk": ("FAILED", "READY_TO_RUN"),
    "licence": ("FAILED", "NOT_RUNNABLE"),
}


def call(
    client: VendorClient,
    method: str,
    path: str,
    body: str | None = None,
    *,
    token: str = "mock-api-token",
) -> Answer:
    headers = {"Authorization": f"Bearer {token}"}
    return send(client.qlik.url, method, path, headers=headers, body=body)


def task_path(client: VendorClient) -> str:
    """Find the path of the first task of the first project."""
    project = call(client, "GET", PROJECTS).json()["projects"][0]["id"]
    tasks = call(client, "GET", f"{PROJECTS}/{project}/di-tasks").json()["dataTasks"]
    return f"{PROJECTS}/{project}/di-tasks/{tasks[0]['id']}"


def state(client: VendorClient) -> Any:
    return call(client, "GET", task_path(client) + "/runtime/state").json()


def test_servers_are_projects_and_tasks_are_data_tasks(start: Start) -> None:
    client = start({"name": "T", "description": "Orders"})

    [project] = call(client, "GET", PROJECTS).json()["projects"]
    task = call(client, "GET", task_path(client)).json()

    assert set(project) == {"id", "name", "description", "ownerId", "spaceId"}
    assert project["name"] == "Local Server"
    assert (task["name"], task["type"], task["description"]) == ("T", "REPLICATION", "Orders")
    assert call(client, "GET", f"{PROJECTS}?spaceId=other").json() == {"projects": []}


@pytest.mark.parametrize(("kind", "expected"), STATES.items(), ids=STATES.keys())
def test_the_runtime_state_tells_of_the_same_task(
    start: Start, kind: str, expected: tuple[str, str]
) -> None:
    client = start({"name": "T", "kind": kind})

    told = state(client)

    assert (told["lastRun"]["state"], told["runReadiness"]["state"]) == expected
    assert told["lastRun"]["message"] == client.details("T")["message"]
    assert bool(told["lastRun"]["errors"]) == (expected[0] == "FAILED")


def test_the_latency_is_the_one_that_enterprise_manager_shows(start: Start) -> None:
    client = start({"name": "T", "kind": "stuck", "onset_seconds": -900})

    changes = state(client)["lastRun"]["cdcStatus"]

    assert changes["latency"] == client.details("T")["cdc_latency"]["total_latency"]
    assert changes["applyingChangesCount"] > 0
    assert changes["throughputInKilobytesPerSecond"] == 0


def test_start_and_stop_answer_204_and_both_apis_see_it(start: Start) -> None:
    client = start({"name": "T", "kind": "aborted"}, stale_seconds=0)
    actions = task_path(client) + "/runtime/actions"

    started = call(client, "POST", f"{actions}/start")
    running = client.details("T")["state"]
    stopped = call(client, "POST", f"{actions}/stop")

    assert (started.status, started.body, running) == (204, b"", "RUNNING")
    assert (stopped.status, client.details("T")["state"]) == (204, "STOPPED")
    assert [one.action for one in client.qlik.control.requests(api="cloud", task="T")] == [
        "run",
        "stop",
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"option":"RECOVER_USING_LOCALLY_STORED_CHECKPOINT"}', 204),
        ('{"option":"PROCESS_CHANGES_FROM_TIMESTAMP","processChangesFrom":"2026-01-01"}', 204),
        ('{"option":"PROCESS_CHANGES_FROM_TIMESTAMP"}', 400),
        ('{"option":"RELOAD_TARGET"}', 400),
        ("{", 400),
    ],
)
def test_start_takes_the_documented_options(start: Start, body: str, status: int) -> None:
    client = start({"name": "T", "kind": "aborted"})

    assert call(client, "POST", task_path(client) + "/runtime/actions/start", body).status == status


def test_a_reload_is_done_by_the_next_run(start: Start) -> None:
    client = start({"name": "T", "kind": "aborted_again"}, stale_seconds=0)
    path = task_path(client)

    answer = call(client, "POST", f"{path}/actions/request-reload", "{}")
    call(client, "POST", f"{path}/runtime/actions/start")

    assert (answer.status, answer.json()) == (200, {"success": True})
    assert client.details("T")["full_load_completed"] is False


@pytest.mark.parametrize("action", ["prepare", "validate", "recreate-datasets"])
def test_other_actions_run_in_the_background(start: Start, action: str) -> None:
    client = start({"name": "T"})

    answer = call(client, "POST", f"{task_path(client)}/actions/{action}")
    status = call(client, "GET", f"{PROJECTS}/actions/{answer.json()['actionId']}")

    assert (answer.status, status.status) == (202, 200)


def test_datasets_tell_which_table_is_in_error(start: Start) -> None:
    client = start({"name": "T", "kind": "suspended_table", "tables": 2})

    found = call(client, "GET", task_path(client) + "/runtime/state/datasets").json()["datasets"]

    assert [one["cdcStatus"]["state"] for one in found] == ["ERROR", "PROCESSING"]


@pytest.mark.parametrize(
    ("method", "path", "token", "status"),
    [
        ("GET", PROJECTS, "guess", 401),
        ("GET", PROJECTS + "/nothing/di-tasks", "mock-api-token", 404),
        ("GET", PROJECTS + "/a/b/c/d", "mock-api-token", 404),
        ("POST", PROJECTS, "mock-api-token", 405),
    ],
    ids=["wrong token", "no project", "no resource", "wrong method"],
)
def test_errors_have_the_documented_body(
    start: Start, method: str, path: str, token: str, status: int
) -> None:
    answer = call(start(), method, path, token=token)

    assert answer.status == status
    [error] = answer.json()["errors"]
    assert {"code", "title", "detail"} <= set(error)
    assert answer.json()["traceId"]


def test_what_enterprise_manager_refuses_cloud_refuses_with_400(start: Start) -> None:
    client = start({"name": "T"})

    answer = call(client, "POST", task_path(client) + "/runtime/actions/start")

    assert (answer.status, answer.json()["errors"][0]["code"]) == (400, "AEM_TASK_ALREADY_RUNNING")
