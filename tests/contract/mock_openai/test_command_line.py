"""`python -m local.mock_openai`, as a person meets it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from local.mock_openai import MockOpenAI
from local.mock_openai.__main__ import main

ROOT = Path(__file__).parents[3]


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "local.mock_openai", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_says_address_and_key_first_and_ends_quietly_when_interrupted() -> None:
    with started("--port", "0") as process:
        assert process.stdout is not None
        address, key = (process.stdout.readline().split() for _ in range(2))
        answer = requests.get(
            f"{address[1]}/models", headers={"Authorization": f"Bearer {key[1]}"}, timeout=10
        )
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)

    assert (address[0], key[0]) == ("address", "key")
    assert answer.status_code == 200
    assert (process.returncode, errors) == (0, "")


def test_a_taken_port_is_one_clear_sentence(
    mock: MockOpenAI, capsys: pytest.CaptureFixture[str]
) -> None:
    port = mock.url.split(":")[2].removesuffix("/v1")

    assert main(["--port", port]) == 1
    assert f"can't listen on 127.0.0.1:{port}: " in capsys.readouterr().err


def test_a_wrong_scenario_ends_the_program_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("answers: [{fault: flood}]", encoding="utf-8")

    assert main(["--scenario", str(path)]) == 1
    assert "answers[0].fault: 'flood'" in capsys.readouterr().err


def test_help_explains_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    assert "--scenario" in capsys.readouterr().out
