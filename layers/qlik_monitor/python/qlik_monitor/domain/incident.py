"""Incidents: the unit of decision, approval and history; one open incident a subject at most."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field

from qlik_monitor.domain.anomaly import Anomaly, AnomalyKind, Severity, Subject
from qlik_monitor.domain.decision import Decision
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.limits import LimitReading
from qlik_monitor.domain.member import Candidate, Resumed
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.domain.task import TaskSnapshot


class IncidentStatus(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    AWAITING_APPROVAL = "awaiting_approval"
    EXECUTING = "executing"
    VERIFYING = "verifying"
    OBSERVED = "observed"
    ESCALATED = "escalated"
    REJECTED = "rejected"
    CLOSED = "closed"


IN_FLIGHT = frozenset(
    {
        IncidentStatus.OPEN,
        IncidentStatus.AWAITING_APPROVAL,
        IncidentStatus.EXECUTING,
        IncidentStatus.VERIFYING,
    }
)
"""A cycle is working on it: no other may touch it while its lease lasts."""


WITH_PEOPLE = frozenset(
    {IncidentStatus.OBSERVED, IncidentStatus.ESCALATED, IncidentStatus.REJECTED}
)
"""No cycle works on it; it closes when its subject was seen healthy."""


class Outcome(StrEnum):
    """How a closed incident ended."""

    RESTARTED = "restarted"
    RECOVERED_BY_ITSELF = "recovered_by_itself"
    HANDED_OVER_AND_HEALTHY = "handed_over_and_healthy"


MOST_PAST = 20
MOST_PAST_LIMITS = 10
"""An item holds 400 kB at most, and a group consults the limits of each of fifty tasks."""
MAX_PAST_TEXT = 500
"""An item of DynamoDB's holds 400 kB, and a model may fill 25 kB with each proposal."""


class PastAttempt(Frozen):
    """One finished attempt, as it stood in the incident."""

    attempt: int
    proposal: Proposal | None
    decision: Decision | None
    limits: tuple[LimitReading, ...] = ()
    approval_id: str | None = None
    reason: str
    """What came of it, in words for people."""
    ended_at: datetime


class Incident(Frozen):
    """Everything that is known of one incident."""

    id: str
    subject: Subject
    cycle: str
    """The execution that opened it, or opened it again: only that one works on it."""
    status: IncidentStatus = IncidentStatus.OPEN
    anomalies: tuple[Anomaly, ...]
    members: tuple[str, ...] = ()
    """The ill tasks behind it, as `server/task`, where it is about an endpoint or a server."""
    member_tags: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """The tags of members that carry any: a task's details may leave them out."""
    snapshot: TaskSnapshot | None = None
    error_class: ErrorClass = ErrorClass.UNKNOWN
    opened_at: datetime
    updated_at: datetime
    lease_until: datetime
    """Until then the cycle that works on it owns it; after that it counts as lost."""
    attempt: int = 1
    """The number of the restart that is being decided, approved or verified."""
    proposal: Proposal | None = None
    decision: Decision | None = None
    limits: tuple[LimitReading, ...] = ()
    """The limits as the last decision consulted them."""
    decide_again_at: datetime | None = None
    """When an observed incident is decided anew, because a pause between restarts is over then."""
    counts_from: datetime | None = None
    """Restarts before this moment do not count: the task had been healthy for a whole window by
    then. None when it is not known to have been."""
    member_counts_from: dict[str, datetime] = Field(default_factory=dict)
    """The same of each member that was seen healthy for a whole window."""
    past: tuple[PastAttempt, ...] = ()
    """What was proposed, decided and done before, oldest first."""
    candidates: tuple[Candidate, ...] = ()
    """The members that the proposal is about, where it is about several tasks."""
    resumed: tuple[Resumed, ...] = ()
    """What became of each candidate once their resume was approved."""
    approval_id: str | None = None
    stopped_by_agent: bool = False
    """Whether a restart of this incident stopped the task: then STOPPED is no healthy end."""
    reason: str = ""
    """Why it stands where it stands, in words for people."""
    outcome: Outcome | None = None
    closed_at: datetime | None = None
    version: int = 0
    """Counts the writes; a write that did not see the last one is refused."""

    @property
    def kinds(self) -> frozenset[AnomalyKind]:
        """The kinds of its anomalies."""
        return frozenset(anomaly.kind for anomaly in self.anomalies)

    @property
    def severity(self) -> Severity:
        """The worst of its anomalies."""
        critical = any(anomaly.severity is Severity.CRITICAL for anomaly in self.anomalies)
        return Severity.CRITICAL if critical else Severity.WARNING

    def with_past(self, reason: str, now: datetime) -> Self:
        """Put the present attempt with the past ones, before it is forgotten."""
        past = PastAttempt(
            attempt=self.attempt,
            proposal=_in_short(self.proposal) if self.proposal else None,
            decision=self.decision,
            limits=tuple(one for one in self.limits if one.refuses)[:MOST_PAST_LIMITS],
            approval_id=self.approval_id,
            reason=reason[:MAX_PAST_TEXT],
            ended_at=now,
        )
        return self.model_copy(update={"past": (*self.past, past)[-MOST_PAST:]})

    def moved_to(
        self, status: IncidentStatus, now: datetime, *, lease: timedelta, **changes: object
    ) -> Self:
        """Return it in another status, owned until `now + lease`."""
        update = {"status": status, "updated_at": now, "lease_until": now + lease} | changes
        return self.model_copy(update=update)

    def is_worked_on_by(self, cycle: str) -> bool:
        """Tell whether a cycle may go on with it: nobody has taken it over meanwhile."""
        return self.cycle == cycle and self.status in IN_FLIGHT

    def is_lost(self, now: datetime) -> bool:
        """Tell whether a cycle began to work on it and never came back."""
        return self.status in IN_FLIGHT and now >= self.lease_until

    def got_worse(self, anomalies: tuple[Anomaly, ...]) -> bool:
        """Tell whether new findings ask for a new decision: a new kind, or a higher severity."""
        kinds = {anomaly.kind for anomaly in anomalies}
        critical = any(anomaly.severity is Severity.CRITICAL for anomaly in anomalies)
        return bool(kinds - self.kinds) or (critical and self.severity is not Severity.CRITICAL)


def _in_short(proposal: Proposal) -> Proposal:
    update = {
        "cause": proposal.cause[:MAX_PAST_TEXT],
        "reasoning": proposal.reasoning[:MAX_PAST_TEXT],
        "evidence": (),
        "parts": (),
    }
    return proposal.model_copy(update=update)
