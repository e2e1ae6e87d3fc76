"""A refused session costs one login, and an action is sent again only where Qlik refused it."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from local.mock_qlik.server import MockQlik
from qlik_monitor.adapters.qlik_session import HEADER, MOST_VAIN_LOGINS
from qlik_monitor.domain.task import ActionAnswer, TaskId
from qlik_monitor.errors import QlikUnavailable
from tests.integration.qlik.platforms import a_platform, errors_of
from tests.integration.qlik.refusals import LOGIN_PAGE, REFUSED_BESIDE_QLIK, REFUSED_BY_QLIK
from tests.integration.qlik.scripted import (
    SESSION,
    Reply,
    Request,
    Scripted,
    a_manager,
    json_reply,
    scripted,
)

OVER = json_reply({"error_code": "INVALID_SESSION_ID"}, 500)

pytestmark = pytest.mark.usefixtures("no_pauses")

FLEET: dict[str, Any] = {"servers": [{"name": "S", "tasks": [{"name": "T_{n}", "count": 60}]}]}


def action_after_the_session_ended(refusal: Reply, asked: list[Scripted]) -> ActionAnswer:
    """Read a task, then stop it when Qlik has forgotten the session."""
    details = json_reply({"name": "T", "state": "RUNNING", "task_stop_reason": "NONE"})
    done = json_reply({"state": "STOPPED", "error_message": ""})
    sessions = iter(["first", "second"])

    def login(_request: Request) -> Reply:
        return Reply(headers={"EnterpriseManager.APISessionID": next(sessions)})

    def task(request: Request) -> Reply:
        if request.method == "GET":
            return details
        return refusal if request.headers["EnterpriseManager.APISessionID"] == "first" else done

    script = a_manager({"/login": login, "/servers/S/tasks/T": task})
    with scripted(script) as qlik, a_platform(qlik.url) as platform:
        asked.append(qlik)
        platform.read_task(TaskId(server="S", task="T"))
        return platform.stop_task(TaskId(server="S", task="T"))


def posts(qlik: Scripted) -> int:
    return len([one for one in qlik.requests if one.method == "POST"])


@pytest.mark.parametrize("refusal", REFUSED_BY_QLIK.values(), ids=REFUSED_BY_QLIK)
def test_an_action_that_qlik_refused_for_its_session_is_sent_once_more(refusal: Reply) -> None:
    asked: list[Scripted] = []

    assert action_after_the_session_ended(refusal, asked).accepted
    assert posts(asked[0]) == len(asked[0].asked("/login")) == 2


@pytest.mark.parametrize("refusal", REFUSED_BESIDE_QLIK.values(), ids=REFUSED_BESIDE_QLIK)
def test_an_action_that_met_something_else_than_qlik_is_not_sent_again(refusal: Reply) -> None:
    asked: list[Scripted] = []

    with pytest.raises(QlikUnavailable, match=r"^outcome unknown: POST "):
        action_after_the_session_ended(refusal, asked)

    assert posts(asked[0]) == len(asked[0].asked("/login")) == 1


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (Reply(401), "HTTP 401; check the credentials and the account's permissions"),
        (Reply(403), "HTTP 403; check the credentials and the account's permissions"),
        (
            json_reply({"error_code": "UNAUTHORIZED_REQUEST"}, 403),
            "UNAUTHORIZED_REQUEST; check the credentials and the account's permissions",
        ),
        (json_reply({"error_code": "INVALID_SESSION_ID"}, 500), "INVALID_SESSION_ID"),
        (Reply(440), "HTTP 440"),
        (Reply(302, headers=LOGIN_PAGE), "it redirects to https://sso.example.com/login"),
        (Reply(200, b"<html>"), "a web page"),
    ],
    ids=["401", "403", "403 and a code", "session", "440", "redirect", "web page"],
)
@pytest.mark.parametrize(("workers", "tasks"), [(1, 20), (16, 200)])
def test_tasks_that_are_refused_again_do_not_log_in_without_end(
    refusal: Reply, said: str, workers: int, tasks: int
) -> None:
    names = [{"name": f"T{n}", "state": "RUNNING"} for n in range(tasks)]
    known = {
        "/login": Reply(headers=SESSION),
        "/servers": json_reply({"serverList": [{"name": "S", "state": "MONITORED"}]}),
        "/servers/S": json_reply({}),
        "/servers/S/tasks": json_reply({"taskList": names}),
    }
    with (
        scripted(lambda request: known.get(request.path, refusal)) as qlik,
        a_platform(qlik.url, concurrency=workers) as platform,
    ):
        reading = platform.read_fleet()

    assert 1 < len(qlik.asked("/login")) <= 1 + MOST_VAIN_LOGINS
    assert len(reading.tasks) == len(reading.unread) == tasks
    assert said in errors_of(reading)["S/T1"]


class SlowToRefuseAgain:
    """Refuses every task, and holds a login's first retry back until all tasks were asked for."""

    def __init__(self, tasks: int) -> None:
        self._tasks = tasks
        self._lock = threading.Lock()
        self._logins = itertools.count()
        self._seen = set[str]()
        self._retried = set[str]()
        self._enough = threading.Event()

    def login(self, _request: Request) -> Reply:
        return Reply(headers={HEADER: f"session-{next(self._logins)}"})

    def task(self, request: Request) -> Reply:
        if self._is_first_retry(request.path, request.headers[HEADER]):
            self._enough.wait(30)
        return Reply(403)

    def _is_first_retry(self, path: str, session: str) -> bool:
        with self._lock:
            if path not in self._seen:
                self._seen.add(path)
                held = False
            else:
                held = session not in self._retried
                self._retried.add(session)
            if len(self._seen) == self._tasks or len(self._retried) > MOST_VAIN_LOGINS:
                self._enough.set()
            return held


