"""Proof of health: a task that was seen healthy, without a break, for a whole window.

Only that gives a task its restarts back. A reading that is missing, not whole, or of a task that
does not run, breaks it: unknown is not healthy, and one good reading between two failures is none.
"""

from datetime import datetime, timedelta

from qlik_monitor.domain.task import TaskSnapshot, TaskState
from qlik_monitor.domain.verification import FINISHED

SHORTEST_GAP = timedelta(minutes=15)
"""Between two readings; less is no gap, whatever the interval: a cycle or two may be late."""
GAP_INTERVALS = 3
"""So many of the last distance between readings are a gap."""


def breaks_proof(snapshot: TaskSnapshot, elapsed: timedelta, usual: timedelta | None) -> bool:
    """Tell whether a reading, so long after the last one, leaves open how the task fared."""
    gap = max(SHORTEST_GAP, GAP_INTERVALS * (usual or timedelta(0)))
    finished = snapshot.state is TaskState.STOPPED and snapshot.stop_reason in FINISHED
    well = snapshot.state is TaskState.RUNNING or finished
    return elapsed > gap or not snapshot.details_read or not well


def proven_at(
    last_healthy: datetime,
    healthy_since: datetime | None,
    unproven_until: datetime | None,
    window: timedelta,
) -> datetime | None:
    """Return the last healthy reading if a whole window of health led up to it, or None."""
    if healthy_since is None:
        return None
    since = max(healthy_since, unproven_until) if unproven_until else healthy_since
    return last_healthy if last_healthy - since >= window else None
