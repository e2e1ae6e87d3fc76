"""What a test or the local run may do to the running server, beside Qlik's own API.

A method is one call; `control_api.py` gives each over HTTP. They may be used from another thread
than the server's: each changes one thing, by one assignment or one call on a list.
"""

from typing import Any

from local.mock_qlik.gauges import hours_minutes_seconds
from local.mock_qlik.request_log import Entry
from local.mock_qlik.scenario import ServerSpec, TaskSpec
from local.mock_qlik.scenario_parts import Fault
from local.mock_qlik.task import SimulatedTask
from local.mock_qlik.world import World


class Control:
    """The handle on a running server."""

    def __init__(self, world: World) -> None:
        self._world = world

    def advance(self, seconds: float) -> float:
        """Move the clock on; return the scenario's time."""
        self._world.clock.advance(seconds)
        return self._world.clock.now()

    def set_speed(self, speed: float) -> None:
        """Let the clock run at another speed; 0 holds it."""
        self._world.clock.speed = speed

    def clock(self) -> dict[str, Any]:
        """Tell the scenario's time, its speed, and its date."""
        clock = self._world.clock
        return {"seconds": clock.now(), "speed": clock.speed, "date": clock.date()}

    def reset(self) -> None:
        """Begin the scenario again."""
        self._world.reset()

    def add_fault(self, **fields: Any) -> int:
        """Disturb requests from now on (fields of a scenario's fault); return its number."""
        return self._world.faults.add(Fault.model_validate(fields), self._world.clock.now())

    def clear_faults(self, number: int | None = None) -> None:
        """End one disturbance, or all."""
        self._world.faults.clear(number)

    def faults(self) -> list[dict[str, Any]]:
        """List the disturbances and how often each struck."""
        return [
            {"number": one.number, "begins": one.begins, "used": one.used, **one.fault.model_dump()}
            for one in self._world.faults.active
        ]

    def expire_sessions(self) -> None:
        """End every session."""
        self._world.sessions.expire_all()

    def spell(self, **changes: Any) -> None:
        """Use other forms of what is disputed (fields of a scenario's spelling)."""
        self._world.spell(**changes)

    def become(self, server: str, task: str, **fields: Any) -> None:
        """Make a task behave otherwise from now on (fields of a scenario's task)."""
        found = self._world.fleet.server(server).task(task)
        kept = found.spec.model_dump(include={"name", "tags", "source_endpoint", "target_endpoint"})
        spec = TaskSpec.model_validate(kept | fields | {"name": found.spec.name})
        found.become(self._world.clock.now(), spec)

    def server_becomes(self, server: str, **fields: Any) -> None:
        """Change a server from now on: state, message, license and so on."""
        found = self._world.fleet.server(server)
        changes = {"onset_seconds": self._world.clock.now()} | fields | {"name": found.spec.name}
        kept = found.spec.model_dump(exclude={"name", "onset_seconds", "tasks"})
        changed = ServerSpec.model_validate(kept | changes)
        found.spec = changed.model_copy(update={"tasks": found.spec.tasks})

    def requests(self, **wanted: object) -> list[Entry]:
        """List the requests so far, or those whose fields have these values."""
        return self._world.log.find(**wanted)

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        self._world.log.clear()

    def task(self, server: str, task: str) -> dict[str, Any]:
        """Tell what is true of a task, however late Enterprise Manager learns of it."""
        return self._told(self._world.fleet.server(server).task(task))

    def state(self) -> dict[str, Any]:
        """Tell what is true of everything."""
        return {
            "clock": self.clock(),
            "servers": [
                {
                    "name": server.spec.name,
                    "state": server.state(self._world.clock.now()),
                    "expect": server.spec.expect,
                    "tasks": [self._told(task) for task in server.tasks.values()],
                }
                for server in self._world.fleet.servers.values()
            ],
        }

    def _told(self, task: SimulatedTask) -> dict[str, Any]:
        actual = task.actual(self._world.clock.now())
        return {
            "name": task.spec.name,
            "kind": task.spec.kind,
            "state": actual.symptoms.state,
            "stop_reason": actual.symptoms.stop_reason,
            "message": actual.symptoms.message,
            "lag": hours_minutes_seconds(actual.lag),
            "runs": task.runs,
            "stops": task.stops,
            "commands": [vars(command) for command in task.commands],
            "expect": task.spec.expect,
        }