def test_workers_that_wait_for_answers_to_new_sessions_do_not_pass_the_limit_together() -> None:
    names = [{"name": f"T{n}", "state": "RUNNING"} for n in range(60)]
    slow = SlowToRefuseAgain(len(names))
    known: dict[str, Reply | Callable[[Request], Reply]] = {
        "/login": slow.login,
        "/servers": json_reply({"serverList": [{"name": "S", "state": "MONITORED"}]}),
        "/servers/S": json_reply({}),
        "/servers/S/tasks": json_reply({"taskList": names}),
        **{f"/servers/S/tasks/{name['name']}": slow.task for name in names},
    }
    with (
        scripted(a_manager(known)) as qlik,
        a_platform(qlik.url, concurrency=16) as platform,
    ):
        reading = platform.read_fleet()

    assert len(qlik.asked("/login")) == 1 + MOST_VAIN_LOGINS
    assert len(reading.unread) == len(names)


def test_tasks_without_permission_do_not_use_up_the_logins_for_a_session_that_ends() -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url, concurrency=1) as platform:
        qlik.control.add_fault(kind="expire_sessions", path=r"/tasks/T_5\d\?", every=2)
        qlik.control.add_fault(kind="status", status=403, path=r"/tasks/T_[1-4]\d\?")
        reading = platform.read_fleet()

    assert {one.task for one in reading.unread} == {f"T_{n}" for n in range(10, 50)}


def test_a_session_that_ends_at_a_task_without_permission_is_no_useless_login() -> None:
    asked = Counter[str]()

    def forbidden(request: Request) -> Reply:
        asked[request.path] += 1
        return OVER if asked[request.path] == 1 else Reply(403)

    def readable(request: Request) -> Reply:
        asked[request.path] += 1
        if asked[request.path] == 1:
            return OVER
        return json_reply({"name": "last", "state": "RUNNING", "task_stop_reason": "NONE"})

    names = [f"T{n}" for n in range(MOST_VAIN_LOGINS + 1)]
    listed = [{"name": name, "state": "RUNNING"} for name in [*names, "last"]]
    known: dict[str, Reply | Callable[[Request], Reply]] = {
        "/servers": json_reply({"serverList": [{"name": "S", "state": "MONITORED"}]}),
        "/servers/S": json_reply({}),
        "/servers/S/tasks": json_reply({"taskList": listed}),
        "/servers/S/tasks/last": readable,
        **{f"/servers/S/tasks/{name}": forbidden for name in names},
    }
    with scripted(a_manager(known)) as qlik, a_platform(qlik.url, concurrency=1) as platform:
        reading = platform.read_fleet()

    assert len(qlik.asked("/login")) == 1 + len(names) + 1
    assert [one.task for one in reading.unread] == names


def test_a_login_that_fails_for_one_task_s_sake_costs_the_others_nothing() -> None:
    def login(_request: Request) -> Reply:
        return Reply(503) if qlik.asked("/tasks/T_1") else Reply(headers=SESSION)

    names = [{"name": f"T_{n}", "state": "RUNNING"} for n in (1, 2)]
    details = json_reply({"name": "T_2", "state": "RUNNING", "task_stop_reason": "NONE"})
    script = a_manager(
        {
            "/login": login,
            "/servers": json_reply({"serverList": [{"name": "S", "state": "MONITORED"}]}),
            "/servers/S": json_reply({}),
            "/servers/S/tasks": json_reply({"taskList": names}),
            "/servers/S/tasks/T_1": Reply(403),
            "/servers/S/tasks/T_2": details,
        }
    )
    with scripted(script) as qlik, a_platform(qlik.url, concurrency=1) as platform:
        reading = platform.read_fleet()

    assert [one.task for one in reading.unread] == ["T_1"]
