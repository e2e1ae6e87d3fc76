"""A request to Enterprise Manager, taken apart."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.mock_qlik.fleet import SimulatedServer
from local.mock_qlik.task import SimulatedTask
from local.mock_qlik.vocabulary import ErrorCode, Refusal
from local.mock_qlik.world import World


@dataclass(frozen=True)
class Call:
    """What is asked: the parts of the path alternate between a collection and a name."""

    world: World
    method: str
    parts: Sequence[str]
    query: Mapping[str, str]
    body: bytes
    says_its_length: bool

    @property
    def shape(self) -> str:
        """The path with its names left out: `servers/*/tasks`."""
        return "/".join("*" if index % 2 else part for index, part in enumerate(self.parts))

    @property
    def action(self) -> str:
        """The action in the query, if any."""
        return self.query.get("action", "").lower()

    @property
    def server_name(self) -> str:
        """The server's name in the path, if any."""
        return self.parts[1] if len(self.parts) > 1 else ""

    @property
    def task_name(self) -> str:
        """The task's name in the path, if any."""
        return self.parts[3] if self.shape.startswith("servers/*/tasks/*") else ""

    @property
    def now(self) -> float:
        """The scenario's time."""
        return self.world.clock.now()

    @property
    def server(self) -> SimulatedServer:
        """The server that the path names, whether its tasks can be read or not."""
        return self.world.fleet.server(self.server_name)

    @property
    def readable_server(self) -> SimulatedServer:
        """The server that the path names, if its tasks can be read."""
        server = self.server
        server.must_be_readable(self.now)
        return server

    @property
    def task(self) -> SimulatedTask:
        """The task that the path names."""
        return self.readable_server.task(self.task_name)

    def payload(self) -> dict[str, Any]:
        """Read the JSON body; none is an empty one, and `$type` in it is nothing special."""
        try:
            payload = json.loads(self.body or b"{}")
        except ValueError as error:
            raise malformed(f"The body is not JSON: {error}") from error
        if not isinstance(payload, dict):
            raise malformed("The body is not a JSON object.")
        return payload

    def timeout(self) -> float:
        """Read the timeout in seconds; 60 by default, as the REST pages say."""
        text = self.query.get("timeout", "60")
        if not text.isdecimal():
            raise malformed(f"timeout={text!r} is not a whole number of seconds.")
        return float(text)


def malformed(message: str) -> Refusal:
    """Refuse what cannot be read."""
    return Refusal(ErrorCode.DESERIALIZE_TO_TYPE, message)
