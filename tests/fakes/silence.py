"""A service that takes every connection and never says a word."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.config import Config

IMPATIENT = Config(
    connect_timeout=0.5, read_timeout=0.05, retries={"mode": "standard", "total_max_attempts": 1}
)


@contextmanager
def silent_service() -> Iterator[str]:
    """Listen, and give the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
