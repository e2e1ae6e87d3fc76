"""Reading through the mock Enterprise Manager."""

from typing import Any

import pytest
from pydantic import SecretStr

from local.mock_qlik.scenario_file import DEFAULT_SCENARIO
from local.mock_qlik.server import MockQlik
from qlik_monitor.adapters.qlik_platform import QlikCredentials
from qlik_monitor.domain.task import ServerState, StopReason, TaskId, TaskState
from qlik_monitor.errors import QlikRequestRefused, QlikUnavailable
from tests.integration.qlik.platforms import NOON, TOKEN, a_platform, errors_of

AWKWARD = "a/b?c&d%20é"
FLEET: dict[str, Any] = {
    "servers": [
        {
            "name": "Local Server",
            "tasks": [
                {"name": AWKWARD, "tags": ["gold"]},
                {"name": "..", "kind": "aborted", "message": "ORA-00001"},
            ],
        },
        {"name": "Branch", "tasks": [{"name": "T_{n:03}", "count": 40}]},
        {"name": "Off", "state": "NOT_MONITORED", "tasks": [{"name": "unseen"}]},
        {"name": "Lost", "state": "NOT_CONNECTED", "message": "gone", "tasks": [{"name": "un"}]},
        {"name": "Ill", "state": "ERROR", "message": "no route", "tasks": [{"name": "unseen"}]},
    ]
}


def test_the_whole_fleet_is_read_and_what_is_not_is_said() -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url) as platform:
        reading = platform.read_fleet()

    assert reading.observed_at == NOON
    assert len(reading.tasks) == 42
    assert all(task.details_read for task in reading.tasks)
    assert {server.name: server.state for server in reading.servers} == {
        "Local Server": ServerState.MONITORED,
        "Branch": ServerState.MONITORED,
        "Off": ServerState.NOT_MONITORED,
        "Lost": ServerState.NOT_CONNECTED,
        "Ill": ServerState.ERROR,
    }
    assert errors_of(reading) == {
        "Ill/*": "its state is ERROR: no route",
        "Lost/*": "its state is NOT_CONNECTED: gone",
    }


def test_a_monitored_server_tells_of_its_licence() -> None:
    licence = {"state": "EXPIRED_LICENSE", "days_to_expiration": -4}
    with (
        MockQlik({"servers": [{"name": "S", "license": licence}]}) as qlik,
        a_platform(qlik.url) as platform,
    ):
        server = platform.read_fleet().servers[0]

    assert (server.license_state, server.license_days_left) == ("EXPIRED_LICENSE", -4)


@pytest.mark.parametrize("name", [AWKWARD, ".."])
def test_awkward_names_survive_the_way_there(name: str) -> None:
    task = TaskId(server="Local Server", task=name)
    with MockQlik(FLEET) as qlik, a_platform(qlik.url) as platform:
        snapshot = platform.read_task(task)

        assert snapshot.id == task
        assert "/servers/Local%2520Server/tasks/" in qlik.requests[-1].raw_path


def test_a_failed_task_comes_with_reason_and_message() -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url) as platform:
        snapshot = platform.read_task(TaskId(server="Local Server", task=".."))

    assert (snapshot.state, snapshot.stop_reason) == (TaskState.ERROR, StopReason.FATAL_ERROR)
    assert snapshot.message == "ORA-00001"


@pytest.mark.parametrize(
    "spelling",
    [
        {"recovery": "RECOVERING"},
        {"task_wrapper": True},
        {"server_details": "serverDetails", "license": "LICENSE_VALID", "user_name": "username"},
        {"details_type": "type", "invalid_session_status": 500},
    ],
    ids=str,
)
def test_disputed_spellings_read_alike(spelling: dict[str, Any]) -> None:
    scenario = {
        "seed": 7,
        "servers": [
            {"name": "S", "tasks": [{"name": "A"}, {"name": "B", "kind": "recovery_lasts"}]}
        ],
    }
    readings = []
    for one in ({}, spelling):
        with MockQlik(scenario | {"spelling": one}) as qlik, a_platform(qlik.url) as platform:
            readings.append(platform.read_fleet())

    assert readings[0] == readings[1]
    assert readings[1].tasks[1].state is TaskState.RECOVERY
    assert readings[1].servers[0].license_state == "VALID_LICENSE"


@pytest.mark.parametrize(
    "credentials",
    [
        QlikCredentials(api_token=SecretStr(TOKEN)),
        QlikCredentials(username="CORP\\monitor", password=SecretStr("mock-password")),
        QlikCredentials(username="monitor@corp", password=SecretStr("mock-password")),
    ],
    ids=["token", "domain and user", "user at domain"],
)
def test_every_kind_of_credentials_logs_in(credentials: QlikCredentials) -> None:
    with MockQlik(FLEET) as qlik, a_platform(qlik.url, credentials=credentials) as platform:
        assert platform.read_fleet().tasks
        assert len(qlik.control.requests(action="login")) == 1


@pytest.mark.parametrize(
    "task", [TaskId(server="Branch", task="none"), TaskId(server="none", task="T_001")], ids=str
)
def test_reading_a_task_that_is_not_there_is_refused(task: TaskId) -> None:
    with (
        MockQlik(FLEET) as qlik,
        a_platform(qlik.url) as platform,
        pytest.raises(QlikRequestRefused, match="NOT_FOUND"),
    ):
        platform.read_task(task)


def test_reading_a_task_of_a_disconnected_server_may_work_later() -> None:
    with (
        MockQlik(FLEET) as qlik,
        a_platform(qlik.url) as platform,
        pytest.raises(QlikUnavailable, match="AEM_SERVER_NOT_CONNECTED"),
    ):
        platform.read_task(TaskId(server="Ill", task="unseen"))


def test_the_committed_scenario_is_read_as_it_promises() -> None:
    with MockQlik(DEFAULT_SCENARIO) as qlik, a_platform(qlik.url) as platform:
        reading = platform.read_fleet()

    assert not any(task.unknown_fields for task in reading.tasks)
    assert all(task.state is not TaskState.UNKNOWN for task in reading.tasks)
