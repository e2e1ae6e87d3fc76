"""A LocalStack that somebody else runs, and how to tell that one answers."""

import http.client
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

ENDPOINT_VARIABLE = "LOCALSTACK_ENDPOINT"


class LocalStackFailed(RuntimeError):
    """LocalStack could not be started or reached; the message says what to do."""


class RunningLocalStack:
    """A LocalStack to use without owning it."""

    outlives_us = True
    """Whether it goes on, with all that was made in it, after whoever uses it."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint.rstrip("/")

    def start(self) -> Self:
        """Check that it answers."""
        if not is_healthy(self.endpoint):
            raise LocalStackFailed(
                f"{ENDPOINT_VARIABLE}={self.endpoint} does not answer: start LocalStack there,"
                " or unset the variable to have one started."
            )
        return self

    def stop(self) -> None:
        """Leave it as it is."""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def is_healthy(endpoint: str) -> bool:
    """Ask LocalStack itself, past any proxy that the environment names."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=5)
    try:
        connection.request("GET", "/_localstack/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
