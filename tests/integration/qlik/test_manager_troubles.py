"""Reading while Enterprise Manager is in trouble: one ill answer never hides the rest."""

import threading
from typing import Any

import pytest

from local.mock_qlik.server import MockQlik
from qlik_monitor.adapters import qlik_http
from qlik_monitor.domain.task import ServerState, TaskId, TaskState
from qlik_monitor.errors import QlikAnswerInvalid, QlikUnavailable
from tests.integration.qlik.platforms import a_platform, errors_of
from tests.integration.qlik.scripted import (
    Reply,
    Request,
    a_manager,
    json_reply,
    one_server,
    scripted,
)

pytestmark = pytest.mark.usefixtures("no_pauses")

FLEET: dict[str, Any] = {
    "servers": [
        {"name": "A", "tasks": [{"name": "T_{n:02}", "count": 30}]},
        {"name": "B", "tasks": [{"name": "OTHER"}]},
    ]
}
ONE_TASK = r"/servers/A/tasks/T_07\?"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "status", "status": 500}, "HTTP 500"),
        ({"kind": "status", "status": 429, "retry_after_seconds": 0}, "HTTP 429"),
        ({"kind": "status", "status": 403}, "HTTP 403"),
        ({"kind": "status", "status": 404}, "HTTP 404"),
        ({"kind": "drop"}, "broke"),
        ({"kind": "malformed"}, "not JSON"),
        ({"kind": "malformed", "body": "[]"}, "not a JSON object"),
        ({"kind": "malformed", "body": "{}"}, "neither a name nor a state"),
        ({"kind": "malformed", "body": '{"name": "T_08"}'}, "details are those of 'T_08'"),
        ({"kind": "malformed", "body": "<html>"}, "a web page"),
    ],
    ids=str,
)
def test_a_task_whose_details_fail_is_known_by_the_list_and_reported(
    fault: dict[str, Any], said: str
) -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url) as platform:
        qlik.control.add_fault(path=ONE_TASK, **fault)
        reading = platform.read_fleet()

    broken = [task for task in reading.tasks if not task.details_read]
    assert [str(task.id) for task in broken] == ["A/T_07"]
    assert broken[0].state is TaskState.RUNNING
    assert broken[0].total_latency_seconds is None
    assert len(reading.tasks) == 31
    errors = errors_of(reading)
    assert list(errors) == ["A/T_07"]
    assert said in errors["A/T_07"]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503, "retry_after_seconds": 0},
        {"kind": "status", "status": 429, "retry_after_seconds": 0},
        {"kind": "drop"},
    ],
    ids=str,
)
def test_a_failure_of_the_moment_goes_unnoticed(fault: dict[str, Any]) -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url) as platform:
        qlik.control.add_fault(path=ONE_TASK, times=2, **fault)
        qlik.control.add_fault(path="/login", times=1, **fault)
        qlik.control.add_fault(path=r"/servers(\?|$)", times=1, **fault)
        reading = platform.read_fleet()

    assert reading.unread == ()
    assert all(task.details_read for task in reading.tasks)


def test_a_refusal_with_a_code_is_not_repeated() -> None:
    refusal = {"error_code": "AEM_TASK_NOT_FOUND", "error_message": "gone"}
    with (
        scripted(one_server(details=json_reply(refusal, 500))) as qlik,
        a_platform(qlik.url) as platform,
    ):
        reading = platform.read_fleet()

    assert "AEM_TASK_NOT_FOUND, gone" in errors_of(reading)["S/T"]
    assert len(qlik.asked("/tasks/T")) == 1


def test_a_server_whose_task_list_fails_leaves_the_others_readable() -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url) as platform:
        qlik.control.add_fault(kind="status", status=500, path=r"/servers/A/tasks\?")
        reading = platform.read_fleet()

    assert [str(task.id) for task in reading.tasks] == ["B/OTHER"]
    assert list(errors_of(reading)) == ["A/*"]


def test_a_licence_that_cannot_be_read_does_not_make_a_server_unread() -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url) as platform:
        qlik.control.add_fault(kind="status", status=403, path=r"/servers/B\?")
        reading = platform.read_fleet()

    server = next(one for one in reading.servers if one.name == "B")
    assert reading.unread == ()
    assert (server.state, server.license_state) == (ServerState.MONITORED, None)
    assert "licence not read" in server.message


@pytest.mark.parametrize("body", [{}, [], {"taskList": {}}, {"taskList": None}, 7], ids=str)
def test_a_task_list_of_another_shape_is_reported_for_its_server(body: object) -> None:
    with (
        scripted(one_server(tasks=json_reply(body))) as qlik,
        a_platform(qlik.url) as platform,
    ):
        reading = platform.read_fleet()

    assert reading.tasks == ()
    assert "GET /servers/S/tasks" in errors_of(reading)["S/*"]


