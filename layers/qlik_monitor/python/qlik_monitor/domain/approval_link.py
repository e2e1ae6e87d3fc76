"""Approval links: an opaque id, and a signature that binds it to one proposal and one approver.

    <address>/approvals/<24 letters of the approval><16 letters of the approver>?e=&k=&s=

A link says who answers, so each approver gets one of their own.
"""

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from qlik_monitor.domain.approval import APPROVAL_LETTERS, Approval, Way
from qlik_monitor.domain.console_session import SignIn
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.errors import ApprovalLinkInvalid

APPROVER_LETTERS = 16


class LinkParameters(Frozen):
    """What a link holds: its id, expiry, key and signature."""

    id: str
    expires: str
    key_id: str
    signature: str

    @property
    def approval_id(self) -> str:
        """The part of the id that names the approval."""
        return self.id[:APPROVAL_LETTERS]


class Invitation(Frozen):
    """Where a genuine link leads: to a question, in the name of one of those who were asked."""

    approval: Approval
    approver: str
    visitor: SignIn | None = None
    """Who signed in to the console, where that led here in place of a link."""

    @property
    def way(self) -> Way:
        """By which way an answer comes that is given here."""
        return Way.CONSOLE if self.visitor else Way.LINK


def sign_link(approval: Approval, approver: str, key: SigningKey) -> LinkParameters:
    """Make the link of one approver to an approval."""
    expires = str(int(approval.expires_at.timestamp()))
    signature = key.sign(_signed_text(approval, approver, expires, key.key_id))
    link_id = approval.id + _letters_of(approval, approver)
    return LinkParameters(id=link_id, expires=expires, key_id=key.key_id, signature=signature)


def check_link(
    approval: Approval | None, link: LinkParameters, keys: Sequence[SigningKey]
) -> Invitation:
    """Return where a genuine link leads, however late it is opened; raises ApprovalLinkInvalid.

    The approval expires there when the link does, or before.

    `keys` are those that may have signed it, the newest first: one at least. A link to an unknown
    approval, of an unknown approver or by an unknown key is checked against a signature as well,
    so that none of them is told from a wrong signature by the time that it takes.
    """
    key = next((one for one in keys if one.key_id == link.key_id), None)
    approver = _approver_of(approval, link) if approval else None
    known = approval is not None and approver is not None and key is not None
    text = (
        _signed_text(approval, approver, link.expires, link.key_id)
        if approval and approver
        else f"nothing\n{link.expires}"
    )
    genuine = (key or keys[0]).has_signed(text, link.signature)
    if approval is None or approver is None or not (known and genuine):
        raise ApprovalLinkInvalid("this link is not one that the agent sent")
    return Invitation(approval=_until(approval, int(link.expires)), approver=approver)


def _until(approval: Approval, expires: int) -> Approval:
    """Let an approval expire with the link: a repeated step asks longer, by links of its own."""
    if expires >= int(approval.expires_at.timestamp()):
        return approval
    return approval.model_copy(update={"expires_at": datetime.fromtimestamp(expires, UTC)})


def _approver_of(approval: Approval, link: LinkParameters) -> str | None:
    named = (
        one for one in approval.approvers if approval.id + _letters_of(approval, one) == link.id
    )
    return next(named, None)


def _letters_of(approval: Approval, approver: str) -> str:
    """Return what stands for an approver in a link: their name is nobody else's business."""
    digest = hashlib.sha256(f"approver\n{approval.id}\n{approver}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:APPROVER_LETTERS]


def _signed_text(approval: Approval, approver: str, expires: str, key_id: str) -> str:
    parts = (
        "approval link",
        approval.id,
        approval.incident_id,
        approval.proposal_hash,
        approval.consent.value,
        approver,
        expires,
        key_id,
    )
    return "\n".join(parts)
