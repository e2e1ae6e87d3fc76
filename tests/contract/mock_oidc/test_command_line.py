"""`python -m local.mock_oidc`, as a person meets it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from local.mock_oidc import MockOidc
from local.mock_oidc.__main__ import main

ROOT = Path(__file__).parents[3]


def test_it_says_its_issuer_first_and_ends_quietly_when_interrupted() -> None:
    command = [sys.executable, "-m", "local.mock_oidc", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            word, issuer = process.stdout.readline().split()
            described = f"{issuer}/.well-known/openid-configuration"
            answer = requests.get(described, timeout=10).json()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (word, answer["issuer"]) == ("issuer", issuer)
    assert (process.returncode, errors) == (0, "")


def test_a_taken_port_is_one_clear_sentence(
    mock: MockOidc, capsys: pytest.CaptureFixture[str]
) -> None:
    port = mock.issuer.split(":")[2]
    assert main(["--port", port]) == 1
    assert f"can't listen on 127.0.0.1:{port}: " in capsys.readouterr().err