def test_entries_of_a_task_list_that_are_no_tasks_are_reported() -> None:
    task = {"name": "T", "state": "RUNNING", "stop_reason": "NONE"}
    items = [task, {"state": "ERROR"}, "T2", None, {"name": ""}, {"name": "x\u202e"}, task]
    with (
        scripted(one_server(tasks=json_reply({"taskList": items}))) as qlik,
        a_platform(qlik.url) as platform,
    ):
        reading = platform.read_fleet()

    assert [str(one.id) for one in reading.tasks] == ["S/T"]
    assert [(one.task, one.error.partition(": ")[2] or one.error) for one in reading.unread] == [
        (None, "its name is None"),
        (None, "an entry of the task list is 'T2'"),
        (None, "an entry of the task list is None"),
        (None, "its name is ''"),
        (None, "its name holds invisible characters"),
        ("T", "the list names this task twice"),
    ]


def test_servers_that_are_none_of_ours_or_unusable_are_told_apart() -> None:
    items = [
        {"name": "S", "state": "MONITORED"},
        {"name": "C", "state": "MONITORED", "$type": "ComposeServerInfo"},
        {"name": "N", "state": "NOT_CONNECTED", "message": "lost"},
        {"name": "U", "state": "DREAMING"},
        {"name": "a/b", "state": "MONITORED"},
        {"state": "MONITORED"},
        "text",
    ]
    with (
        scripted(one_server(servers=json_reply({"serverList": items}))) as qlik,
        a_platform(qlik.url) as platform,
    ):
        reading = platform.read_fleet()

    errors = errors_of(reading)
    assert [str(one.id) for one in reading.tasks] == ["S/T"]
    assert [one.name for one in reading.servers] == ["N", "S", "U"]
    assert errors["N/*"] == "its state is NOT_CONNECTED: lost"
    assert errors["U/*"] == "its state is UNKNOWN: state: 'DREAMING'"
    assert "a slash" in errors["a/b/*"]
    assert errors["None/*"] == "the server cannot be used: its name is None"
    assert errors["'text'/*"] == "an entry of the server list is not an object"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"serverList": 3}'])
def test_a_server_list_that_cannot_be_read_fails_the_reading(body: bytes) -> None:
    with (
        scripted(a_manager({"/servers": Reply(body=body)})) as qlik,
        a_platform(qlik.url) as platform,
        pytest.raises(QlikAnswerInvalid, match="GET /servers"),
    ):
        platform.read_fleet()


def test_an_answer_that_ends_too_early_is_read_again() -> None:
    answers = iter([Reply(body=b'{"name": "T"', cut=50), Reply(drop=True)])
    complete = json_reply({"name": "T", "state": "STOPPED", "task_stop_reason": "NORMAL"})
    script = one_server(details=lambda _request: next(answers, complete))
    with scripted(script) as qlik, a_platform(qlik.url) as platform:
        snapshot = platform.read_task(TaskId(server="S", task="T"))

    assert snapshot.state is TaskState.STOPPED
    assert len(qlik.asked("/tasks/T")) == 3


def test_an_answer_that_floods_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qlik_http, "MAX_BODY_BYTES", 1000)
    flood = Reply(body=b" " * 100_000)
    with (
        scripted(one_server(details=flood)) as qlik,
        a_platform(qlik.url) as platform,
        pytest.raises(QlikAnswerInvalid, match="larger than 1000 bytes"),
    ):
        platform.read_task(TaskId(server="S", task="T"))


def test_a_task_that_hangs_is_unread_at_the_deadline_and_the_rest_is_kept() -> None:
    release = threading.Event()

    def hang(_request: Request) -> Reply:
        release.wait(60)
        return Reply(500)

    names = [{"name": name, "state": "RUNNING", "stop_reason": "NONE"} for name in "TU"]
    details = json_reply({"name": "U", "state": "RUNNING", "task_stop_reason": "NONE"})
    script = a_manager(
        {
            "/servers": json_reply({"serverList": [{"name": "S", "state": "MONITORED"}]}),
            "/servers/S/tasks": json_reply({"taskList": names}),
            "/servers/S/tasks/T": hang,
            "/servers/S/tasks/U": details,
        }
    )
    with scripted(script) as qlik:
        with a_platform(qlik.url, read_deadline_seconds=1.0) as platform:
            reading = platform.read_fleet()
        release.set()

    assert {str(one.id): one.details_read for one in reading.tasks} == {"S/T": False, "S/U": True}
    assert list(errors_of(reading)) == ["S/T"]


def test_a_reading_without_any_answer_in_time_fails() -> None:
    release = threading.Event()

    def hang(_request: Request) -> Reply:
        release.wait(60)
        return Reply(500)

    with scripted(a_manager({"/servers": hang})) as qlik:
        with (
            a_platform(qlik.url, read_deadline_seconds=0.5) as platform,
            pytest.raises(QlikUnavailable, match="did not answer in time"),
        ):
            platform.read_fleet()
        release.set()


def test_an_answer_that_trickles_is_given_up() -> None:
    drops = Reply(body=b'{"serverList": []}' + b" " * 100, trickle=0.02)
    with (
        scripted(a_manager({"/servers": drops})) as qlik,
        a_platform(qlik.url, read_deadline_seconds=0.5) as platform,
        pytest.raises(QlikUnavailable, match="did not answer in time"),
    ):
        platform.read_fleet()
