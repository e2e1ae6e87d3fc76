"""Open incidents in one line each: what a list of the present shows without reading all of it."""

from datetime import datetime
from typing import Self

from qlik_monitor.domain.anomaly import Severity, Subject
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.model import Frozen

MOST_SUMMARY = 200


class OpenIncident(Frozen):
    """How one incident stands."""

    id: str
    subject: Subject
    status: IncidentStatus
    severity: Severity
    members: tuple[str, ...] = ()
    """The ill tasks behind it, as `server/task`, where it is about an endpoint or a server."""
    summary: str = ""
    """What its first finding says."""
    read_at: datetime | None = None
    """When its task was read that it was opened for; None where it is about more than one."""
    ran_into_a_limit: bool = False
    """Whether a limit refused what was last decided."""

    @classmethod
    def of(cls, incident: Incident) -> Self:
        """Take from an incident what lists show."""
        return cls(
            id=incident.id,
            subject=incident.subject,
            status=incident.status,
            severity=incident.severity,
            members=incident.members,
            summary=next((one.summary[:MOST_SUMMARY] for one in incident.anomalies), ""),
            read_at=incident.snapshot.observed_at if incident.snapshot else None,
            ran_into_a_limit=any(one.refuses for one in incident.limits),
        )

    @property
    def waits(self) -> bool:
        """Whether a person is asked about it."""
        return self.status is IncidentStatus.AWAITING_APPROVAL


def most_urgent(incident: OpenIncident) -> tuple[bool, bool, str]:
    """Order incidents: those that wait for an answer, critical ones, and then by age."""
    return (not incident.waits, incident.severity is not Severity.CRITICAL, incident.id)
