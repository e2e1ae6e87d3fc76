"""`python -m local.invoke FUNCTION EVENT`: call one handler here, without AWS.

The answer is printed as JSON; logs, and what the handler stored and sent, go to standard error.
Without arguments it lists functions and events.
"""

import argparse
import contextlib
import importlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.invoke.world import World, a_world

ROOT = Path(__file__).parents[2]
FAILED, MISTAKEN = 1, 2


@dataclass(frozen=True)
class Context:
    """What Lambda hands to a handler beside the event."""

    function_name: str
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:local"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Say that there is time."""
        return 600_000


def main(arguments: list[str] | None = None) -> int:
    """Call one handler; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m local.invoke",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("function", nargs="?", help="a folder in functions/")
    parser.add_argument("event", nargs="?", help="a file in events/FUNCTION/, without .json")
    chosen = parser.parse_args(arguments)
    known = catalogue()
    if chosen.function is None:
        print(_listed(known))
        return 0
    if mistake := _mistake(chosen.function, chosen.event, known):
        print(mistake, file=sys.stderr)
        return MISTAKEN
    return _invoke(chosen.function, known[chosen.function][chosen.event or ""])


def catalogue() -> dict[str, dict[str, Path]]:
    """Return the events of each function by name; a function's only event has no need of one."""
    functions = sorted(path.parent.name for path in ROOT.glob("functions/*/handler.py"))
    events = {name: sorted((ROOT / "events" / name).glob("*.json")) for name in functions}
    return {
        name: {path.stem: path for path in paths} | ({"": paths[0]} if len(paths) == 1 else {})
        for name, paths in events.items()
    }


def _listed(known: dict[str, dict[str, Path]]) -> str:
    width = max(map(len, known), default=0)
    lines = [f"  {name:{width}}  {_names(events)}" for name, events in known.items()]
    return "\n".join(["make invoke FUNCTION=... EVENT=...", *lines])


def _names(events: dict[str, Path]) -> str:
    return ", ".join(filter(None, events)) or "(no events)"


def _mistake(function: str, event: str | None, known: dict[str, dict[str, Path]]) -> str | None:
    if function not in known:
        return f"FUNCTION={function!r}: there is no such function; there are {', '.join(known)}"
    if event and event not in known[function]:
        return (
            f"EVENT={event!r}: there is no such event of {function}; {_there_are(known, function)}"
        )
    if not event and "" not in known[function]:
        return f"EVENT is not set; {_there_are(known, function)}"
    return None


def _there_are(known: dict[str, dict[str, Path]], function: str) -> str:
    return f"there are {_names(known[function])}"


def _invoke(function: str, path: Path) -> int:
    event: dict[str, Any] = json.loads(path.read_text("utf-8"))
    # Logs are written to standard output, as Lambda wants it; here that is for the answer.
    with a_world() as world, contextlib.redirect_stdout(sys.stderr):
        handler, seed = _imported(function)
        for sentence in seed(function, event, world):
            print(f"prepared: {sentence}")
        before, reads = world.items(), len(world.qlik.requests)
        try:
            answer = handler(event, Context(function))
        except Exception as error:
            print(f"failed: {type(error).__name__}: {error}")
            return FAILED
        for sentence in _done(world, before, reads):
            print(sentence)
    print(json.dumps(answer, indent=2))
    return 0


def _imported(function: str) -> tuple[Any, Any]:
    # Only now does the environment say what the modules read from it when they are imported.
    handler = importlib.import_module(f"functions.{function}.handler").handler
    return handler, importlib.import_module("local.invoke.seed").seed


def _done(world: World, before: dict[tuple[str, str], Any], earlier: int) -> Iterator[str]:
    after = world.items()
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            what = "removed" if key not in after else "changed" if key in before else "stored"
            yield f"{what}: {' '.join(key)}{_status(after.get(key, {}))}"
    yield from (f"told people: {subject}" for subject in world.subjects())
    yield from (f"told the workflow: {output}" for output in world.handed_on)
    asked = Counter(entry.action for entry in world.qlik.requests[earlier:])
    if asked:
        yield "asked Qlik: " + ", ".join(f"{name} x{times}" for name, times in asked.items())
    if world.openai.requests:
        yield f"asked the model: x{len(world.openai.requests)}"


def _status(item: dict[str, Any]) -> str:
    document = item.get("document")
    status = item.get("status") or (json.loads(document).get("status") if document else None)
    return f" ({status})" if status else ""


if __name__ == "__main__":
    sys.exit(main())
