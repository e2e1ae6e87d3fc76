"""The simulated servers with their tasks."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Self
from uuid import NAMESPACE_URL, uuid5

from local.mock_qlik.scenario import Scenario, ServerSpec, expanded
from local.mock_qlik.scenario_parts import EndpointSpec
from local.mock_qlik.task import SimulatedTask
from local.mock_qlik.vocabulary import ErrorCode, LicenseState, Refusal, ServerState, TaskState


@dataclass
class SimulatedServer:
    """A Replicate server, its tasks by name, and whether they can be read."""

    spec: ServerSpec
    tasks: dict[str, SimulatedTask]

    @classmethod
    def of(cls, spec: ServerSpec, scenario: Scenario) -> Self:
        """Build the server that a scenario describes."""
        tasks = (
            SimulatedTask(task, spec.name, scenario.seed, scenario.stale_seconds)
            for task in expanded(spec.tasks)
        )
        return cls(spec, {task.spec.name.casefold(): task for task in tasks})

    @cached_property
    def cloud_id(self) -> str:
        """Its identifier in Qlik Cloud, as a project: the same in each run."""
        return str(uuid5(NAMESPACE_URL, self.spec.name))

    @cached_property
    def data_tasks(self) -> dict[str, SimulatedTask]:
        """The tasks by their identifier in Qlik Cloud."""
        return {task.cloud_id: task for task in self.tasks.values()}

    def task(self, name: str) -> SimulatedTask:
        """Find a task, whatever the case of its name."""
        try:
            return self.tasks[name.casefold()]
        except KeyError as error:
            raise Refusal(
                ErrorCode.AEM_TASK_NOT_FOUND,
                f"Task {name!r} was not found on server {self.spec.name!r}.",
            ) from error

    def trouble(self, at: float) -> bool:
        """Whether what the scenario says of the server's state holds now."""
        if at < self.spec.onset_seconds:
            return False
        lasts = self.spec.lasts_seconds
        return lasts is None or at < self.spec.onset_seconds + lasts

    def state(self, at: float) -> ServerState:
        """Say whether the server is monitored."""
        return self.spec.state if self.trouble(at) else ServerState.MONITORED

    def message(self, at: float) -> str:
        """Say why it is not monitored."""
        return self.spec.message if self.trouble(at) else ""

    def must_be_readable(self, at: float) -> None:
        """Refuse when the server's tasks cannot be reached."""
        refusals = {
            ServerState.NOT_MONITORED: ErrorCode.AEM_SERVER_NOT_MONITORED,
            ServerState.NOT_CONNECTED: ErrorCode.AEM_SERVER_NOT_CONNECTED,
            ServerState.ERROR: ErrorCode.AEM_SERVER_NOT_CONNECTED,
        }
        code = refusals.get(self.state(at))
        if self.trouble(at) and self.spec.refuses_with:
            code = self.spec.refuses_with
        if code:
            what = "monitored" if code is ErrorCode.AEM_SERVER_NOT_MONITORED else "connected"
            raise Refusal(code, f"Server {self.spec.name!r} is not {what}. {self.message(at)}")

    def must_be_licensed(self) -> None:
        """Refuse when the licence does not allow tasks to run."""
        state = self.spec.licence.state
        if state is LicenseState.EXPIRED_LICENSE:
            raise Refusal(
                ErrorCode.AEM_SERVER_LICENSE_EXPIRED,
                f"The license of server {self.spec.name!r} has expired.",
            )
        if state is not LicenseState.VALID_LICENSE:
            raise Refusal(
                ErrorCode.AEM_SERVER_INVALID_LICENSE,
                f"The license of server {self.spec.name!r} is not valid.",
            )

    def summary(self, at: float) -> Counter[TaskState]:
        """Count the tasks by visible state."""
        return Counter(task.visible(at).symptoms.state for task in self.tasks.values())

    def endpoints(self) -> dict[str, tuple[EndpointSpec, str]]:
        """List endpoints by name with their roles: those of the tasks, as the server words them."""
        found: dict[str, tuple[EndpointSpec, str]] = {}
        for task in self.tasks.values():
            found[task.spec.source_endpoint.name] = (task.spec.source_endpoint, "SOURCE")
            found[task.spec.target_endpoint.name] = (task.spec.target_endpoint, "TARGET")
        for endpoint in self.spec.endpoints:
            role = found.get(endpoint.name, (endpoint, "SOURCE"))[1]
            found[endpoint.name] = (endpoint, role)
        return found


class Fleet:
    """Every server of the scenario, by name."""

    def __init__(self, scenario: Scenario) -> None:
        servers = (SimulatedServer.of(spec, scenario) for spec in expanded(scenario.servers))
        self.servers = {server.spec.name.casefold(): server for server in servers}
        self.projects = {server.cloud_id: server for server in self.servers.values()}

    def server(self, name: str) -> SimulatedServer:
        """Find a server, whatever the case of its name."""
        try:
            return self.servers[name.casefold()]
        except KeyError as error:
            raise Refusal(
                ErrorCode.AEM_SERVER_NOT_FOUND, f"Server {name!r} was not found."
            ) from error
