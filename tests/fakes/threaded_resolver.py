"""Lets many threads of one process call a handler at once, as many containers would.

Powertools keeps the event that it works on in a class, as Lambda gives a container one at a time.
Here each thread keeps its own. Logs, metrics and traces are kept alike, so that they are left out.
"""

import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from tests.fakes.lambda_context import FakeLambdaContext

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@contextmanager
def in_threads(handler: Handler) -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    """Give what calls the handler from any thread."""
    own, original = threading.local(), APIGatewayRestResolver._to_proxy_event
    bare: Any = inspect.unwrap(handler)

    def to_proxy_event(self: APIGatewayRestResolver, event: dict[str, Any]) -> Any:
        own.event = original(self, event)
        return own.event

    def call(event: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = bare(event, FakeLambdaContext())
        return answer

    kept = property(lambda _self: own.event)
    with (
        patch.object(APIGatewayRestResolver, "_to_proxy_event", to_proxy_event),
        patch.object(APIGatewayRestResolver, "current_event", kept, create=True),
    ):
        yield call
