"""The committed state machine, as data."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "state_machine.asl.json").read_text()
MACHINE: dict[str, Any] = json.loads(TEXT)
ENDS = ("Succeed", "Fail")

type State = dict[str, Any]


def machines(machine: State = MACHINE) -> Iterator[State]:
    """Yield the machine and every one inside a Map."""
    yield machine
    for state in machine["States"].values():
        if "ItemProcessor" in state:
            yield from machines(state["ItemProcessor"])


def states() -> dict[str, State]:
    """Return every state by its name; names are unique over all machines."""
    found = [item for machine in machines() for item in machine["States"].items()]
    assert len({name for name, _ in found}) == len(found)
    return dict(found)


def tasks() -> dict[str, State]:
    """Return every Task by its name."""
    return {name: state for name, state in states().items() if state["Type"] == "Task"}


def successors(state: State) -> set[str]:
    """Return where a state may go."""
    targets = [state.get("Next"), state.get("Default")]
    targets += [choice["Next"] for choice in state.get("Choices", [])]
    targets += [catch["Next"] for catch in state.get("Catch", [])]
    return {target for target in targets if target}


def retried(task: State) -> set[str]:
    """Return the names of the errors that a task tries again after."""
    return {name for retry in task["Retry"] for name in retry["ErrorEquals"]}


def placeholders() -> set[str]:
    """Return the functions that are named."""
    return set(re.findall(r"\$\{(\w+)\}", TEXT))
