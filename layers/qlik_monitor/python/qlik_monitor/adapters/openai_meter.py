"""Counts at the wire what the model's service takes: for answers nobody could use as well.

An answer that is cut off, refused or no JSON costs tokens like any other, and a repetition that the
client makes by itself may be billed twice. Only what goes over the wire shows both.
"""

import contextlib
import json
import threading
from typing import Any, NamedTuple

from openai import DefaultHttpxClient

REFUSED = 400
"""From this status on the service has answered with an error, and bills nothing."""
ASKED = "send_request_headers.started"
"""How the HTTP client names the moment from which a request may reach the service."""


class Taken(NamedTuple):
    """What one question has taken."""

    prompt_tokens: int
    completion_tokens: int
    lost: int
    """Requests that went out and whose cost never came back: timed out, cut, or told without it."""


class Meter(threading.local):
    """Counts for one client; each thread's questions apart."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.begin()

    def begin(self) -> None:
        """Forget what was counted, before a question."""
        self._sent = 0
        self._known = 0
        self._prompt_tokens = 0
        self._completion_tokens = 0

    def taken(self) -> Taken:
        """Return what was counted since `begin`."""
        return Taken(self._prompt_tokens, self._completion_tokens, self._sent - self._known)

    def http_client(self) -> DefaultHttpxClient:
        """Return a client of OpenAI's own defaults that is counted."""
        return _Client(event_hooks={"request": [self._before], "response": [self._after]})

    def _before(self, request: Any) -> None:
        request.extensions["trace"] = self._traced

    def _traced(self, event: str, _info: object) -> None:
        # Where not even a connection came about, nothing was asked and nothing is billed.
        if event.endswith(ASKED):
            self._sent += 1

    def _after(self, response: Any) -> None:
        # Read here, a body that breaks off counts as lost; the client would read it anyway.
        body = response.read()
        if response.status_code >= REFUSED:
            self._known += 1
            return
        usage = _usage(body)
        if usage is not None:
            self._known += 1
            self._prompt_tokens += usage[0]
            self._completion_tokens += usage[1]


class _Client(DefaultHttpxClient):
    """Closes its connections when nobody uses it any more, as the one that OpenAI makes does."""

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()


def _usage(body: bytes) -> tuple[int, int] | None:
    """Read the tokens that an answer says it took; None where it says nothing of use."""
    try:
        usage = json.loads(body)["usage"]
        tokens = usage["prompt_tokens"], usage["completion_tokens"]
    except (ValueError, TypeError, KeyError, IndexError):
        return None
    return tokens if all(type(number) is int and number >= 0 for number in tokens) else None
