"""How the server is started: in a test, over HTTPS, as a command; and its clock."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local.mock_qlik import MockQlik
from local.mock_qlik.__main__ import main
from local.mock_qlik.clock import Clock
from tests.contract.mock_qlik.conftest import Start
from tests.contract.mock_qlik.vendor_client import PREFIX, VendorClient, basic, send

TOKEN = basic("api-token:mock-api-token")


def test_https_is_verified_with_the_authority_it_made(start: Start) -> None:
    client = start({"name": "T"}, tls=True)

    assert client.qlik.url.startswith("https://")
    assert client.details("T")["state"] == "RUNNING"


def test_https_is_refused_by_a_client_that_does_not_know_the_authority(start: Start) -> None:
    client = start(tls=True)

    with MockQlik({}, tls=True) as another, pytest.raises(ssl.SSLCertVerificationError):
        send(client.qlik.url, "GET", PREFIX + "/login", ca=another.ca_bundle)


def test_the_authority_s_file_goes_with_the_server() -> None:
    with MockQlik({}, tls=True) as qlik:
        assert qlik.ca_bundle is not None
        assert "BEGIN CERTIFICATE" in qlik.ca_bundle.read_text()

    assert not qlik.ca_bundle.exists()


def test_the_server_stops_although_a_client_keeps_its_connection() -> None:
    with MockQlik({}) as qlik:
        where = urlsplit(qlik.url)
        connection = HTTPConnection(str(where.hostname), where.port, timeout=10)
        connection.request("GET", PREFIX + "/login", headers=TOKEN)
        connection.getresponse().read()
    connection.close()

    with pytest.raises(ConnectionRefusedError):
        send(qlik.url, "GET", "/")


def test_two_thousand_tasks_are_read_over_one_connection() -> None:
    tasks = [{"name": "T_{n:04}", "count": 2000}]
    with MockQlik({"servers": [{"name": "S", "tasks": tasks}]}) as qlik:
        client = VendorClient(qlik).log_in()
        where = urlsplit(qlik.url)
        connection = HTTPConnection(str(where.hostname), where.port, timeout=10)
        for number in range(1, 2001):
            path = f"{PREFIX}/servers/S/tasks/T_{number:04}"
            connection.request("GET", path, headers=client.headers)
            assert connection.getresponse().read()
        connection.close()

        assert len(client.qlik.control.requests(action="task", status=200)) == 2000


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_the_command_prints_address_and_credentials_serves_and_ends_quietly(
    tmp_path: Path, tls: bool
) -> None:
    ca = tmp_path / "made" / "ca.pem"
    arguments = ["--port", "0", *(["--tls", "--ca-file", str(ca)] if tls else [])]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "local.mock_qlik", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        printed = [process.stdout.readline() for _ in range(8)]
        found = re.match(r"Qlik: +(\S+)/login", printed[0].strip() + "/login")
        assert found is not None
        url = found[1].removesuffix(PREFIX)
        answer = send(url, "GET", PREFIX + "/login", headers=TOKEN, ca=ca if tls else None)
        process.send_signal(signal.SIGINT)

        assert answer.status == 200
        assert process.wait(timeout=20) == 0
        assert process.stderr.read() == ""
    said = "".join(printed)
    assert "monitor / mock-password" in said
    assert "mock-api-token" in said
    assert (str(ca) in said) is tls


def test_a_taken_port_is_told_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert main(["--port", str(port)]) == 1

    assert capsys.readouterr().err == (
        f"Port {port} is taken: choose another with --port (PORT= with make).\n"
    )


def test_a_mistaken_scenario_ends_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mistaken.yaml"
    path.write_text("speed: fast")

    assert main(["--port", "0", "--scenario", str(path)]) == 1

    assert f"{path}: speed: 'fast'" in capsys.readouterr().err


class Wall:
    """A clock on the wall that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_the_clock_runs_at_its_speed_and_can_be_moved_on() -> None:
    wall = Wall()
    clock = Clock(speed=10, timer=wall)

    wall.seconds += 3
    clock.speed = 2
    wall.seconds += 5
    clock.advance(100)

    assert clock.now() == 30 + 10 + 100
    assert clock.unscaled() == 3 + 5 + 100


def test_a_clock_of_speed_zero_stands_still() -> None:
    wall = Wall()
    clock = Clock(speed=0, timer=wall)
    wall.seconds += 50

    assert clock.now() == 0
