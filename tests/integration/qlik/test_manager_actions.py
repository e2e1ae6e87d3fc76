"""Run, stop and reload: sent once, with what Qlik asks for, and answered truthfully."""

from typing import Any

import pytest

from local.mock_qlik.server import MockQlik
from qlik_monitor.domain.task import RunOption, TaskId, TaskState
from qlik_monitor.errors import (
    QlikAccessDenied,
    QlikLicenseMissing,
    QlikUnavailable,
    ReplicationMonitorError,
)
from tests.integration.qlik.platforms import a_platform
from tests.integration.qlik.scripted import (
    BASE,
    SESSION,
    Reply,
    Request,
    a_manager,
    json_reply,
    one_server,
    scripted,
)

RESUME = RunOption.RESUME_PROCESSING
TASK = TaskId(server="S", task="T")
AWKWARD = TaskId(server="Local Server", task="a/b?c&d%20é")
FLEET: dict[str, Any] = {
    "servers": [
        {"name": "S", "tasks": [{"name": "T"}, {"name": "DOWN", "kind": "stopped_by_person"}]},
        {"name": "Local Server", "tasks": [{"name": AWKWARD.task}]},
    ]
}


@pytest.mark.parametrize("task", [TASK, AWKWARD], ids=str)
def test_a_task_is_stopped_and_run_again(task: TaskId) -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url, action_timeout_seconds=45) as platform:
        stopped = platform.stop_task(task)
        qlik.control.advance(60)
        started = platform.run_task(task, RESUME)

        stop, run = qlik.control.requests(method="POST")
        told = qlik.control.task(task.server, task.task)
    assert (stopped.accepted, started.accepted) == (True, True)
    assert stop.query == {"action": "stop", "timeout": "45"}
    assert run.query == {"action": "run", "option": "RESUME_PROCESSING", "timeout": "45"}
    assert (told["stops"], told["runs"]) == (1, 1)


def test_an_action_has_an_empty_body_of_told_length_on_a_connection_of_its_own() -> None:
    answer = json_reply({"state": "STOPPED", "error_message": ""})
    with scripted(one_server(details=answer)) as qlik, a_platform(qlik.url) as platform:
        assert platform.stop_task(TASK).state is TaskState.STOPPED

    post = qlik.requests[-1]
    assert (post.method, post.target) == (
        "POST",
        f"{BASE}/servers/S/tasks/T?action=stop&timeout=60",
    )
    assert post.headers["Content-Length"] == "0"
    assert post.headers["Connection"] == "close"
    assert post.headers["EnterpriseManager.APISessionID"] == "a-session"
    assert "Authorization" not in post.headers


@pytest.mark.parametrize(
    ("name", "action", "code"),
    [("DOWN", "stop", "AEM_TASK_ALREADY_STOPPED"), ("T", "run", "AEM_TASK_ALREADY_RUNNING")],
)
def test_an_action_that_makes_no_sense_is_not_accepted(name: str, action: str, code: str) -> None:
    task = TaskId(server="S", task=name)
    with MockQlik(FLEET) as qlik, a_platform(qlik.url) as platform:
        answer = platform.stop_task(task) if action == "stop" else platform.run_task(task, RESUME)

    assert (answer.accepted, answer.error_code) == (False, code)
    assert answer.error_message


def test_a_task_that_comes_up_in_error_was_not_run() -> None:
    body = {"state": "ERROR", "error_message": "ORA-01291: missing logfile"}
    with (
        scripted(one_server(details=json_reply(body))) as qlik,
        a_platform(qlik.url) as platform,
    ):
        answer = platform.run_task(TASK, RESUME)

    assert (answer.accepted, answer.state) == (False, TaskState.ERROR)
    assert answer.error_message == "ORA-01291: missing logfile"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(drop=True),
        Reply(500),
        Reply(502, b"<html>Bad gateway</html>"),
        json_reply({"error_code": "INTERNAL"}, 500),
        Reply(200, b'{"state"', cut=40),
        Reply(200, b"<html>"),
        Reply(302, headers={"Location": "https://sso.example/login"}),
        Reply(200),
    ],
    ids=["drop", "500", "502", "foreign code", "torn", "web page", "redirect", "empty"],
)
def test_an_action_without_a_clear_answer_has_an_unknown_outcome_and_is_not_repeated(
    reply: Reply,
) -> None:
    with (
        scripted(one_server(details=reply)) as qlik,
        a_platform(qlik.url) as platform,
        pytest.raises(QlikUnavailable, match=r"^outcome unknown: POST /servers/S/tasks/T\?"),
    ):
        platform.run_task(TASK, RESUME)

    assert len(qlik.asked("/tasks/T")) == 1
    assert len(qlik.asked("/login")) == 1


