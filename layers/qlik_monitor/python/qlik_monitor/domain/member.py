"""Members: the tasks behind one endpoint's incident, and what came of resuming them."""

from enum import StrEnum

from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import StopReason, TaskId, TaskState
from qlik_monitor.domain.verification import Verification


class Candidate(Frozen):
    """A member whose resume is proposed, as it was judged: an approval binds to exactly these."""

    task: TaskId
    state: TaskState
    stop_reason: StopReason
    error_class: ErrorClass
    tags: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    """Names of its source and target: both are spared while restarts fail at them."""
    error_print: str = ""
    """Of what Qlik said of it; see `print_of`."""


class Fate(StrEnum):
    """What became of a candidate once somebody had said yes."""

    STARTED = "started"
    STALE = "stale"
    """It is not any more what was judged: whatever it is now is judged anew."""
    REFUSED = "refused"
    """By Qlik or the limit, or it could not be read: it is down, and needs a person."""
    NOT_BEGUN = "not_begun"


class Resumed(Frozen):
    """One candidate's fate; `verification` is what the readings say of one that was started."""

    task: TaskId
    fate: Fate
    detail: str
    verification: Verification | None = None


NEED_PEOPLE = frozenset({Fate.REFUSED, Fate.NOT_BEGUN})
"""Fates after which a task stays down, whatever becomes of the others."""
MOST_NAMED = 20
"""Tasks that one sentence names."""


def named(reasons: list[tuple[TaskId, str]]) -> str:
    """Write one reason after another, each with the tasks that share it."""
    tasks: dict[str, list[str]] = {}
    for task, reason in reasons:
        tasks.setdefault(reason, []).append(str(task))
    return "; ".join(f"{reason} ({listed(names)})" for reason, names in tasks.items())


def listed(names: list[str]) -> str:
    """List names, and say how many more there are."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
