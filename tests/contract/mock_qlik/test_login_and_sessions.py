import re

import pytest

from tests.contract.mock_qlik.conftest import Start
from tests.contract.mock_qlik.vendor_client import SESSION, VendorClient, basic

GOOD_PAIRS = {
    "user": "monitor:mock-password",
    "domain before": "CORP\\monitor:mock-password",
    "domain behind": "monitor@corp.example:mock-password",
    "access token": "api-token:mock-api-token",
    "jwt": "jwt:mock-jwt",
}
BAD_HEADERS = {
    "wrong password": basic("monitor:guess"),
    "wrong user": basic("somebody:mock-password"),
    "wrong token": basic("api-token:guess"),
    "token as bearer": {"Authorization": "Bearer mock-api-token"},
    "not base64": {"Authorization": "Basic ???"},
    "nothing": {},
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("pair", GOOD_PAIRS.values(), ids=GOOD_PAIRS.keys())
def test_login_gives_a_session_in_a_header_and_no_body(
    start: Start, method: str, pair: str
) -> None:
    client = VendorClient(start().qlik)

    answer = client.call(method, "/login", headers=basic(pair))

    assert (answer.status, answer.body) == (200, b"")
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", answer.headers[SESSION])
    assert answer.headers["Content-Length"] == "0"
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.headers["Server"] == "Microsoft-HTTPAPI/2.0"


@pytest.mark.parametrize("headers", BAD_HEADERS.values(), ids=BAD_HEADERS.keys())
def test_wrong_credentials_are_refused(start: Start, headers: dict[str, str]) -> None:
    client = VendorClient(start().qlik)

    answer = client.call("POST", "/login", headers=headers)

    assert (answer.status, answer.error_code) == (401, "UNAUTHORIZED_REQUEST")
    assert SESSION not in answer.headers


@pytest.mark.parametrize("name", [SESSION, SESSION.lower(), "Enterprisemanager.apisessionid"])
def test_the_session_header_may_be_written_in_any_case(start: Start, name: str) -> None:
    client = start()

    alone = VendorClient(client.qlik, {name: client.headers[SESSION]})

    assert alone.call("GET", "/servers").status == 200


def test_all_headers_of_the_login_may_be_sent_back_on_every_later_call(start: Start) -> None:
    client = VendorClient(start({"name": "T"}).qlik)
    login = client.call("POST", "/login", headers=basic("api-token:mock-api-token"))
    # The vendor's client keeps whatever the login answered but the length.
    echo = {name: value for name, value in login.headers.items() if name != "Content-Length"}

    assert {SESSION, "Content-Type", "Server", "Date"} <= set(echo)
    client.headers = echo
    assert client.call("GET", "/servers").status == 200
    assert client.details("T")["state"] == "RUNNING"
    assert client.stop("T").status == 200
    assert client.run("T", body='{"cdcposition":null}').status == 200


def test_a_session_lives_five_minutes_from_its_last_request(start: Start) -> None:
    client = start()

    statuses = []
    for pause in (299, 299, 301, 0):
        client.qlik.control.advance(pause)
        statuses.append(client.call("GET", "/servers").status)

    assert statuses == [200, 200, 401, 401]
    assert client.log_in().call("GET", "/servers").status == 200


def test_a_fast_scenario_does_not_shorten_sessions(start: Start) -> None:
    client = start()
    client.qlik.control.set_speed(1_000_000)

    assert client.call("GET", "/servers").status == 200


@pytest.mark.parametrize("status", [401, 403, 400, 500])
def test_an_expired_session_is_told_with_the_status_that_the_scenario_chooses(
    start: Start, status: int
) -> None:
    client = start(spelling={"invalid_session_status": status})
    client.qlik.control.expire_sessions()

    answer = client.call("GET", "/servers")

    assert (answer.status, answer.error_code) == (status, "INVALID_SESSION_ID")


def test_without_a_session_nothing_is_answered(start: Start) -> None:
    answer = VendorClient(start().qlik).call("GET", "/servers")

    assert answer.error_code == "INVALID_SESSION_ID"


def test_logout_ends_the_session(start: Start) -> None:
    client = start()

    assert client.call("POST", "/logout").status == 200
    assert client.call("GET", "/servers").error_code == "INVALID_SESSION_ID"


def test_an_unlicensed_manager_says_so_after_login(start: Start) -> None:
    answer = start(licensed=False).call("GET", "/servers")

    assert answer.error_code == "LICENSE_NOT_FOUND"


def test_the_log_keeps_what_was_asked_without_secrets(start: Start) -> None:
    client = start({"name": "My Task"})
    client.call("GET", client.task_path("My Task"))

    login, details = client.qlik.requests

    assert (login.action, login.authorization) == ("login", "Basic")
    assert (details.server, details.task, details.action) == ("Local Server", "My Task", "task")
    assert details.raw_path.endswith("/servers/Local%2520Server/tasks/My%2520Task")
    assert details.status == 200
    logged = repr(client.qlik.requests)
    assert "mock-api-token" not in logged
    assert client.headers[SESSION] not in logged