@pytest.mark.parametrize(
    ("reply", "kind", "times"),
    [
        (Reply(429), QlikUnavailable, 1),
        (json_reply({"error_code": "LICENSE_NOT_FOUND"}, 500), QlikLicenseMissing, 1),
        # These may be the session's fault, so they are final with a new one only.
        (Reply(403), QlikAccessDenied, 2),
        (json_reply({"error_code": "UNAUTHORIZED_REQUEST"}, 401), QlikAccessDenied, 2),
        (Reply(440), QlikUnavailable, 2),
    ],
    ids=["429", "licence", "403", "unauthorized", "440"],
)
def test_an_action_that_was_surely_not_taken_says_why(
    reply: Reply, kind: type[ReplicationMonitorError], times: int
) -> None:
    with (
        scripted(one_server(details=reply)) as qlik,
        a_platform(qlik.url) as platform,
        pytest.raises(kind) as refusal,
    ):
        platform.stop_task(TASK)

    assert "outcome unknown" not in str(refusal.value)
    assert len(qlik.asked("/tasks/T")) == len(qlik.asked("/login")) == times


def test_an_action_that_cannot_be_sent_is_not_called_unknown() -> None:
    with scripted(one_server()) as qlik:
        url = qlik.url
        with a_platform(url) as platform:
            platform.read_task(TASK)
            platform.close()
            gone = platform
    with pytest.raises(QlikUnavailable, match="refuses the connection") as refusal:
        gone.stop_task(TASK)
    gone.close()

    assert "outcome unknown" not in str(refusal.value)


def test_an_action_uses_the_spelling_that_the_details_gave() -> None:
    details = json_reply({"name": "Orders", "state": "RUNNING", "task_stop_reason": "NONE"})
    done = json_reply({"state": "STOPPED", "error_message": ""})
    script = a_manager({"/servers/S/tasks/ORDERS": details, "/servers/S/tasks/Orders": done})
    task = TaskId(server="S", task="ORDERS")
    with scripted(script) as qlik, a_platform(qlik.url) as platform:
        assert platform.read_task(task).id == task
        assert platform.stop_task(task).accepted

    assert qlik.requests[-1].path == "/servers/S/tasks/Orders"


def test_a_login_that_fails_leaves_the_action_unsent() -> None:
    def script(request: Request) -> Reply:
        return Reply(401) if request.path == "/login" else Reply(headers=SESSION)

    with (
        scripted(script) as qlik,
        a_platform(qlik.url) as platform,
        pytest.raises(QlikAccessDenied),
    ):
        platform.run_task(TASK, RESUME)

    assert [request.method for request in qlik.requests] == ["GET"]


SUSPENDED: dict[str, Any] = {
    "servers": [
        {
            "name": "S",
            "tasks": [
                {"name": "T", "kind": "suspended_table", "tables_in_error": 2},
                {"name": "CDC", "full_load_enabled": False},
                {"name": "LOST", "kind": "aborted_again"},
                {"name": "CORRUPT", "kind": "checkpoint_corrupt"},
            ],
        }
    ]
}


def test_a_table_in_error_is_loaded_anew() -> None:
    with MockQlik(SUSPENDED) as qlik, a_platform(qlik.url) as platform:
        before = platform.read_task(TASK).full_load.tables_with_error
        answer = platform.reload_table(TASK, "SALES", "TABLE_001")
        after = platform.read_task(TASK).full_load.tables_with_error

        [post] = qlik.control.requests(method="POST")
    assert (answer.accepted, before, after) == (True, 2, 1)
    assert post.query == {"action": "reload", "schema": "SALES", "table": "TABLE_001"}


