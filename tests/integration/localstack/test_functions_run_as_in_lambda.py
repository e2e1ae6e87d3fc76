"""Functions in processes behave as functions in Lambda do."""

import base64
import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.stack import Clients, deploy, zipped

pytestmark = pytest.mark.e2e

names = (f"function-{number}" for number in itertools.count())

type Invoke = Callable[..., tuple[Any, str | None, str]]


@pytest.fixture
def invoke(aws: Clients) -> Invoke:
    """Invoke a function: its answer, the kind of error if it is one, and the end of its log."""

    def invoke(name: str, event: Any = None) -> tuple[Any, str | None, str]:
        answer = aws("lambda").invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
        log = base64.b64decode(answer.get("LogResult", "")).decode()
        return json.load(answer["Payload"]), answer.get("FunctionError"), log

    return invoke


def logged(aws: Clients, name: str, text: str) -> bool:
    """Wait until a line is in CloudWatch Logs, where lines arrive a little after the answer."""
    logs = aws("logs")
    for _ in range(100):
        try:
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            events = []
        if any(text in event["message"] for event in events):
            return True
        time.sleep(0.1)
    return False


def test_a_function_finds_its_layers_and_its_prints_reach_the_log(
    aws: Clients, invoke: Invoke
) -> None:
    layer = aws("lambda").publish_layer_version(
        LayerName="greeting",
        Content={"ZipFile": zipped({"python/greeting.py": "WORD = 'hello'"})},
    )
    code = """
import greeting

def handler(event, context):
    print("handling", event["name"])
    return [greeting.WORD, event["name"], context.function_name]
"""
    name = deploy(aws, next(names), code, Layers=[layer["LayerVersionArn"]])

    assert invoke(name, {"name": "orders"})[:2] == (["hello", "orders", name], None)
    assert logged(aws, name, "handling orders")


def test_a_module_missing_from_the_layers_is_missing(aws: Clients, invoke: Invoke) -> None:
    name = deploy(aws, next(names), "import pydantic\n\ndef handler(event, context): ...")

    answer, error, log = invoke(name)

    assert error == "Unhandled"
    assert answer["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'pydantic'" in log


def test_a_raising_handler_is_a_function_error_with_the_name_of_the_exception(
    aws: Clients, invoke: Invoke
) -> None:
    code = """
class QlikUnavailable(Exception): ...

def handler(event, context):
    raise QlikUnavailable("no answer")
"""
    name = deploy(aws, next(names), code)

    answer, error, _ = invoke(name)

    assert error == "Unhandled"
    assert (answer["errorType"], answer["errorMessage"]) == ("QlikUnavailable", "no answer")


def test_a_slow_function_times_out_and_the_next_call_gets_a_fresh_process(
    aws: Clients, invoke: Invoke
) -> None:
    code = """
import os, time

def handler(event, context):
    print("remaining", context.get_remaining_time_in_millis() <= 1000)
    time.sleep(event)
    return os.getpid()
"""
    name = deploy(aws, next(names), code, Timeout=1)

    before = invoke(name, 0)[0]
    answer, error, log = invoke(name, 30)
    after = invoke(name, 0)[0]

    assert error == "Unhandled"
    assert answer["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in answer["errorMessage"]
    assert "remaining True" in log
    assert "Task timed out after 1.00 seconds" in log
    assert before != after


def test_a_dying_process_is_a_function_error_and_the_next_call_works(
    aws: Clients, invoke: Invoke
) -> None:
    code = """
import os

def handler(event, context):
    if event == "die":
        print("last words", flush=True)
        os._exit(3)
    return "alive"
"""
    name = deploy(aws, next(names), code)

    answer, error, log = invoke(name, "die")

    assert (error, answer["errorType"]) == ("Unhandled", "Runtime.ExitError")
    assert "exit status 3" in answer["errorMessage"]
    assert "last words" in log
    assert invoke(name, "live")[:2] == ("alive", None)


def test_a_warm_function_keeps_its_process_and_its_function_environment(
    aws: Clients, invoke: Invoke
) -> None:
    code = """
import os, boto3

def handler(event, context):
    return [os.getpid(), os.environ["COLOUR"], boto3.client("sts").get_caller_identity()["Account"]]
"""
    name = deploy(aws, next(names), code, Environment={"Variables": {"COLOUR": "green"}})

    first, second = invoke(name)[0], invoke(name)[0]

    assert first == second
    assert first[1:] == ["green", "000000000000"]
