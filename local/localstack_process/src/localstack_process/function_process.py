"""One process of one function: started, fed, watched, ended."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from localstack_process.answers import Answer, exited, timed_out
from localstack_process.runtime_api import Invocation, RuntimeApi, settle

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
# Lambda allows 10 s; a laptop that starts every function at once needs more.
INITIALISATION_LIMIT = 60.0


@dataclass(frozen=True)
class Program:
    """What to run: the functions' Python, the handler, its code and its environment."""

    python: str
    handler: str
    code: Path
    environment: Mapping[str, str]


class FunctionProcess:
    """A running function; once it has failed or ended it is not used again."""

    def __init__(self, program: Program) -> None:
        self._api = RuntimeApi()
        # A file instead of a pipe: all that was printed before the answer is there with it.
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        self._read = 0
        self._started = time.monotonic()
        self.initialisation_seconds: float | None = None
        self.handled = 0  # invocations
        try:
            self._process = self._start(program)
        except OSError:
            self._api.close()
            raise
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="function-process", daemon=True)
        self._watcher.start()

    @property
    def usable(self) -> bool:
        """Whether it can take another invocation."""
        return not self._ended.is_set()

    def initialise(self, request_id: str) -> Answer | None:
        """Wait until the handler's module is loaded; return the error if it can't be."""
        failure = self._outcome(self._api.initialised, request_id, INITIALISATION_LIMIT)
        if failure is not None:
            self.end()
        elif self.initialisation_seconds is None:
            self.initialisation_seconds = time.monotonic() - self._started
        return failure

    def handle(self, invocation: Invocation) -> Answer:
        """Have the function handle one event; whatever happens, there is an answer."""
        self.handled += 1
        self._api.deliver(invocation)
        if self._ended.is_set():
            self._give_up(invocation)
        return self._outcome(invocation.answer, invocation.request_id, invocation.timeout)

    def new_output(self) -> str:
        """What was printed since the last call."""
        printed = self._printed(self._read)
        self._read += len(printed)
        return printed.decode(errors="replace")

    def output(self) -> str:
        """All that was printed."""
        return self._printed(0).decode(errors="replace")

    def end(self) -> None:
        """Kill the process, and return when it is gone and reaped."""
        self._process.kill()
        self._watcher.join()

    def _start(self, program: Program) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [program.python, "-P", str(BOOTSTRAP), program.handler],
            cwd=program.code,
            env={**program.environment, "AWS_LAMBDA_RUNTIME_API": self._api.address},
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def _outcome[T](self, future: Future[T], request_id: str, limit: float) -> T | Answer:
        try:
            return future.result(limit)
        except TimeoutError:
            self.end()
            return timed_out(request_id, limit)

    def _watch(self) -> None:
        self._process.wait()
        self._ended.set()
        settle(self._api.initialised, None)
        for invocation in list(self._api.pending.values()):
            self._give_up(invocation)
        self._api.close()
        if self._process.stdin:
            self._process.stdin.close()

    def _give_up(self, invocation: Invocation) -> None:
        settle(invocation.answer, exited(invocation.request_id, self._process.wait()))

    def _printed(self, start: int) -> bytes:
        # The process writes at the shared offset of this file: read without moving it.
        file = self._output.fileno()
        return os.pread(file, os.fstat(file).st_size - start, start)
