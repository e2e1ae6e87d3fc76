"""What one run remembers for the next, in a file: two readings can tell what one cannot."""

from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.progress import TaskProgress
from qlik_monitor.errors import ConfigurationError


class Memory(Frozen):
    """The progress of every task that was ever read, and of which Qlik."""

    endpoint: str
    observed_at: datetime
    servers: dict[str, dict[str, TaskProgress]]


def recall(path: Path, endpoint: str) -> Memory | None:
    """Read what an earlier run stored, or None on the first; raises ConfigurationError."""
    try:
        memory = Memory.model_validate_json(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise ConfigurationError(f"--state {path}: it is no file of an earlier run") from error
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"--state {path}: it cannot be read ({error})") from error
    if memory.endpoint != endpoint:
        raise ConfigurationError(
            f"--state {path}: it remembers {memory.endpoint}, not {endpoint}; use another file"
        )
    return memory


def remember(path: Path, memory: Memory) -> None:
    """Store it, whole or not at all; raises ConfigurationError."""
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_text(memory.model_dump_json(), "utf-8")
        draft.replace(path)
    except OSError as error:
        raise ConfigurationError(f"--state {path}: it cannot be written ({error})") from error
