from http.client import HTTPException
from time import sleep
from typing import Any

import pytest

from tests.contract.mock_qlik.conftest import Start
from tests.contract.mock_qlik.vendor_client import VendorClient

DROPPED = (ConnectionError, HTTPException)


def statuses(client: VendorClient, pauses: list[int]) -> list[int]:
    """Ask for the servers after each pause."""
    found = []
    for pause in pauses:
        client.qlik.control.advance(pause)
        found.append(client.call("GET", "/servers").status)
    return found


@pytest.mark.parametrize("status", [500, 502, 503, 404])
def test_a_status_can_take_the_place_of_an_answer(start: Start, status: int) -> None:
    client = start()
    client.qlik.control.add_fault(kind="status", status=status)

    assert statuses(client, [0, 0]) == [status, status]


def test_too_many_requests_says_when_to_come_back(start: Start) -> None:
    client = start()
    client.qlik.control.add_fault(kind="status", status=429, retry_after_seconds=7)

    answer = client.call("GET", "/servers")

    assert (answer.status, answer.headers["Retry-After"]) == (429, "7")


def test_a_fault_lasts_from_a_time_for_a_while(start: Start) -> None:
    fault = {"kind": "status", "path": "/servers", "at_seconds": 60, "lasts_seconds": 60}
    client = start(faults=[fault])

    assert statuses(client, [0, 59, 1, 59, 1]) == [200, 200, 500, 500, 200]


def test_a_fault_set_later_lasts_from_then(start: Start) -> None:
    client = start()
    client.qlik.control.advance(100)
    client.qlik.control.add_fault(kind="status", lasts_seconds=30)

    assert statuses(client, [0, 29, 1]) == [500, 500, 200]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"times": 2}, [500, 500, 200, 200]),
        ({"every": 2}, [200, 500, 200, 500]),
        ({"every": 3, "times": 1}, [200, 200, 500, 200]),
    ],
    ids=["twice", "each second", "the third only"],
)
def test_a_fault_may_strike_only_some_requests(
    start: Start, limits: dict[str, int], expected: list[int]
) -> None:
    client = start()
    client.qlik.control.add_fault(kind="status", **limits)

    assert statuses(client, [0, 0, 0, 0]) == expected


@pytest.mark.parametrize(
    "match",
    [{"path": "action=run"}, {"method": "POST"}, {"path": r"Local Server/tasks/My T\?action"}],
    ids=["query", "method", "decoded path"],
)
def test_a_fault_strikes_only_what_it_matches(start: Start, match: dict[str, Any]) -> None:
    client = start({"name": "My T", "kind": "aborted"})
    client.qlik.control.add_fault(kind="status", status=503, **match)

    assert client.call("GET", client.task_path("My T")).status == 200
    assert client.run("My T").status == 503
    assert client.qlik.control.task("Local Server", "My T")["runs"] == 0


@pytest.mark.parametrize("end", ["$", r"\?"])
def test_the_end_of_a_path_without_a_query_can_be_matched(start: Start, end: str) -> None:
    client = start()
    client.qlik.control.add_fault(kind="status", status=503, path=f"/servers{end}")

    assert client.call("GET", "/servers").status == 503
    assert client.call("GET", "/servers/Local%20Server").status == 200


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_a_dropped_connection_answers_nothing(start: Start, tls: bool) -> None:
    client = start(tls=tls)
    client.qlik.control.add_fault(kind="drop", times=1)

    with pytest.raises(DROPPED):
        client.call("GET", "/servers")

    assert client.qlik.requests[-1].status == 0
    assert client.call("GET", "/servers").status == 200


@pytest.mark.parametrize("kind", ["drop", "status", "malformed"])
def test_an_answer_can_be_lost_after_the_task_was_run(start: Start, kind: str) -> None:
    client = start({"name": "T", "kind": "aborted"})
    client.qlik.control.add_fault(kind=kind, method="POST", times=1, after_the_call=True)

    if kind == "drop":
        with pytest.raises(DROPPED):
            client.run("T")
    else:
        assert client.run("T").body in {b"", b'{"taskList":[{"name":"ORD'}

    assert client.qlik.control.task("Local Server", "T")["runs"] == 1


def test_a_malformed_body_is_torn_json_by_default(start: Start) -> None:
    client = start()
    client.qlik.control.add_fault(kind="malformed")

    answer = client.call("GET", "/servers")

    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    with pytest.raises(ValueError, match="Unterminated"):
        answer.json()


@pytest.mark.parametrize("body", ["", "<html>Sorry</html>", "[]", '{"taskList":null}'])
def test_a_malformed_body_can_be_chosen(start: Start, body: str) -> None:
    client = start()
    client.qlik.control.add_fault(kind="malformed", body=body)

    assert client.call("GET", "/servers").body.decode() == body


def test_a_slow_answer_is_right_all_the_same(start: Start) -> None:
    client = start()
    client.qlik.control.add_fault(kind="slow", delay_seconds=0.05)

    assert "serverList" in client.call("GET", "/servers").json()
    assert client.qlik.requests[-1].faults == ("slow",)


@pytest.mark.parametrize("after_the_call", [False, True])
def test_what_was_asked_happens_although_the_client_gave_up(
    start: Start, after_the_call: bool
) -> None:
    client = start({"name": "T", "kind": "aborted"})
    control = client.qlik.control
    control.add_fault(
        kind="slow", delay_seconds=0.5, path="action=run", after_the_call=after_the_call
    )

    with pytest.raises(TimeoutError):
        client.run("T", patience=0.1)

    while not control.requests(action="run", status=200):
        sleep(0.01)
    assert control.task("Local Server", "T")["runs"] == 1


def test_sessions_can_expire_in_the_middle(start: Start) -> None:
    client = start()
    client.qlik.control.add_fault(kind="expire_sessions", path="/servers", times=1)

    assert client.call("GET", "/servers").error_code == "INVALID_SESSION_ID"
    assert client.log_in().call("GET", "/servers").status == 200


def test_a_login_can_be_disturbed_too(start: Start) -> None:
    client = start()
    client.qlik.control.add_fault(kind="status", path="/login$|/login\\?", status=503)

    assert client.call("GET", "/login").status == 503
    assert client.call("GET", "/servers").status == 200


def test_faults_end_when_they_are_cleared(start: Start) -> None:
    control = start().qlik.control
    first, second = (control.add_fault(kind="status", status=status) for status in (500, 503))

    control.clear_faults(first)
    assert [one["number"] for one in control.faults()] == [second]
    control.clear_faults()
    assert control.faults() == []
