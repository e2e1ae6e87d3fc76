"""Conclusions: how a cycle leaves an incident that it did not heal."""

from enum import StrEnum

from qlik_monitor.domain.approval import Approval, ApprovalStatus
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.notification import NotificationKind
from qlik_monitor.domain.redaction import redact

MAX_DETAIL = 500


class Conclusion(StrEnum):
    """Why the cycle is done with an incident."""

    OBSERVE = "observe"
    ESCALATE = "escalate"
    REJECTED = "rejected"
    EXPIRED = "expired"
    NOT_EXECUTED = "not_executed"
    FAILED = "failed"


class Ending(Frozen):
    """What is stored and told."""

    status: IncidentStatus
    tells: NotificationKind
    headline: str
    reason: str


def conclude(
    incident: Incident, conclusion: Conclusion, detail: str, approval: Approval | None = None
) -> Ending:
    """Name the status, the message and the reason that belong to a conclusion."""
    policy = "; ".join(incident.decision.reasons) if incident.decision else "no decision was made"
    detail = redact(detail)[:MAX_DETAIL]
    match conclusion:
        case Conclusion.OBSERVE:
            return _ending(IncidentStatus.OBSERVED, "Observing", policy)
        case Conclusion.ESCALATE:
            tried = f" (attempt {incident.attempt})" if incident.attempt > 1 else ""
            return _ending(IncidentStatus.ESCALATED, "Needs you", policy + tried)
        case Conclusion.REJECTED:
            return _ending(IncidentStatus.REJECTED, "Rejected", "an approver rejected the proposal")
        case Conclusion.EXPIRED:
            return _ending(IncidentStatus.ESCALATED, "Needs you", _unanswered(approval))
        case Conclusion.NOT_EXECUTED:
            return _ending(IncidentStatus.ESCALATED, "Needs you", f"not executed: {detail}")
        case Conclusion.FAILED:
            reason = f"the agent could not go on, and did nothing more: {detail}"
            return _ending(IncidentStatus.ESCALATED, "Needs you", reason)


def _unanswered(approval: Approval | None) -> str:
    """Say what kept the workflow waiting until its time was over."""
    if approval is None or not approval.answers:
        return "nobody answered in time, so nothing was done"
    if approval.status is ApprovalStatus.PENDING:
        agreed = f"{len(approval.agreed)} of {approval.needed} who have to agree"
        return f"only {agreed} had said yes in time, so nothing was done"
    return f"the answer ({approval.status.value}) was never handed on, so nothing was done by it"


_TELLS = {
    IncidentStatus.OBSERVED: NotificationKind.OBSERVED,
    IncidentStatus.REJECTED: NotificationKind.REJECTED,
    IncidentStatus.ESCALATED: NotificationKind.ESCALATED,
}


def _ending(status: IncidentStatus, headline: str, reason: str) -> Ending:
    return Ending(status=status, tells=_TELLS[status], headline=headline, reason=reason)
