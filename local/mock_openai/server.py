"""The application around the endpoints, and `MockOpenAI`, which runs it for a test."""

import json
import logging
import uuid
from datetime import UTC, datetime
from typing import Any, Self

from aiohttp import web

from local.http_thread import AppServer, AppThread
from local.mock_openai import api, control
from local.mock_openai.errors import ApiError, check_key
from local.mock_openai.faults import hang_up, server_error
from local.mock_openai.scenario import Rule, Scenario
from local.mock_openai.state import LOGGED, STATE, Answering, LoggedRequest, MockState

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 32 * 1024 * 1024
SECRET_HEADERS = ("authorization", "api-key", "cookie")


def create_app(state: MockState) -> web.Application:
    """The mock as an aiohttp application."""
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[_serve])
    app[STATE] = state
    app.add_routes([*api.routes(), *control.routes()])
    return app


@web.middleware
async def _serve(request: web.Request, handler: api.Handler) -> web.StreamResponse:
    """Hang up while down; else log the request and let the endpoint answer."""
    if request.path.startswith(control.PREFIX):
        return await handler(request)
    try:
        if request.app[STATE].is_down:
            hang_up(request)
        return await _logged(request, handler)
    except ConnectionResetError:
        # The connection is closed already; aiohttp wants a response to throw away.
        return web.Response()


async def _logged(request: web.Request, handler: api.Handler) -> web.StreamResponse:
    state = request.app[STATE]
    entry = _entry(request, await request.read(), state.seen + 1)
    state.seen = entry.number
    state.requests.append(entry)
    request[LOGGED] = entry
    response = await _answered(request, handler)
    entry.status = response.status
    entry.outcome = entry.outcome or ("refused" if response.status >= 400 else "answered")
    response.headers["x-request-id"] = entry.request_id
    response.headers["openai-version"] = "2020-10-01"
    response.headers["openai-organization"] = "org-mock"
    return response


async def _answered(request: web.Request, handler: api.Handler) -> web.StreamResponse:
    try:
        check_key(request.headers.get("authorization"), request.app[STATE].scenario.api_key)
        return await handler(request)
    except ApiError as error:
        return error.response()
    except web.HTTPException as error:
        # A path or method that OpenAI doesn't have either.
        message = f"Invalid URL ({request.method} {request.path})"
        return ApiError(error.status, message).response()
    except ConnectionResetError:
        raise
    except Exception:
        log.exception("the mock itself failed at %s %s", request.method, request.path)
        return server_error().response()


def _entry(request: web.Request, body: bytes, number: int) -> LoggedRequest:
    return LoggedRequest(
        number=number,
        at=datetime.now(UTC),
        method=request.method,
        path=request.path,
        authorization=request.headers.get("authorization", "").partition(" ")[0] or None,
        headers={
            name.lower(): value
            for name, value in request.headers.items()
            if name.lower() not in SECRET_HEADERS
        },
        body=_decoded(body),
        request_id=f"req_{uuid.uuid4().hex}",
    )


def _decoded(body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


class MockOpenAI(AppServer):
    """The mock server on a port of its own, for as long as the `with` lasts.

    `answering` answers what no rule matches; it runs in the server's thread.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        answering: Answering | None = None,
    ) -> None:
        self.scenario = scenario or Scenario()
        self._state = MockState(self.scenario, answering)
        super().__init__(AppThread(create_app(self._state), host=host, port=port))

    @property
    def url(self) -> str:
        """The base address for the `openai` client; ends in `/v1`."""
        return f"{self._thread.url}/v1"

    @property
    def control_url(self) -> str:
        """The base address of the control API."""
        return f"{self._thread.url}/_mock"

    @property
    def api_key(self) -> str:
        """The one key the server takes."""
        return self.scenario.api_key

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request under `/v1` so far, in order."""
        return list(self._state.requests)

    def script(self, *rules: Rule | dict[str, Any]) -> Self:
        """Answer by these rules from now on, in place of those there were."""
        self._state.rules.replace(Rule.model_validate(rule) for rule in rules)
        return self

    def clear(self) -> None:
        """Be as at the start: the scenario's rules, an empty log, up."""
        self._state.reset()

    def down(self) -> None:
        """Close every new request's connection at once, without an answer."""
        self._state.is_down = True

    def up(self) -> None:
        """Answer again."""
        self._state.is_down = False
