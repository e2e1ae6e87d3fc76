"""The runtime executor `process`: each execution environment is one process on this machine."""

import logging
import math
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import (
    LambdaRuntimeException,
    RuntimeExecutor,
)

from localstack_process.environment import code_folder, function_environment, layers_of
from localstack_process.function_process import FunctionProcess, Program
from localstack_process.runtime_api import Invocation

LOG = logging.getLogger(__name__)
PYTHON_VARIABLE = "LAMBDA_PROCESS_PYTHON"
LOOPBACK = "127.0.0.1"


class ProcessExecutor(RuntimeExecutor):
    """Runs a function version in a process; after a failure the next invocation gets a new one."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id=id, function_version=function_version)
        self._environment: dict[str, str] = {}
        self._process: FunctionProcess | None = None
        self._stopped = False
        self._lock = threading.Lock()

    def start(self, env_vars: dict[str, Any]) -> None:
        """Start the process; its initialisation is part of the first invocation."""
        self._environment = function_environment(self.function_version, env_vars)
        self._usable_process()

    def stop(self) -> None:
        """End the process; an invocation under way is answered with an error."""
        with self._lock:
            self._stopped = True
            process = self._process
        if process is not None:
            process.end()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Handle one event and return the answer with what was printed meanwhile."""
        process = self._usable_process()
        invocation = Invocation(
            request_id=payload["invoke-id"],
            function_arn=payload["invoked-function-arn"],
            trace_id=payload["trace-id"],
            payload=payload["payload"].encode(),
            timeout=self.function_version.config.timeout,
        )
        failure = process.initialise(invocation.request_id)
        start = time.monotonic()
        answer = failure or process.handle(invocation)
        seconds = time.monotonic() - start
        return InvocationResult(
            request_id=invocation.request_id,
            payload=answer.payload,
            is_error=answer.is_error,
            logs="".join(self._log(invocation.request_id, answer.note, seconds, process)),
        )

    def get_logs(self) -> str:
        """Return all that the process printed."""
        return self._process.output() if self._process else ""

    def get_address(self) -> str:
        """Return where the process runs."""
        return LOOPBACK

    def get_endpoint_from_executor(self) -> str:
        """Return where the process finds LocalStack."""
        return LOOPBACK

    def get_runtime_endpoint(self) -> str:
        """Return nothing: the runtime client is given `AWS_LAMBDA_RUNTIME_API` instead."""
        return ""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unzip the code and the layers."""
        for code in (function_version.config.code, *layers_of(function_version)):
            code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Leave the unzipped files to LocalStack, which deletes its temporary folder."""

    @classmethod
    def validate_environment(cls) -> bool:
        """Check that the functions' Python is there, and say so when it is not."""
        python = os.environ.get(PYTHON_VARIABLE, "")
        found = os.access(python, os.X_OK)
        if not found:
            LOG.error(
                "%s must name a Python that has awslambdaric, not %r", PYTHON_VARIABLE, python
            )
        return found

    def _usable_process(self) -> FunctionProcess:
        with self._lock:
            if self._stopped:
                raise LambdaRuntimeException(f"Execution environment {self.id} was stopped")
            if self._process is None or not self._process.usable:
                self._process = FunctionProcess(self._program())
            return self._process

    def _program(self) -> Program:
        config = self.function_version.config
        return Program(
            python=os.environ[PYTHON_VARIABLE],
            handler=config.handler,
            code=code_folder(self.function_version),
            environment=self._environment,
        )

    def _log(
        self, request_id: str, note: str, seconds: float, process: FunctionProcess
    ) -> Iterator[str]:
        """The invocation's lines, framed as Lambda frames them."""
        yield f"START RequestId: {request_id} Version: {self.function_version.id.qualifier}\n"
        yield process.new_output()
        yield note
        yield f"END RequestId: {request_id}\n"
        yield "\t".join(
            [
                f"REPORT RequestId: {request_id}",
                f"Duration: {seconds * 1000:.2f} ms",
                f"Billed Duration: {math.ceil(seconds * 1000)} ms",
                f"Memory Size: {self.function_version.config.memory_size} MB",
            ]
        )
        if process.handled == 1 and process.initialisation_seconds:
            yield f"\tInit Duration: {process.initialisation_seconds * 1000:.2f} ms"
        yield "\n"
