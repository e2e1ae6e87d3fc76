"""A Qlik of a few lines on loopback, for answers that the mock server would never give."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

BASE = "/attunityenterprisemanager/api/v1"
SESSION = {"EnterpriseManager.APISessionID": "a-session"}


@dataclass(frozen=True)
class Reply:
    """What is answered.

    `cut` leaves out bytes that the length promises, `drop` answers nothing at all, and `trickle`
    pauses for so many seconds before each byte.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int = 0
    drop: bool = False
    trickle: float = 0.0


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str
    target: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        """The path below the API's base, decoded twice, without the query."""
        return unquote(unquote(self.target.partition("?")[0])).removeprefix(BASE)


type Script = Callable[[Request], Reply]


class Scripted:
    """The running server."""

    def __init__(self, server: ThreadingHTTPServer, scheme: str) -> None:
        self.port = int(server.server_address[1])
        self.url = f"{scheme}://localhost:{self.port}"
        self.requests: list[Request] = []

    def asked(self, text: str) -> list[Request]:
        """Return the requests whose path holds `text`."""
        return [one for one in self.requests if text in one.path]


def json_reply(document: object, status: int = 200, **headers: str) -> Reply:
    """Answer with JSON."""
    return Reply(status, json.dumps(document).encode(), headers)


def a_manager(answers: Mapping[str, Reply | Script]) -> Script:
    """Answer the login and these paths; everything else is not found."""

    def script(request: Request) -> Reply:
        known: Mapping[str, Reply | Script] = {"/login": Reply(headers=SESSION), **answers}
        answer = known.get(request.path, Reply(404))
        return answer if isinstance(answer, Reply) else answer(request)

    return script


def one_server(**answers: Reply | Script) -> Script:
    """Answer for the server S with the task T; keywords are `tasks`, `details`, `servers`."""
    task = {"name": "T", "state": "RUNNING", "stop_reason": "NONE"}
    replies: dict[str, Reply | Script] = {
        "servers": json_reply({"serverList": [{"name": "S", "state": "MONITORED"}]}),
        "server": json_reply({"server_details": {}}),
        "tasks": json_reply({"taskList": [task]}),
        "details": json_reply({"name": "T", "state": "RUNNING", "task_stop_reason": "NONE"}),
        **answers,
    }
    return a_manager(
        {
            "/servers": replies["servers"],
            "/servers/S": replies["server"],
            "/servers/S/tasks": replies["tasks"],
            "/servers/S/tasks/T": replies["details"],
        }
    )


@contextmanager
def scripted(script: Script, context: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    """Serve `script` on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = Request(self.command, self.path, dict(self.headers))
            qlik.requests.append(request)
            reply = script(request)
            if reply.drop:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) + reply.cut))
            self.end_headers()
            for part in [reply.body] if not reply.trickle else map(chr, reply.body):
                time.sleep(reply.trickle)
                self.wfile.write(part if isinstance(part, bytes) else part.encode())
            self.close_connection = self.close_connection or bool(reply.cut)

        do_GET = do_POST = do_CONNECT = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that gives up is part of the play."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        qlik = Scripted(server, "https" if context else "http")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield qlik
        finally:
            server.shutdown()
            thread.join()
