"""Neither LocalStack nor a function outlives its owner, and failures say what to do."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.localstack.install import DEFAULT_BUILD, install
from local.localstack.running import LocalStackFailed, RunningLocalStack, is_healthy
from local.localstack.server import LocalStack, localstack_from_environment
from tests.stack import AwsClients, deploy


def is_running(process: int) -> bool:
    """Tell whether a process exists and is more than an entry that nobody has collected."""
    command = ["ps", "-o", "stat=", "-p", str(process)]
    state = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return state != "" and not state.startswith("Z")


def ends(process: int) -> bool:
    """Wait for a process to end."""
    for _ in range(100):
        if not is_running(process):
            return True
        time.sleep(0.1)
    return False


def gone(endpoint: str) -> bool:
    """Wait until nobody answers any more."""
    for _ in range(200):
        if not is_healthy(endpoint):
            return True
        time.sleep(0.1)
    return False


def a_function_process(stack: RunningLocalStack) -> int:
    """Start a function and return its process."""
    aws = AwsClients(stack.endpoint)
    code = "import os\n\ndef handler(event, context):\n    return os.getpid()"
    answer = aws("lambda").invoke(FunctionName=deploy(aws, "process", code))
    aws.close()
    return int(json.load(answer["Payload"]))


@pytest.mark.e2e
def test_stop_returns_when_no_process_and_no_file_is_left() -> None:
    install()
    with LocalStack() as stack:
        processes = [stack.pid or 0, a_function_process(stack)]
        assert all(map(is_running, processes))

    assert not any(map(is_running, processes))
    assert not stack.folder.exists()


@pytest.mark.e2e
def test_functions_end_with_a_localstack_that_is_killed() -> None:
    install()
    with LocalStack() as stack:
        function = a_function_process(stack)
        os.kill(stack.pid or 0, signal.SIGKILL)

        assert ends(function)


@pytest.mark.e2e
def test_localstack_ends_with_an_owner_that_is_killed() -> None:
    install()
    command = [sys.executable, "-u", "-m", "local.localstack.server", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        told = iter(owner.stdout)
        endpoint = re.findall(r"http://[\d.:]+", next(told))[0]
        assert "is ready" in next(told)
        function = a_function_process(RunningLocalStack(endpoint))
        owner.kill()

    assert ends(function)
    assert gone(endpoint)


@pytest.mark.e2e
def test_a_second_installation_has_nothing_to_do() -> None:
    install()
    told: list[str] = []

    assert install(progress=told.append).build == DEFAULT_BUILD
    assert told == []


def test_starting_without_an_installation_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(LocalStackFailed, match=r"run `python -m local\.localstack\.install`"):
        LocalStack(tmp_path).start()


@pytest.mark.e2e
def test_starting_on_a_port_in_use_says_so() -> None:
    install()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalStackFailed, match=f"Port {port} is in use"):
            LocalStack(port=port).start()


@pytest.mark.e2e
def test_a_failing_start_shows_the_end_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    install()
    nonsense = {"GATEWAY_LISTEN": "127.0.0.1:nonsense"}
    monkeypatch.setattr("local.localstack.server.environment", lambda *_arguments: nonsense)

    with pytest.raises(LocalStackFailed, match=r"(?s)ended with status 1.*ValueError"):
        LocalStack().start()


def test_the_endpoint_of_the_environment_is_used_and_must_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOCALSTACK_ENDPOINT", "http://127.0.0.1:9/")

    stack = localstack_from_environment()

    assert stack.endpoint == "http://127.0.0.1:9"
    with pytest.raises(LocalStackFailed, match="does not answer"):
        stack.start()
    stack.stop()
