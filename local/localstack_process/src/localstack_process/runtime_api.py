"""The Lambda Runtime API for one function process, on a loopback port of its own.

GET  /2018-06-01/runtime/invocation/next             blocks until there is an event
POST /2018-06-01/runtime/invocation/{id}/response    the handler's result
POST /2018-06-01/runtime/invocation/{id}/error       the handler raised
POST /2018-06-01/runtime/init/error                  the handler's module could not be loaded
"""

import threading
import time
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue

from localstack_process.answers import Answer

PREFIX = "/2018-06-01/runtime"


@dataclass(frozen=True)
class Invocation:
    """One event on its way through a function."""

    request_id: str
    function_arn: str
    trace_id: str
    payload: bytes
    timeout: float  # seconds
    answer: Future[Answer] = field(default_factory=Future)

    @property
    def headers(self) -> dict[str, str]:
        """What the runtime client needs to build the handler's context; the clock starts now."""
        return {
            # awslambdaric dies of a segmentation fault when this one is missing.
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self.timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.function_arn,
            "Lambda-Runtime-Trace-Id": self.trace_id,
        }


def settle[T](future: Future[T], result: T) -> None:
    """Set the result unless something else was faster."""
    with suppress(InvalidStateError):
        future.set_result(result)


class RuntimeApi(ThreadingHTTPServer):
    """Hands invocations to the runtime client of one process and takes its answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        # None once the handler's module is loaded, or the error that prevented it.
        self.initialised: Future[Answer | None] = Future()
        self.events: SimpleQueue[Invocation | None] = SimpleQueue()
        self.pending: dict[str, Invocation] = {}
        self._serving = threading.Thread(
            target=self.serve_forever,
            kwargs={"poll_interval": 0.1},
            name="runtime-api",
            daemon=True,
        )
        self._serving.start()

    @property
    def address(self) -> str:
        """The value of `AWS_LAMBDA_RUNTIME_API`."""
        return f"127.0.0.1:{self.server_port}"

    def deliver(self, invocation: Invocation) -> None:
        """Queue an event for the process."""
        self.pending[invocation.request_id] = invocation
        self.events.put(invocation)

    def close(self) -> None:
        """Let go of a waiting process and stop listening."""
        self.events.put(None)
        self.shutdown()
        self._serving.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body are sent apart: without this each answer waits 40 ms for an acknowledgement.
    disable_nagle_algorithm = True
    server: RuntimeApi

    def do_GET(self) -> None:
        if self.path != f"{PREFIX}/invocation/next":
            return self._reply(HTTPStatus.NOT_FOUND)
        settle(self.server.initialised, None)
        invocation = self.server.events.get()
        if invocation is None:  # the process has ended: there is nobody to reply to
            self.close_connection = True
            return None
        return self._reply(HTTPStatus.OK, invocation.payload, invocation.headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        match self.path.removeprefix(PREFIX).split("/"):
            case ["", "init", "error"]:
                settle(self.server.initialised, Answer(body, is_error=True))
            case ["", "invocation", request_id, "response" | "error" as outcome]:
                # A late answer, after the timeout, finds nobody waiting.
                invocation = self.server.pending.pop(request_id, None)
                if invocation is not None:
                    settle(invocation.answer, Answer(body, is_error=outcome == "error"))
            case _:
                return self._reply(HTTPStatus.NOT_FOUND)
        return self._reply(HTTPStatus.ACCEPTED, b'{"status":"OK"}')

    def _reply(
        self, status: HTTPStatus, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: LocalStack logs the invocation itself."""
