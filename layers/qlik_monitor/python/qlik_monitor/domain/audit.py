"""The audit trail of an incident's approvals: who did what, when, how, and having seen what.

Entries are only ever added. What people typed stands with their answer in the approval; an entry
holds no secret, no signature and no task token.
"""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from qlik_monitor.domain.approval import Answer, Approval, ApprovalStatus, Way
from qlik_monitor.domain.explanation import Explanation
from qlik_monitor.domain.model import Frozen

MAX_ADDRESS = 100
MAX_AGENT = 300


class AuditEvent(StrEnum):
    """What happened."""

    ASKED = "asked"
    """A question was sent to one approver."""
    APPROVED = "approved"
    REJECTED = "rejected"
    VOIDED = "voided"
    """Somebody said yes to what was no longer so; nothing is acted on."""
    HANDED_ON = "handed_on"
    """The decision reached the workflow."""


EVENTS = {
    ApprovalStatus.APPROVED: AuditEvent.APPROVED,
    ApprovalStatus.REJECTED: AuditEvent.REJECTED,
    ApprovalStatus.VOID: AuditEvent.VOIDED,
}


class Origin(Frozen):
    """Where an answer came from, as the network and the client say."""

    way: Way
    address: Annotated[str, Field(max_length=MAX_ADDRESS)] = ""
    """An IP address; with `make approve` the caller's ARN."""
    agent: Annotated[str, Field(max_length=MAX_AGENT)] = ""
    """What the browser or tool calls itself: untrusted text."""
    seen: Annotated[str, Field(max_length=64)] = ""
    """The SHA-256 of the explanation that was shown, in hex; empty where none was."""


class AuditEntry(Frozen):
    """One line of the trail."""

    incident_id: str
    approval_id: str
    at: datetime
    event: AuditEvent
    by: str
    """Who; for a question, whom it was sent to."""
    way: Way | None = None
    address: str = ""
    agent: str = ""
    seen: str = ""
    proposal_hash: str = ""
    """Names the proposal exactly: the approval and the incident hold the rest."""
    detail: str = ""


def asked(approval: Approval, approver: str, now: datetime) -> AuditEntry:
    """Note that somebody was asked."""
    return AuditEntry(
        incident_id=approval.incident_id,
        approval_id=approval.id,
        at=now,
        event=AuditEvent.ASKED,
        by=approver,
        proposal_hash=approval.proposal_hash,
        detail=f"{approval.needed} of {len(approval.approvers)} have to agree",
    )


def answered(approval: Approval, answer: Answer, origin: Origin) -> AuditEntry:
    """Note an answer as it was taken."""
    return AuditEntry(
        incident_id=approval.incident_id,
        approval_id=approval.id,
        at=answer.at,
        event=EVENTS[answer.status],
        by=answer.by,
        way=origin.way,
        address=origin.address,
        agent=origin.agent,
        seen=origin.seen,
        proposal_hash=approval.proposal_hash,
        detail=approval.void_because or answer.comment,
    )


def handed_on(approval: Approval, now: datetime) -> AuditEntry:
    """Note that the workflow has taken the decision."""
    return AuditEntry(
        incident_id=approval.incident_id,
        approval_id=approval.id,
        at=now,
        event=AuditEvent.HANDED_ON,
        by=", ".join(approval.agreed) or (approval.answers[-1].by if approval.answers else ""),
        proposal_hash=approval.proposal_hash,
        detail=approval.status.value,
    )


def digest_of(explanation: Explanation) -> str:
    """Name what was shown: the SHA-256 of an explanation, in hex."""
    return hashlib.sha256(explanation.model_dump_json().encode()).hexdigest()
