"""A request to Qlik Cloud's data integration API, taken apart. A project stands for a server."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.mock_qlik.fleet import SimulatedServer
from local.mock_qlik.task import SimulatedTask
from local.mock_qlik.world import World


class CloudError(Exception):
    """The Cloud API says no."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


@dataclass(frozen=True)
class CloudCall:
    """What is asked: identifiers out of the path, the query and the body."""

    world: World
    ids: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    @property
    def now(self) -> float:
        """The scenario's time."""
        return self.world.clock.now()

    @property
    def server(self) -> SimulatedServer:
        """The server that stands for the project."""
        found = self.world.fleet.projects.get(self.ids["project"])
        if found is None:
            raise CloudError(404, "NOT_FOUND", f"Project {self.ids['project']} was not found.")
        return found

    @property
    def task(self) -> SimulatedTask:
        """The task behind the data task."""
        found = self.server.data_tasks.get(self.ids["task"])
        if found is None:
            raise CloudError(404, "NOT_FOUND", f"Data task {self.ids['task']} was not found.")
        return found

    @property
    def reachable_task(self) -> SimulatedTask:
        """The task, if the project's gateway can be reached."""
        task = self.task
        self.server.must_be_readable(self.now)
        return task

    def payload(self) -> dict[str, Any]:
        """Read the JSON body, which may be missing."""
        try:
            payload = json.loads(self.body or b"{}")
        except ValueError as error:
            raise CloudError(400, "INVALID_BODY", f"The body is not JSON: {error}") from error
        if not isinstance(payload, dict):
            raise CloudError(400, "INVALID_BODY", "The body is not a JSON object.")
        return payload
