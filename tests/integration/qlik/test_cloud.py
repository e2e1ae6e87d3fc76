"""Qlik Cloud: the same port over projects and data tasks."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from local.mock_qlik.server import MockQlik
from qlik_monitor.adapters.qlik_platform import QlikCredentials
from qlik_monitor.domain.task import RunOption, TaskId, TaskState
from qlik_monitor.errors import (
    QlikAccessDenied,
    QlikEndpointInvalid,
    QlikRequestRefused,
    QlikUnavailable,
)
from tests.integration.qlik.platforms import TOKEN, a_platform, errors_of
from tests.integration.qlik.scripted import Reply, Script, json_reply, scripted

pytestmark = pytest.mark.usefixtures("no_pauses")

RESUME = RunOption.RESUME_PROCESSING
PROJECTS = "/api/v1/di-projects"
TASK = TaskId(server="Sales", task="ORDERS")
FLEET: dict[str, Any] = {
    "servers": [
        {"name": "Sales", "tasks": [{"name": "ORDERS"}, {"name": "ILL", "kind": "aborted"}]},
        {"name": "Lost", "state": "ERROR", "tasks": [{"name": "unseen"}]},
    ]
}
RUNNING = {"lastRun": {"state": "RUNNING"}}


def a_cloud(answers: Mapping[str, Reply]) -> Script:
    return lambda request: answers.get(request.path.removeprefix(PROJECTS), Reply(404))


def a_task(id: object, name: object, type: object = "REPLICATION") -> dict[str, object]:
    return {"id": id, "name": name, "type": type}


def test_projects_and_their_tasks_are_read_as_servers_and_tasks() -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url, flavor="cloud") as platform:
        reading = platform.read_fleet()

        assert {request.authorization for request in qlik.requests} == {"Bearer"}
    assert {str(task.id): task.state for task in reading.tasks} == {
        "Sales/ORDERS": TaskState.RUNNING,
        "Sales/ILL": TaskState.ERROR,
        "Lost/unseen": TaskState.UNKNOWN,
    }
    assert [server.name for server in reading.servers] == ["Lost", "Sales"]
    assert list(errors_of(reading)) == ["Lost/unseen"]
    assert not next(task for task in reading.tasks if task.id.server == "Lost").details_read


def test_a_data_task_is_read_stopped_and_started_by_name() -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url, flavor="cloud") as platform:
        before = platform.read_task(TASK)
        stopped = platform.stop_task(TASK)
        qlik.control.advance(60)
        between = platform.read_task(TASK)
        started = platform.run_task(TASK, RESUME)

        told = qlik.control.task("Sales", "ORDERS")
    assert (before.state, between.state) == (TaskState.RUNNING, TaskState.STOPPED)
    assert (stopped.accepted, started.accepted) == (True, True)
    assert (told["stops"], told["runs"]) == (1, 1)


def test_a_data_task_recovers_from_its_local_checkpoint() -> None:
    task = TaskId(server="Sales", task="CORRUPT")
    corrupt = {"name": task.task, "kind": "checkpoint_corrupt"}
    fleet = {"servers": [{"name": task.server, "tasks": [corrupt]}]}
    with MockQlik(fleet) as qlik, a_platform(qlik.url, flavor="cloud") as platform:
        answer = platform.run_task(task, RunOption.RECOVER_USING_LOCALLY_STORED_CHECKPOINT)
        qlik.control.advance(600)

        assert platform.read_task(task).state is TaskState.RUNNING
        [command] = qlik.control.task(task.server, task.task)["commands"]
    assert answer.accepted
    assert command["option"] == "RECOVER_USING_LOCALLY_STORED_CHECKPOINT"


def test_a_reload_is_refused_in_a_clear_sentence_and_nothing_is_sent() -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url, flavor="cloud") as platform:
        answers = [
            platform.run_task(TASK, RunOption.RELOAD_TARGET),
            platform.reload_table(TASK, "SALES", "ORDERS"),
        ]
        asked = qlik.requests

    for answer in answers:
        assert (answer.accepted, answer.error_code) == (False, "NOT_SUPPORTED")
        assert "nothing was sent, reload it in Qlik Cloud" in answer.error_message
    assert asked == []


def test_starting_a_running_task_is_not_accepted() -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url, flavor="cloud") as platform:
        answer = platform.run_task(TASK, RESUME)

    assert (answer.accepted, bool(answer.error_code)) == (False, True)


@pytest.mark.parametrize(
    "task", [TaskId(server="Sales", task="none"), TaskId(server="none", task="ORDERS")], ids=str
)
def test_a_task_that_the_tenant_does_not_show_is_refused(task: TaskId) -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url, flavor="cloud") as platform:
        with pytest.raises(QlikRequestRefused, match="Qlik Cloud shows no"):
            platform.read_task(task)
        with pytest.raises(QlikRequestRefused, match="Qlik Cloud shows no"):
            platform.stop_task(task)

        assert qlik.control.requests(method="POST") == []


def test_a_refused_token_is_named() -> None:
    wrong = QlikCredentials(api_token=SecretStr("s3cret"))
    with (
        MockQlik(FLEET) as qlik,
        a_platform(qlik.url, flavor="cloud", credentials=wrong) as platform,
        pytest.raises(QlikAccessDenied, match="check the credentials") as refusal,
    ):
        platform.read_fleet()

    assert "s3cret" not in str(refusal.value)


def test_projects_and_tasks_of_one_name_are_told_apart_by_id() -> None:
    twins = json_reply({"dataTasks": [a_task("t1", "A"), a_task("t2", "A")]})
    script = a_cloud(
        {
            "": json_reply(
                {"projects": [{"id": "p1", "name": "P/Q"}, {"id": "p2", "name": "P/Q"}]}
            ),
            "/p1/di-tasks": twins,
            "/p2/di-tasks": json_reply({"dataTasks": []}),
            "/p1/di-tasks/t1/runtime/state": json_reply(RUNNING),
            "/p1/di-tasks/t2/runtime/state": json_reply({"lastRun": {"state": "FAILED"}}),
            "/p1/di-tasks/t2/runtime/actions/start": Reply(204),
        }
    )
    with scripted(script) as qlik, a_platform(qlik.url, flavor="cloud") as platform:
        tasks = platform.read_fleet().tasks
        ill = next(task for task in tasks if task.state is TaskState.ERROR)

        assert [str(task.id) for task in tasks] == ["P-Q (p1)/A (t1)", "P-Q (p1)/A (t2)"]
        assert platform.run_task(ill.id, RESUME).accepted

    assert qlik.requests[-1].path.endswith("/p1/di-tasks/t2/runtime/actions/start")
    assert qlik.requests[-1].headers["Content-Length"] == "0"


def test_only_replicating_tasks_are_watched_and_odd_entries_are_reported() -> None:
    items = [
        a_task("t1", "R"),
        a_task("t2", "L", "LANDING"),
        a_task("t3", "LL", "LAKE_LANDING"),
        a_task("t4", "S", "STORAGE"),
        a_task("t5", "M", "KNOWLEDGE_MART"),
        a_task(None, "no id"),
        a_task("t7", ""),
        "text",
    ]
    states = {f"/p/di-tasks/t{n}/runtime/state": json_reply(RUNNING) for n in (1, 2, 3)}
    script = a_cloud(
        {
            "": json_reply({"projects": [{"id": "p", "name": "P"}, {"name": "no id"}]}),
            "/p/di-tasks": json_reply({"dataTasks": items}),
            **states,
        }
    )
    with scripted(script) as qlik, a_platform(qlik.url, flavor="cloud") as platform:
        reading = platform.read_fleet()

    assert [task.id.task for task in reading.tasks] == ["L", "LL", "R"]
    assert [one.server for one in reading.unread] == ["P", "P", "P", "no id"]


@pytest.mark.parametrize(
    ("reply", "said"),
    [(Reply(500), "HTTP 500"), (Reply(404), "HTTP 404"), (Reply(body=b"[]"), "not a JSON object")],
)
def test_a_task_whose_state_fails_is_unread(reply: Reply, said: str) -> None:
    script = a_cloud(
        {
            "": json_reply({"projects": [{"id": "p", "name": "P"}]}),
            "/p/di-tasks": json_reply({"dataTasks": [a_task("t", "T")]}),
            "/p/di-tasks/t/runtime/state": reply,
        }
    )
    with scripted(script) as qlik, a_platform(qlik.url, flavor="cloud") as platform:
        reading = platform.read_fleet()

    assert [task.details_read for task in reading.tasks] == [False]
    assert said in errors_of(reading)["P/T"]


def test_a_start_without_an_answer_has_an_unknown_outcome_and_is_not_repeated() -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url, flavor="cloud") as platform:
        qlik.control.add_fault(kind="drop", method="POST", after_the_call=True)
        with pytest.raises(QlikUnavailable, match=r"^outcome unknown: POST /di-projects/"):
            platform.stop_task(TASK)

        assert len(qlik.control.requests(method="POST")) == 1


def test_what_is_no_cloud_at_all_is_said_to_be_none() -> None:
    with (
        scripted(lambda _request: Reply(404, b"<html>")) as qlik,
        a_platform(qlik.url, flavor="cloud") as platform,
        pytest.raises(QlikEndpointInvalid, match="not Qlik's API"),
    ):
        platform.read_fleet()


def test_the_token_goes_to_the_cloud_only_as_a_bearer() -> None:
    with (
        scripted(a_cloud({"": json_reply({"projects": []})})) as qlik,
        a_platform(qlik.url, flavor="cloud") as platform,
    ):
        platform.read_fleet()

    assert qlik.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"
