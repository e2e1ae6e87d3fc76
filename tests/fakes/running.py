"""Calls handlers as Lambda does: the event and the answer pass through JSON."""

import json
from collections.abc import Callable
from typing import Any

from tests.fakes.lambda_context import FakeLambdaContext

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def run(handler: Handler, event: dict[str, Any]) -> dict[str, Any]:
    """Run a handler on an event."""
    answer = handler(json.loads(json.dumps(event)), FakeLambdaContext())
    read: dict[str, Any] = json.loads(json.dumps(answer))
    return read
