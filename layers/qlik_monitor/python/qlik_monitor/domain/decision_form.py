"""The form by which a person decides: its nonce, and what it is bound to.

One form stands on the page behind a link and on the console's page of an incident. Both are sent to
the same place, which takes each only from the page, the approver and the session it was shown to,
and only about the proposal that the page showed: a repeated step may ask another under one id.
"""

from collections.abc import Sequence
from datetime import datetime

from qlik_monitor.domain.approval_link import Invitation
from qlik_monitor.domain.form_nonce import code_of, holds, issue
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.rewriting import Demand
from qlik_monitor.domain.signing_key import SigningKey

BY_LINK, BY_SESSION = "approval", "approval in the console"
"""Purposes of nonces: one of a link is never good for a session, however the rest is put."""


class DecisionForm(Frozen):
    """What a shown form holds."""

    nonce: str
    code: str
    """The digits that a person has to type."""
    seen: str
    """Names what the page shows."""
    demand: Demand | None


def decision_form(
    invitation: Invitation, demand: Demand | None, seen: str, key: SigningKey, now: datetime
) -> DecisionForm:
    """Make the form that is shown to whoever was invited."""
    nonce = issue(key, _purpose(invitation), _bound_to(invitation, seen), now)
    return DecisionForm(nonce=nonce, code=code_of(nonce), seen=seen, demand=demand)


def is_of_form(
    nonce: str, invitation: Invitation, seen: str, keys: Sequence[SigningKey], now: datetime
) -> bool:
    """Tell whether a nonce is that of a form which was shown to whoever was invited."""
    purpose, bound_to = _purpose(invitation), _bound_to(invitation, seen)
    return any(holds(nonce, key, purpose, bound_to, now) for key in keys)


def _purpose(invitation: Invitation) -> str:
    return BY_SESSION if invitation.visitor else BY_LINK


def _bound_to(invitation: Invitation, seen: str) -> str:
    session = [invitation.visitor.id] if invitation.visitor else []
    approval = invitation.approval
    # What was seen stands last: of all these it alone is what a form says.
    return "\n".join((approval.id, approval.proposal_hash, invitation.approver, *session, seen))
