"""Closed incidents in one line each: what a list of the past shows without reading all of it."""

from datetime import datetime
from typing import Self

from qlik_monitor.domain.anomaly import Severity
from qlik_monitor.domain.incident import Incident, Outcome
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import TaskId

MOST_REASON = 200
MOST_TASKS = 90
"""So many tasks of a group keep a line of its end: all are written with it, at once."""


class ClosedIncident(Frozen):
    """How one incident ended."""

    id: str
    subject: str
    severity: Severity
    kinds: tuple[str, ...]
    outcome: Outcome | None
    reason: str
    attempts: int
    """The number of its last attempt; 1 says nothing about whether anything was done."""
    opened_at: datetime
    closed_at: datetime

    @classmethod
    def of(cls, incident: Incident) -> Self:
        """Take from an incident what the list shows."""
        return cls(
            id=incident.id,
            subject=str(incident.subject),
            severity=incident.severity,
            kinds=tuple(sorted(kind.value for kind in incident.kinds)),
            outcome=incident.outcome,
            reason=incident.reason[:MOST_REASON],
            attempts=incident.attempt,
            opened_at=incident.opened_at,
            closed_at=incident.closed_at or incident.updated_at,
        )


def tasks_of(incident: Incident) -> tuple[TaskId, ...]:
    """Name the tasks that an incident befell, its own or its members, as far as they keep a line.

    Each is named once.
    """
    own = (incident.subject.task_id,) if incident.subject.task_id else ()
    members = (TaskId.parse(member) for member in incident.members[:MOST_TASKS])
    return tuple(dict.fromkeys((*own, *members)))[:MOST_TASKS]
