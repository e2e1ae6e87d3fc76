"""Runs an aiohttp application in a thread of its own, for tests and for whole local stacks."""

import asyncio
import ssl
import threading
from types import TracebackType
from typing import Self

from aiohttp import web

START_TIMEOUT_SECONDS = 30.0
# A client that still waits for a slow answer must not hold up the end of a test.
SHUTDOWN_TIMEOUT_SECONDS = 0.1


class AppThread:
    """One application on one port; `start` returns when it listens, `stop` when all is closed."""

    def __init__(
        self,
        app: web.Application,
        host: str = "127.0.0.1",
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._app = app
        self._ssl_context = ssl_context
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._listening = threading.Event()
        self._failure: BaseException | None = None
        self.host = host
        self.port = port

    @property
    def url(self) -> str:
        """The address without a trailing slash; the port is real once started."""
        scheme = "https" if self._ssl_context else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"

    def start(self) -> Self:
        """Listen; raises what the thread raised, such as an `OSError` for a port in use."""
        self._thread = threading.Thread(target=self._run, name=f"http {self.host}", daemon=True)
        self._thread.start()
        if not self._listening.wait(START_TIMEOUT_SECONDS):
            raise TimeoutError(f"nothing listens on {self.url} after {START_TIMEOUT_SECONDS} s")
        if self._failure:
            self._thread.join()
            raise self._failure
        return self

    def stop(self) -> None:
        """Close every connection and wait for the thread; calling it again does nothing."""
        thread, self._thread = self._thread, None
        if thread is None or not thread.is_alive():
            return
        if self._loop and self._stopping:
            self._loop.call_soon_threadsafe(self._stopping.set)
        thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            self._listening.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        runner = web.AppRunner(
            self._app,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=SHUTDOWN_TIMEOUT_SECONDS,
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, self.host, self.port, ssl_context=self._ssl_context)
            await site.start()
            self.port = runner.addresses[0][1]
            self._listening.set()
            await self._stopping.wait()
        finally:
            await runner.cleanup()


class AppServer:
    """Something that runs one application for as long as a `with` lasts."""

    def __init__(self, thread: AppThread) -> None:
        """Run what this thread serves."""
        self._thread = thread

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Listen; an `OSError` says that the port is taken."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection and stop listening."""
        self._thread.stop()
