"""Approvals: a person's answer to one proposal, reached by a signed link that works once."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, SecretStr

from qlik_monitor.domain.actions import Consent
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model import Frozen
from qlik_monitor.errors import ApprovalLinkExpired, ApprovalLinkInvalid

EXPIRY_MARGIN = timedelta(seconds=10)
STRONG_LIFE = timedelta(hours=1)
"""The longest that a strong approval may be answered, or wait for its call: what it rests on ages
fast, and the page lies open on somebody's phone."""


class ApprovalStatus(StrEnum):
    """Where an approval stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class Approval(Frozen):
    """A request for a decision; the task token that waits for it is stored beside it, unseen."""

    id: str
    incident_id: str
    attempt: int
    proposal_hash: str
    requested_at: datetime
    expires_at: datetime
    consent: Consent = Consent.PERSON
    """What kind it is: it carries out nothing that needs a stronger one."""
    status: ApprovalStatus = ApprovalStatus.PENDING
    decided_at: datetime | None = None
    comment: str = ""
    delivered: bool = False
    """Whether Step Functions took the decision."""


class SigningKey(Frozen):
    """The key that approval links are signed with."""

    key_id: Annotated[str, Field(min_length=1, max_length=64)]
    key: SecretStr

    def sign(self, text: str) -> str:
        """Return the HMAC-SHA256 of a text, url-safe and without padding."""
        secret = self.key.get_secret_value().encode()
        # A stranger's link may hold anything, lone surrogates included.
        digest = hmac.new(secret, text.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class LinkParameters(Frozen):
    """What a link carries besides the approval's id: expiry, key and signature."""

    expires: str
    key_id: str
    signature: str


def hash_of_proposal(incident: Incident) -> str:
    """Bind an approval to exactly this proposal, decision, consent, attempt and list of tasks."""
    bound = (incident.proposal, incident.decision, *incident.candidates)
    # Fields at their defaults are left out: a release that adds one voids no pending approval.
    texts = (part.model_dump_json(exclude_defaults=True) if part else "" for part in bound)
    text = "\n".join((incident.id, str(incident.attempt), *texts))
    return hashlib.sha256(text.encode()).hexdigest()


def approval_id(incident: Incident, key: SigningKey) -> str:
    """Name the approval of an incident's attempt: nobody can guess it, and a retried step
    finds the same one again instead of sending a second link.
    """
    return key.sign(f"approval\n{incident.id}\n{incident.attempt}")[:24]


def life_of(consent: Consent, timeout: timedelta) -> timedelta:
    """Say how long an approval may wait for its answer."""
    return min(timeout, STRONG_LIFE) if consent is Consent.STRONG else timeout


def expiry_of(requested_at: datetime, timeout: timedelta) -> datetime:
    """Let a link expire a little before the workflow stops waiting for it."""
    return requested_at + timeout - min(EXPIRY_MARGIN, timeout / 10)


def sign_link(approval: Approval, key: SigningKey) -> LinkParameters:
    """Make the parameters of the link to an approval."""
    expires = str(int(approval.expires_at.timestamp()))
    signature = key.sign(_signed_text(approval, expires, key.key_id))
    return LinkParameters(expires=expires, key_id=key.key_id, signature=signature)


def check_link(
    approval: Approval | None, link: LinkParameters, key: SigningKey, now: datetime
) -> Approval:
    """Return the approval that a genuine, timely link leads to.

    An unknown id is checked against a signature as well, so that it takes as long as a wrong
    one. Raises ApprovalLinkInvalid or ApprovalLinkExpired.
    """
    expected = key.sign(
        _signed_text(approval, link.expires, link.key_id) if approval else link.expires
    )
    given = link.signature.encode("utf-8", "surrogatepass")
    genuine = hmac.compare_digest(expected.encode(), given)
    if approval is None or not genuine or link.key_id != key.key_id:
        raise ApprovalLinkInvalid("this link is not one that the agent sent")
    if now >= approval.expires_at and approval.status is ApprovalStatus.PENDING:
        raise ApprovalLinkExpired(f"this link expired at {_utc(approval.expires_at)}")
    return approval


def _signed_text(approval: Approval, expires: str, key_id: str) -> str:
    parts = (approval.id, approval.incident_id, approval.proposal_hash, expires, key_id)
    # Links to ordinary approvals stay as they were, so that an update breaks none that are out.
    kind = () if approval.consent is Consent.PERSON else (approval.consent.value,)
    return "\n".join((*parts, *kind))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
