"""One login session for all workers, renewed once when Qlik refuses it."""

import threading
from typing import Any

import pytest
from pydantic import SecretStr

from local.mock_qlik.server import MockQlik
from qlik_monitor.adapters.qlik_platform import QlikCredentials
from qlik_monitor.adapters.qlik_session import MOST_VAIN_LOGINS
from qlik_monitor.domain.task import RunOption, TaskId
from qlik_monitor.errors import QlikAccessDenied, QlikLicenseMissing, QlikUnavailable
from tests.integration.qlik.platforms import a_platform, errors_of
from tests.integration.qlik.refusals import REFUSED, STATUSES
from tests.integration.qlik.scripted import (
    SESSION,
    Reply,
    Request,
    a_manager,
    json_reply,
    scripted,
)

pytestmark = pytest.mark.usefixtures("no_pauses")

FLEET: dict[str, Any] = {"servers": [{"name": "S", "tasks": [{"name": "T_{n}", "count": 60}]}]}
TASK = TaskId(server="S", task="T_1")


def logins(qlik: MockQlik) -> int:
    return len(qlik.control.requests(action="login"))


@pytest.mark.parametrize("status", STATUSES)
def test_an_expired_session_is_renewed_whatever_status_tells_of_it(status: int) -> None:
    scenario = FLEET | {"spelling": {"invalid_session_status": status}}
    with MockQlik(scenario) as qlik, a_platform(qlik.url) as platform:
        platform.read_fleet()
        qlik.control.advance(301)
        reading = platform.read_fleet()

        assert logins(qlik) == 2
    assert (len(reading.tasks), reading.unread) == (60, ())


class ExpiringQlik:
    """Serves sixteen tasks; their details come only when all sixteen ask, at first in vain."""

    def __init__(self, refusal: Reply) -> None:
        self._refusal = refusal
        self._all_here = threading.Barrier(16)
        self._logins = 0

    def __call__(self, request: Request) -> Reply:
        """Answer; the first session is refused to all workers in the same moment."""
        if request.path == "/login":
            self._logins += 1
            return Reply(headers={"EnterpriseManager.APISessionID": f"session-{self._logins}"})
        if request.path == "/servers":
            return json_reply({"serverList": [{"name": "S", "state": "MONITORED"}]})
        if request.path == "/servers/S/tasks":
            names = [{"name": f"T{n}", "state": "RUNNING"} for n in range(16)]
            return json_reply({"taskList": names})
        if request.path == "/servers/S":
            return json_reply({})
        if request.headers["EnterpriseManager.APISessionID"] == "session-1":
            self._all_here.wait(30)
            return self._refusal
        return json_reply({"name": request.path.rpartition("/")[2], "state": "RUNNING"})


@pytest.mark.parametrize("refusal", REFUSED.values(), ids=REFUSED)
def test_sixteen_workers_refused_at_once_log_in_once(refusal: Reply) -> None:
    with (
        scripted(ExpiringQlik(refusal)) as qlik,
        a_platform(qlik.url, concurrency=16) as platform,
    ):
        reading = platform.read_fleet()

    assert len(qlik.asked("/login")) == 2
    assert (len(reading.tasks), reading.unread) == (16, ())
    assert all(task.details_read for task in reading.tasks)
    assert len(qlik.asked("/tasks/")) == 32


def test_sessions_that_expire_again_and_again_in_mid_read_cost_no_task() -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url, concurrency=1) as platform:
        qlik.control.add_fault(kind="expire_sessions", path="/tasks/", every=7)
        reading = platform.read_fleet()

        assert logins(qlik) > MOST_VAIN_LOGINS
    assert reading.unread == ()


@pytest.mark.parametrize("action", ["run", "stop"])
def test_an_action_refused_for_its_session_is_sent_again_and_done_once(action: str) -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url) as platform:
        if action == "run":
            platform.stop_task(TASK)
            qlik.control.advance(60)
        platform.read_task(TASK)
        qlik.control.expire_sessions()
        answer = (
            platform.run_task(TASK, RunOption.RESUME_PROCESSING)
            if action == "run"
            else platform.stop_task(TASK)
        )

        sent = qlik.control.requests(action=action, method="POST")
        told = qlik.control.task("S", "T_1")
    assert answer.accepted
    assert sent[-1].status == 200
    assert told["runs" if action == "run" else "stops"] == 1


def test_a_session_that_is_refused_right_after_its_login_may_work_later() -> None:
    refusal = json_reply({"error_code": "INVALID_SESSION_ID"}, 403)
    with (
        scripted(a_manager({"/servers": refusal})) as qlik,
        a_platform(qlik.url) as platform,
        pytest.raises(QlikUnavailable, match="INVALID_SESSION_ID"),
    ):
        platform.read_fleet()

    assert len(qlik.asked("/login")) == 2


@pytest.mark.parametrize(
    ("credentials", "named"),
    [
        (QlikCredentials(api_token=SecretStr("s3cret")), "QLIK_API_TOKEN"),
        (
            QlikCredentials(username="monitor", password=SecretStr("s3cret")),
            "QLIK_USERNAME and QLIK_PASSWORD",
        ),
    ],
    ids=["token", "user"],
)
def test_a_refused_login_names_the_variables_and_is_tried_once(
    credentials: QlikCredentials, named: str
) -> None:
    with (
        MockQlik(FLEET) as qlik,
        a_platform(qlik.url, credentials=credentials) as platform,
    ):
        with pytest.raises(QlikAccessDenied, match=f"check {named}$") as refusal:
            platform.read_fleet()

        assert len(qlik.requests) == 1
    assert "s3cret" not in str(refusal.value)


def test_a_password_that_stops_working_in_mid_read_is_tried_once_by_all_workers() -> None:
    expiring = ExpiringQlik(Reply(401))

    def script(request: Request) -> Reply:
        if request.path == "/login" and qlik.asked("/tasks"):
            return Reply(401)
        return expiring(request)

    with scripted(script) as qlik, a_platform(qlik.url, concurrency=16) as platform:
        reading = platform.read_fleet()

    assert len(qlik.asked("/login")) == 2
    assert len(reading.tasks) == len(reading.unread) == 16
    assert not any(task.details_read for task in reading.tasks)
    assert "refuses the login" in errors_of(reading)["S/T0"]


def test_a_login_that_failed_is_tried_anew_by_the_next_reading() -> None:
    answers = iter([Reply(401)])

    def login(_request: Request) -> Reply:
        return next(answers, Reply(headers=SESSION))

    servers = json_reply({"serverList": []})
    with (
        scripted(a_manager({"/login": login, "/servers": servers})) as qlik,
        a_platform(qlik.url) as platform,
    ):
        with pytest.raises(QlikAccessDenied):
            platform.read_fleet()

        assert platform.read_fleet().servers == ()


def test_a_missing_licence_is_said_in_one_sentence() -> None:
    with (
        MockQlik(FLEET | {"licensed": False}) as qlik,
        a_platform(qlik.url) as platform,
        pytest.raises(QlikLicenseMissing, match="needs a Replication Management licence"),
    ):
        platform.read_fleet()