def test_a_reload_of_a_table_is_one_call_with_names_that_stay_within_their_fields() -> None:
    with (
        scripted(a_manager({"/servers/S/tasks/T/tables": Reply(200)})) as qlik,
        a_platform(qlik.url) as platform,
    ):
        answer = platform.reload_table(TASK, "S&action=stop", "A B/é#?table=x")

    assert answer.accepted
    post = qlik.requests[-1]
    assert post.target == (
        f"{BASE}/servers/S/tasks/T/tables?action=reload"
        "&schema=S%26action%3Dstop&table=A%20B%2F%C3%A9%23%3Ftable%3Dx"
    )
    assert post.headers["Content-Length"] == "0"
    assert len(qlik.asked("/tables")) == 1


@pytest.mark.parametrize(
    "code", ["AEM_INVALID_TASK_NOT_FL", "AEM_INVALID_TASK_NT_NTSUPPEP", "AEM_RELOAD_TABLE_ERR"]
)
def test_a_reload_that_qlik_refuses_with_500_is_refused_and_not_unknown(code: str) -> None:
    refusal = json_reply({"error_code": code, "error_message": "no"}, 500)
    with (
        scripted(a_manager({"/servers/S/tasks/T/tables": refusal})) as qlik,
        a_platform(qlik.url) as platform,
    ):
        answer = platform.reload_table(TASK, "SALES", "ORDERS")

    assert (answer.accepted, answer.error_code, answer.error_message) == (False, code, "no")
    assert len(qlik.asked("/tables")) == 1


def test_a_task_without_full_load_reloads_no_table() -> None:
    task = TaskId(server="S", task="CDC")
    with MockQlik(SUSPENDED) as qlik, a_platform(qlik.url) as platform:
        answer = platform.reload_table(task, "SALES", "TABLE_001")

    assert (answer.accepted, answer.error_code) == (False, "AEM_INVALID_TASK_NOT_FL")


@pytest.mark.parametrize(
    "reply",
    [Reply(drop=True), Reply(500), Reply(200, b"<html>"), Reply(302)],
    ids=["drop", "500", "web page", "redirect"],
)
def test_a_reload_without_a_clear_answer_has_an_unknown_outcome_and_is_not_repeated(
    reply: Reply,
) -> None:
    with (
        scripted(a_manager({"/servers/S/tasks/T/tables": reply})) as qlik,
        a_platform(qlik.url) as platform,
        pytest.raises(QlikUnavailable, match=r"^outcome unknown: POST /servers/S/tasks/T/tables"),
    ):
        platform.reload_table(TASK, "SALES", "ORDERS")

    assert len(qlik.asked("/tables")) == 1


@pytest.mark.parametrize(
    ("name", "option", "loads"),
    [
        ("LOST", RunOption.RELOAD_TARGET, True),
        ("CORRUPT", RunOption.RECOVER_USING_LOCALLY_STORED_CHECKPOINT, False),
    ],
)
def test_a_run_with_an_option_cures_what_a_resume_does_not(
    name: str, option: RunOption, loads: bool
) -> None:
    task = TaskId(server="S", task=name)
    with MockQlik(SUSPENDED) as qlik, a_platform(qlik.url) as platform:
        platform.run_task(task, RESUME)
        qlik.control.advance(60)
        again = platform.read_task(task).state
        answer = platform.run_task(task, option)
        qlik.control.advance(30)
        during = platform.read_task(task)
        qlik.control.advance(240)
        after = platform.read_task(task)

        run = qlik.control.requests(method="POST")[-1]
    assert (again, answer.accepted) == (TaskState.ERROR, True)
    assert run.query["option"] == option.value
    assert during.full_load.completed is not loads
    assert (after.state, after.full_load.completed) == (TaskState.RUNNING, True)
