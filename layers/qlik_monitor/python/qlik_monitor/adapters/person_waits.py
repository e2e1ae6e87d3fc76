"""AWS while a person waits: clients give up soon, and no call begins too late to tell of it.

    request ── calls of CALL_SECONDS at most ──▶ LAST_SECONDS before its end, none begins ──▶ a page

API Gateway waits 29 seconds, and Lambda ends a function without a word. In a step of the workflow
nobody waits, and each adapter's own patience holds.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError

if TYPE_CHECKING:
    from botocore.client import BaseClient

CONNECT_SECONDS, ANSWER_SECONDS, ATTEMPTS = 1.0, 1.5, 2
PAUSE_SECONDS = 1.0
"""The longest that botocore waits before a second attempt."""
CALL_SECONDS = ATTEMPTS * (CONNECT_SECONDS + ANSWER_SECONDS) + PAUSE_SECONDS
LAST_SECONDS = CALL_SECONDS + 3.0
"""What is left for the last call that may begin, a message to chat after it, and the page."""
BRIEF = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=ANSWER_SECONDS,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
)


class NoTimeLeft(BotoCoreError):
    """The request that a person waits for ends too soon for another call."""

    fmt = "{operation} would not end before the request does"


class _Request:
    """The request that is under way: an execution environment serves one at a time."""

    ends: float | None = None
    """On the monotonic clock; None in a step of the workflow."""


@contextmanager
def a_person_waits(milliseconds: int) -> Iterator[None]:
    """Hurry, as the request has so much time left."""
    _Request.ends = time.monotonic() + milliseconds / 1000
    try:
        yield
    finally:
        _Request.ends = None


def brief_or(patient: Config) -> Config:
    """Return how a client that is made now shall wait: briefly while a person waits."""
    return patient if _Request.ends is None else BRIEF


def refuse_late_calls(client: "BaseClient") -> None:
    """Let a client begin no call in a request's last seconds: it raises NoTimeLeft."""
    client.meta.events.register("before-call", _in_time)


def _in_time(model: Any, **_: object) -> None:
    ends = math.inf if _Request.ends is None else _Request.ends
    if ends - time.monotonic() < LAST_SECONDS:
        raise NoTimeLeft(operation=model.name)
