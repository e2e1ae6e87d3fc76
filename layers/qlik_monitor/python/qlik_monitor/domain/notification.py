"""Notifications: what people are told, when and in which words."""

from enum import StrEnum

from qlik_monitor.domain.automation import Automation
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.words import percent

SUBJECT_LENGTH = 100
"""SNS refuses longer subjects, and line breaks in them."""


class NotificationKind(StrEnum):
    """Why people are told; also a message attribute, for subscription filters."""

    APPROVAL_REQUESTED = "approval_requested"
    DESTRUCTIVE_APPROVAL_REQUESTED = "destructive_approval_requested"
    """A kind of its own, so that a subscription can leave it to those who may rewrite data."""
    OBSERVED = "observed"
    ESCALATED = "escalated"
    REJECTED = "rejected"
    CLOSED = "closed"
    APPROVAL_AWAITED = "approval_awaited"
    """Tells the others whom a question was sent to; it holds no link."""
    CYCLE_FAILED = "cycle_failed"
    CYCLE_WORKS_AGAIN = "cycle_works_again"
    AUTOMATION_PAUSED = "automation_paused"
    AUTOMATION_RESUMED = "automation_resumed"


class Notification(Frozen):
    """One message."""

    kind: NotificationKind
    subject: str
    body: str
    incident_id: str = ""
    approver: str = ""
    """Whom alone it is for; empty: for all."""


def about(incident: Incident, kind: NotificationKind, headline: str, *lines: str) -> Notification:
    """Compose a message about an incident; extra lines stand first."""
    proposal = incident.proposal
    body = [*lines, ""] if lines else []
    body += [f"Incident  {incident.id}", f"About     {incident.subject}"]
    body += [f"Status    {incident.status.value}"]
    body += [
        f"Finding   {a.kind.value} ({a.severity.value}): {a.summary}" for a in incident.anomalies
    ]
    if incident.snapshot and incident.snapshot.message:
        body.append(f"Message   {incident.snapshot.message}")
    if proposal:
        body.append(f"Proposal  {proposal.action.value}, {_confidence(proposal)}")
        body.append(f"Made by   {proposal.made_by.value}{_why_rules(proposal.rules_because)}")
        body.append(f"Reasoning {proposal.reasoning}")
    if incident.decision:
        body += [f"Policy    {reason}" for reason in incident.decision.reasons]
    if incident.reason:
        body.append(f"Reason    {incident.reason}")
    subject = " ".join(f"[Qlik] {headline}: {incident.subject}".split())
    return Notification(
        kind=kind,
        subject=_ascii(redact(subject))[:SUBJECT_LENGTH],
        body=redact("\n".join(body)),
        incident_id=incident.id,
    )


def _confidence(proposal: Proposal) -> str:
    stated, said = proposal.stated_confidence, ""
    if stated is not None and stated > proposal.confidence:
        said = f" ({percent(stated)} before the evidence was weighed)"
    return f"confidence {percent(proposal.confidence)}{said}"


def about_automation(state: Automation) -> Notification:
    """Compose a message about the agent's being paused, or let go on."""
    if state.paused:
        body = f"{state.read().refuses}\n\nNothing is restarted until somebody lets it go on."
        return Notification(
            kind=NotificationKind.AUTOMATION_PAUSED,
            subject="[Qlik] Automation is paused: nothing is restarted",
            body=redact(body),
        )
    return Notification(
        kind=NotificationKind.AUTOMATION_RESUMED,
        subject="[Qlik] Automation goes on",
        body=redact(f"{state.by or 'somebody'} let the agent restart tasks again."),
    )


def _why_rules(because: str | None) -> str:
    return f" (the model did not: {because})" if because else ""


def _ascii(text: str) -> str:
    # SNS takes printable ASCII only in a subject.
    return "".join(one if " " <= one <= "~" else "?" for one in text)
