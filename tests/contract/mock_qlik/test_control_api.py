import json
from typing import Any

import pytest

from tests.contract.mock_qlik.conftest import Start
from tests.contract.mock_qlik.vendor_client import VendorClient, send, target_rate, total_latency


def control(client: VendorClient, method: str, path: str, **body: Any) -> Any:
    """Make a control call that must succeed."""
    text = json.dumps(body) if body else None
    answer = send(client.qlik.url, method, f"/_mock/{path}", body=text)
    assert answer.status == 200, answer.body
    return answer.json()


def test_the_clock_can_be_read_moved_and_run_faster(start: Start) -> None:
    client = start()

    assert control(client, "GET", "clock")["seconds"] == 0
    assert control(client, "POST", "clock", advance=90)["seconds"] == 90
    assert control(client, "POST", "clock", speed=5)["speed"] == 5


def test_the_state_tells_the_truth_of_each_task(start: Start) -> None:
    client = start({"name": "T", "kind": "aborted", "expect": {"anomaly": "error"}})
    client.run("T")

    state = control(client, "GET", "state")
    task = control(client, "GET", "task?server=Local%20Server&task=T")

    assert state["servers"][0]["tasks"] == [task]
    assert (task["state"], task["runs"], task["stops"]) == ("RUNNING", 1, 0)
    assert task["expect"] == {"anomaly": "error"}
    assert task["commands"][0]["option"] == "RESUME_PROCESSING"


def test_a_task_can_fall_ill_on_demand(start: Start) -> None:
    client = start({"name": "T"})
    client.qlik.control.advance(100)

    control(client, "POST", "task", server="Local Server", task="T", kind="aborted", message="Boom")

    assert client.details("T")["message"] == "Boom"
    assert client.details("T")["state"] == "ERROR"


def test_a_task_can_fall_quiet_and_well_again_on_demand(start: Start) -> None:
    client = start({"name": "T", "kind": "stuck", "onset_seconds": -600})
    become = client.qlik.control.become

    become("Local Server", "T", kind="idle")
    assert target_rate(client.details("T")) == 0
    become("Local Server", "T", kind="healthy")
    client.qlik.control.advance(200)
    assert target_rate(client.details("T")) > 0
    assert total_latency(client.details("T")) < 10


def test_a_server_can_go_away_on_demand(start: Start) -> None:
    client = start({"name": "T"})

    control(client, "POST", "server", server="Local Server", state="ERROR")
    assert client.call("GET", "/servers/Local%20Server/tasks").status == 500
    control(client, "POST", "server", server="Local Server", state="MONITORED")
    assert client.details("T")["state"] == "RUNNING"


def test_faults_can_be_set_listed_and_cleared(start: Start) -> None:
    client = start()

    number = control(client, "POST", "faults", kind="status", status=502)["number"]
    assert client.call("GET", "/servers").status == 502
    assert control(client, "GET", "faults")["faults"][0]["used"] == 1
    assert control(client, "DELETE", f"faults?number={number}") == {"faults": []}
    assert client.call("GET", "/servers").status == 200


def test_requests_can_be_searched_and_forgotten(start: Start) -> None:
    client = start({"name": "T", "kind": "aborted"})
    client.run("T")
    client.details("T")

    found = control(client, "GET", "requests?action=run&status=200")["requests"]

    assert [one["task"] for one in found] == ["T"]
    control(client, "DELETE", "requests")
    assert client.qlik.requests == []


def test_sessions_and_spellings_can_be_changed(start: Start) -> None:
    client = start({"name": "T", "kind": "recovery_lasts"})

    control(client, "POST", "spelling", recovery="RECOVERING", invalid_session_status=403)
    assert client.details("T")["state"] == "RECOVERING"
    control(client, "DELETE", "sessions")
    assert client.call("GET", "/servers").status == 403


def test_reset_begins_the_scenario_again(start: Start) -> None:
    client = start({"name": "T", "kind": "aborted"})
    client.run("T")
    client.qlik.control.advance(500)

    control(client, "POST", "reset")

    assert client.qlik.requests == []
    assert control(client, "GET", "clock")["seconds"] == 0
    assert client.log_in().details("T")["state"] == "ERROR"


@pytest.mark.parametrize(
    ("call", "body", "status", "said"),
    [
        ("GET nothing", None, 404, "GET /_mock/state"),
        ("POST faults", '{"kind":"sneeze"}', 400, "expire_sessions"),
        ("POST faults", '{"kind":"slow","path":"("}', 400, "regular expression"),
        ("POST task", '{"server":"Local Server","task":"X"}', 400, "AEM_TASK_NOT_FOUND"),
        ("POST clock", "{", 400, "Expecting"),
        ("GET requests?colour=red", None, 400, "colour"),
    ],
    ids=["no such call", "kind", "path", "no such task", "no JSON", "no such field"],
)
def test_a_mistake_is_told(
    start: Start, call: str, body: str | None, status: int, said: str
) -> None:
    client = start({"name": "T"})
    client.details("T")

    method, path = call.split()
    answer = send(client.qlik.url, method, f"/_mock/{path}", body=body)

    assert answer.status == status
    assert said in answer.json()["error"]
