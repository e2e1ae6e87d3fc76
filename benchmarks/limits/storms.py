"""The three storms, and what each has to come to."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.limits.storm import Tally, rage
from benchmarks.limits.world import World, a_world
from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.composition import utc_now

ROOMY = {"SERVER_RESTART_CAP": "1000", "FLEET_RESTART_CAP": "10000"}
RUNS_BEFORE_THE_PAUSE = 5
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Result:
    """A storm's figures beside what Qlik should have been asked for."""

    tally: Tally
    expected_runs: int

    @property
    def holds(self) -> bool:
        """Whether exactly so much was executed as is allowed, and every attempt got an answer."""
        executed = self.tally.answers["executed"]
        answered = sum(self.tally.answers.values()) == self.tally.asked
        return self.tally.runs == executed == self.expected_runs and answered


def one_incident(attempts: int) -> Result:
    """Let so many attempts at one incident race: one restart."""
    with a_world(1, ROOMY) as world:
        name = f"{attempts} attempts at one incident"
        return Result(rage(name, world, world.incidents * attempts), 1)


def one_server(tasks: int, cap: int) -> Result:
    """Let so many tasks of one server be restarted at once: exactly the cap."""
    with a_world(tasks, ROOMY | {"SERVER_RESTART_CAP": str(cap)}) as world:
        name = f"{tasks} tasks of one server, SERVER_RESTART_CAP={cap}"
        return Result(rage(name, world, world.incidents), min(cap, tasks))


def whole_fleet(tasks: int, cap: int) -> Result:
    """The same for the fleet's cap."""
    with a_world(tasks, ROOMY | {"FLEET_RESTART_CAP": str(cap)}) as world:
        name = f"{tasks} tasks of the fleet, FLEET_RESTART_CAP={cap}"
        return Result(rage(name, world, world.incidents), min(cap, tasks))


def paused(tasks: int) -> Result:
    """Pause in the middle of a storm: nothing is let pass once the pause is written."""
    with a_world(tasks, ROOMY) as world:
        let_pass: list[int] = []

        def pause(second_wave: Callable[[], None]) -> None:
            until = time.monotonic() + PATIENCE_SECONDS
            while world.runs < RUNS_BEFORE_THE_PAUSE and time.monotonic() < until:
                time.sleep(0.005)
            second_wave()
            DynamoDbAutomation(world.table).pause("the benchmark", "a storm", utc_now())
            let_pass.append(_written_ahead(world))

        tally = rage(f"{tasks} tasks, paused meanwhile", world, world.incidents, pause)
        return Result(tally, let_pass[0])


def _written_ahead(world: World) -> int:
    """Count the restarts that have been let pass so far, wherever they are."""
    count, start = 0, dict[str, Any]()
    while True:
        page = world.table.scan(
            FilterExpression="begins_with(sk, :restart)",
            ExpressionAttributeValues={":restart": "RESTART#"},
            ConsistentRead=True,
            Select="COUNT",
            **start,
        )
        count += page["Count"]
        if "LastEvaluatedKey" not in page:
            return count
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
