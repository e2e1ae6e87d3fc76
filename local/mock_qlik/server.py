"""Start and stop the mock server: in the foreground's event loop, or in a thread for tests."""

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from local.mock_qlik.application import Application
from local.mock_qlik.control import Control
from local.mock_qlik.request_log import Entry
from local.mock_qlik.scenario import Scenario
from local.mock_qlik.scenario_file import load_scenario, parse_scenario
from local.mock_qlik.scenario_parts import Credentials
from local.mock_qlik.served import Served
from local.mock_qlik.tls import server_context
from local.mock_qlik.world import World

LOOPBACK = "127.0.0.1"


class RunningServer:
    """A listening server, in the event loop that started it."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.url = ""
        self._runner = web.AppRunner(
            application.web_application(), access_log=None, shutdown_timeout=0.5
        )

    async def start(self, host: str = LOOPBACK, port: int = 0, ca_file: Path | None = None) -> None:
        """Listen; over HTTPS if there is a file to write the authority's certificate to."""
        context = server_context(ca_file, host) if ca_file else None
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, ssl_context=context)
        await site.start()
        bound = self._runner.addresses[0][1]
        self.url = f"{'https' if context else 'http'}://{host}:{bound}"

    async def stop(self) -> None:
        """Stop listening, and drop what is open: a polite TLS goodbye would wait for the client."""
        for connection in self._runner.server.connections if self._runner.server else ():
            if connection.transport is not None:
                connection.transport.abort()
        await self._runner.cleanup()
        await asyncio.sleep(0)


class MockQlik:
    """The mock server for synchronous code: `with MockQlik(scenario) as qlik: qlik.url`.

    Its clock stands still unless a speed is given: a test moves it with `qlik.control.advance`.
    """

    def __init__(
        self,
        scenario: Scenario | Mapping[str, Any] | Path,
        *,
        tls: bool = False,
        speed: float | None = 0.0,
    ) -> None:
        self._scenario = _as_scenario(scenario)
        self._tls = tls
        self._speed = speed
        self.url = ""
        self.ca_bundle: Path | None = None

    def __enter__(self) -> Self:
        self._folder = TemporaryDirectory(prefix="mock-qlik-")
        if self._tls:
            self.ca_bundle = Path(self._folder.name) / "ca.pem"
        self._application = Application(World(self._scenario, self._speed))
        self._loop = asyncio.new_event_loop()
        self._server = RunningServer(self._application)
        self._loop.run_until_complete(self._server.start(ca_file=self.ca_bundle))
        self.url = self._server.url
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="mock-qlik", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()
        self._folder.cleanup()

    @property
    def control(self) -> Control:
        """What may be done to the server."""
        return self._application.control

    @property
    def credentials(self) -> Credentials:
        """Who may log in."""
        return self._scenario.credentials

    @property
    def served(self) -> Served:
        """Which of the texts that are watched for were sent, and how often."""
        return self._application.served

    @property
    def requests(self) -> list[Entry]:
        """The requests so far, the control API's left out."""
        return self.control.requests()


def _as_scenario(scenario: Scenario | Mapping[str, Any] | Path) -> Scenario:
    if isinstance(scenario, Scenario):
        return scenario
    return load_scenario(scenario) if isinstance(scenario, Path) else parse_scenario(scenario)
