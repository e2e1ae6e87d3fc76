"""Runs the committed state machine in process, on moto, with Python functions as its Lambdas."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend

ROOT = Path(__file__).resolve().parents[2]
ASL = ROOT / "state_machine.asl.json"
CONFIG: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
Function = Callable[[dict[str, Any]], Any]
PATIENCE_SECONDS = 60.0


def definition(quick: bool = True) -> str:
    """Return the committed ASL with names for places; retries without their waits if quick."""
    text = re.sub(r"\$\{(\w+)\}", r"\1", ASL.read_text())
    if quick:
        text = re.sub(r'"IntervalSeconds": \d+', '"IntervalSeconds": 1', text)
        text = re.sub(r'"MaxDelaySeconds": \d+', '"MaxDelaySeconds": 2', text)
        text = re.sub(r'"BackoffRate": \d+', '"BackoffRate": 1', text)
    return text


class Machine:
    """A state machine whose Lambdas are Python functions; it records each call."""

    def __init__(self, functions: dict[str, Function]) -> None:
        """Create it in the mocked account that is active now."""
        self.functions = functions
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.done: list[str] = []
        self._states = boto3.client("stepfunctions")
        role = _role()
        self._arn = self._states.create_state_machine(
            name="cycle", definition=definition(), roleArn=role
        )["stateMachineArn"]

    def start(self, name: str = "cycle-1") -> str:
        """Start a cycle."""
        answer = self._states.start_execution(stateMachineArn=self._arn, name=name, input="{}")
        return str(answer["executionArn"])

    def wait(self, execution: str) -> dict[str, Any]:
        """Wait for its end; return its description with the output read."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer: dict[str, Any] = dict(self._states.describe_execution(executionArn=execution))
            if answer["status"] != "RUNNING":
                return answer | {"output": json.loads(answer.get("output") or "{}")}
            time.sleep(0.02)
        raise TimeoutError(f"{execution} is still running; calls: {self.names}")

    def run(self, name: str = "cycle-1") -> dict[str, Any]:
        """Start a cycle and wait for its end."""
        return self.wait(self.start(name))

    def waits_for(self, function: str, seconds: float) -> bool:
        """Tell whether a function is called within some seconds."""
        deadline = time.monotonic() + seconds
        while function not in self.done and time.monotonic() < deadline:
            time.sleep(0.02)
        return function in self.done

    def wait_for_call(self, function: str) -> None:
        """Wait until a function was called and has answered."""
        if not self.waits_for(function, PATIENCE_SECONDS):
            raise TimeoutError(f"{function} was not called; calls: {self.names}")

    def wait_for_calls(self, function: str, times: int) -> None:
        """Wait until a function was called and has answered so many times."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.done.count(function) < times:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{function} was called too seldom; calls: {self.names}")
            time.sleep(0.02)

    @property
    def names(self) -> list[str]:
        """The functions that were called, in order."""
        return [name for name, _ in self.calls]

    def approve(self, task_token: str, status: str) -> None:
        """Answer a waiting step, as the approval page does."""
        self._states.send_task_success(taskToken=task_token, output=json.dumps({"status": status}))


@contextmanager
def machine(**functions: Function) -> Iterator[Machine]:
    """Mock AWS and put the functions behind the state machine's Lambdas."""
    with mock_aws(config=CONFIG):
        made = Machine(functions)

        def invoke(
            _self: object,
            function_name: str,
            _qualifier: str | None,
            body: Any,
            _headers: Any,
            response_headers: Any,
        ) -> bytes:
            name, event = function_name.rsplit(":", 1)[-1], json.loads(body)
            made.calls.append((name, event))
            try:
                answer = json.dumps(made.functions[name](event)).encode()
                made.done.append(name)
                return answer
            except Exception as error:  # as Lambda does with whatever a handler raises
                response_headers["x-amz-function-error"] = "Unhandled"
                failure = {"errorType": type(error).__name__, "errorMessage": str(error)}
                return json.dumps(failure).encode()

        # The one patch of the suite: moto has no public way to put Python behind a Lambda.
        with patch.object(LambdaSimpleBackend, "invoke", invoke):
            _create_lambdas(list(functions))
            yield made


def _role() -> str:
    policy = {"Version": "2012-10-17", "Statement": []}
    answer = boto3.client("iam").create_role(
        RoleName="workflow", AssumeRolePolicyDocument=json.dumps(policy)
    )
    return str(answer["Role"]["Arn"])


def _create_lambdas(names: list[str]) -> None:
    client = boto3.client("lambda")
    role = "arn:aws:iam::123456789012:role/workflow"
    for name in names:
        client.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler=f"functions.{name}.handler.handler",
            Code={"ZipFile": b"-"},
        )
