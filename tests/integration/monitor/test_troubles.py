"""When Qlik cannot be read at all, one sentence says what to mend; the JSON stays one object."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.mock_qlik.server import MockQlik
from tests.fakes.ran import Ran
from tests.integration.monitor.running import HEALTHY, TOKEN, Monitor

SERVER_LIST = r"/servers(\?|$)"


def assert_one_sentence(ran: Ran, said: str) -> None:
    assert ran.code == 2
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert ran.json == {
        "tasks": [],
        "unread": [{"server": None, "task": None, "error": ran.err.strip()}],
    }


@contextmanager
def nobody() -> Iterator[str]:
    """An address at which nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def test_a_server_that_is_down(monitor: Monitor) -> None:
    with nobody() as url:
        assert_one_sentence(monitor(url, "--json"), "refuses the connection")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"QLIK_API_TOKEN": "wrong"}, "check QLIK_API_TOKEN"),
        (
            {"QLIK_API_TOKEN": "", "QLIK_USERNAME": "monitor", "QLIK_PASSWORD": "wrong"},
            "check QLIK_USERNAME and QLIK_PASSWORD",
        ),
        ({"QLIK_FLAVOR": "cloud", "QLIK_API_TOKEN": "wrong"}, "401"),
    ],
    ids=str,
)
def test_a_refused_login(variables: dict[str, str], said: str, monitor: Monitor) -> None:
    with MockQlik(HEALTHY) as qlik:
        assert_one_sentence(monitor(qlik.url, "--json", **variables), said)


def test_a_missing_licence_of_the_manager(monitor: Monitor) -> None:
    with MockQlik(HEALTHY | {"licensed": False}) as qlik:
        assert_one_sentence(monitor(qlik.url, "--json"), "licen")


def test_a_certificate_that_is_not_trusted(monitor: Monitor) -> None:
    with MockQlik(HEALTHY, tls=True) as qlik:
        refused = monitor(qlik.url, "--json")
        trusted = monitor(qlik.url, "--json", QLIK_CA_BUNDLE=str(qlik.ca_bundle))

    assert_one_sentence(refused, "QLIK_CA_BUNDLE")
    assert trusted.code == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "malformed", "path": SERVER_LIST, "body": "<html>"},
        {"kind": "malformed", "path": SERVER_LIST, "body": "[]"},
        {"kind": "drop"},
        {"kind": "status", "status": 503, "retry_after_seconds": 0},
        {"kind": "status", "status": 404},
    ],
    ids=str,
)
def test_an_answer_that_is_none(fault: dict[str, Any], monitor: Monitor) -> None:
    with MockQlik(HEALTHY) as qlik:
        qlik.control.add_fault(**fault)
        assert_one_sentence(monitor(qlik.url, "--json"), "")


def test_an_account_that_may_see_nothing(monitor: Monitor) -> None:
    with MockQlik({}) as qlik:
        assert_one_sentence(monitor(qlik.url, "--json"), "lists no server at all")


def test_without_json_stdout_stays_empty(monitor: Monitor) -> None:
    with nobody() as url:
        ran = monitor(url)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("endpoint", "variables", "said"),
    [
        (None, {}, "QLIK_API_ENDPOINT is not set"),
        ("ftp://qem", {}, "QLIK_API_ENDPOINT='ftp://qem'"),
        ("http://qem.example.com", {}, "plain http would send the credentials in clear"),
        ("https://qem.example.com", {"QLIK_API_TOKEN": ""}, "needs QLIK_API_TOKEN, or"),
        ("https://qem", {"QLIK_API_TOKEN": "", "QLIK_USERNAME": "me"}, "QLIK_PASSWORD is missing"),
        ("https://qem", {"QLIK_FLAVOR": "vanilla"}, "QLIK_FLAVOR='vanilla'"),
        ("https://qem", {"QLIK_CONCURRENCY": "0"}, "QLIK_CONCURRENCY='0'"),
        ("https://qem", {"LAG_THRESHOLD_SECONDS": "ten"}, "LAG_THRESHOLD_SECONDS='ten'"),
        ("https://qem", {"QLIK_CA_BUNDLE": "/no/such.pem"}, "QLIK_CA_BUNDLE='/no/such.pem'"),
    ],
    ids=str,
)
def test_each_mistake_in_the_settings_is_one_sentence(
    endpoint: str | None, variables: dict[str, str], said: str, monitor: Monitor
) -> None:
    assert_one_sentence(monitor(endpoint, "--json", **variables), said)


def test_settings_come_from_the_file_unless_the_environment_has_them(
    monitor: Monitor, env_file: Path
) -> None:
    with MockQlik(HEALTHY | {"credentials": {"password": "with${HOME}$it"}}) as qlik:
        lines = (f"QLIK_API_ENDPOINT={qlik.url}", "QLIK_USERNAME=monitor", "LAG_THRESHOLD_SECONDS")
        text = "\n".join((*lines, "QLIK_PASSWORD=with${HOME}$it", "QLIK_API_TOKEN=another"))
        env_file.write_text(f"\ufeff{text}\n", "utf-8")
        by_password = monitor(None, "--json", QLIK_API_TOKEN="")
        by_token = monitor(None, "--json", QLIK_API_TOKEN=TOKEN)

    assert (by_password.code, by_password.err) == (0, "")
    assert (by_token.code, by_token.err) == (0, "")


def test_another_file_can_be_named(monitor: Monitor, tmp_path: Path) -> None:
    with MockQlik(HEALTHY) as qlik:
        path = tmp_path / "other.env"
        path.write_text(f"QLIK_API_ENDPOINT={qlik.url}\n")
        assert monitor(None, "--json", "--env-file", str(path)).code == 0
    missing = monitor(None, "--json", "--env-file", str(tmp_path / "none"))
    assert_one_sentence(missing, "there is no such file")
