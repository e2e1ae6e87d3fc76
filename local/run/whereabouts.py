"""Says which process `make local-up` is, and where its stack can be reached."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "build" / "local-up"
PID_FILE = FOLDER / "pid"
STACK_FILE = FOLDER / "stack.json"


def running_pid() -> int | None:
    """Return the process that runs the stack, if one does."""
    try:
        pid = int(PID_FILE.read_text())
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    return pid


def note_stack(endpoint: str, outputs: Mapping[str, Any]) -> None:
    """Write down where the stack is that runs now."""
    names = ("table_name", "console_url")
    named = {name: outputs[name] for name in names if name in outputs}
    STACK_FILE.write_text(json.dumps({"endpoint": endpoint, **named}))


def forget() -> None:
    """Take back everything that was written down."""
    STACK_FILE.unlink(missing_ok=True)
    PID_FILE.unlink(missing_ok=True)


def running_stack() -> dict[str, str] | None:
    """Return `endpoint`, `table_name` and `console_url` of the stack that runs, if one does."""
    if running_pid() is None or not STACK_FILE.exists():
        return None
    stack: dict[str, str] = json.loads(STACK_FILE.read_text())
    return stack
