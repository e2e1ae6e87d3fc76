"""The application around the endpoints, and `MockOidc`, which runs it for a test."""

from collections.abc import Awaitable, Callable
from typing import Self

from aiohttp import web

from local.http_thread import AppServer, AppThread
from local.mock_oidc import control, endpoints
from local.mock_oidc.state import STATE, USERS, Client, Fault, MockState, User

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(state: MockState) -> web.Application:
    """The mock as an aiohttp application."""
    app = web.Application(middlewares=[_serve])
    app[STATE] = state
    app.add_routes([*endpoints.routes(), *control.routes()])
    return app


@web.middleware
async def _serve(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Hang up while down; else note the request and let the endpoint answer."""
    if request.path.startswith(control.PREFIX):
        return await handler(request)
    state = request.app[STATE]
    if state.is_down:
        if request.transport is not None:
            request.transport.abort()
        # The connection is closed already; aiohttp wants a response to throw away.
        return web.Response()
    state.asked.append(f"{request.method} {request.path}")
    return await handler(request)


class MockOidc(AppServer):
    """The mock provider on a port of its own, for as long as the `with` lasts."""

    def __init__(
        self,
        client: Client | None = None,
        users: tuple[User, ...] = USERS,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.client = client or Client()
        self._state = MockState(self.client, users)
        super().__init__(AppThread(create_app(self._state), host=host, port=port))

    def start(self) -> Self:
        """Listen; an `OSError` says that the port is taken."""
        self._state.rotate()
        super().start()
        self._state.issuer = self._thread.url
        return self

    @property
    def issuer(self) -> str:
        """What to set OIDC_ISSUER to."""
        return self._state.issuer

    @property
    def asked(self) -> list[str]:
        """Method and path of every request so far."""
        return list(self._state.asked)

    @property
    def tokens(self) -> list[str]:
        """Every code and token that was given so far."""
        return list(self._state.tokens)

    def fail(self, fault: Fault) -> None:
        """Do this wrong from now on."""
        self._state.fault = fault

    def rotate(self) -> None:
        """Sign with a new key from now on; the one before it stays published."""
        self._state.rotate()

    def down(self) -> None:
        """Close every new request's connection at once, without an answer."""
        self._state.is_down = True

    def up(self) -> None:
        """Answer again."""
        self._state.is_down = False
