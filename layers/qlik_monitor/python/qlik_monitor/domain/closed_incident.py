"""Closed incidents in one line each: what a list of the past shows without reading all of it."""

from datetime import datetime
from typing import Self

from qlik_monitor.domain.anomaly import Severity
from qlik_monitor.domain.incident import Incident, Outcome
from qlik_monitor.domain.model import Frozen

MOST_REASON = 200


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
