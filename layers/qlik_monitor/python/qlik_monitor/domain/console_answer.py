"""Answers from the console: whether somebody who signed in may answer a question, and as whom."""

from datetime import datetime

from qlik_monitor.domain.approval import Approval, ApprovalStatus, is_strong
from qlik_monitor.domain.approval_link import Invitation
from qlik_monitor.domain.approvers import ANYONE, Approvers
from qlik_monitor.domain.console_session import Role, SignIn
from qlik_monitor.domain.explanation_deeds import WORDS, who


def invitation_of(approval: Approval, visitor: SignIn, rules: Approvers) -> Invitation | None:
    """Return the question in the name in which a visitor may answer it, or None.

    It takes the role, a name among those who were asked, and that they may still be. Where nobody
    was named, every approver of the console answers as anyone does by the link.
    """
    approver = _asked_as(approval, visitor)
    if visitor.role is not Role.APPROVER or approver is None:
        return None
    if not rules.allows(approver, rewrites=is_strong(approval)):
        return None
    return Invitation(approval=approval, approver=approver, visitor=visitor)


def why_no_form(approval: Approval, visitor: SignIn, rules: Approvers, now: datetime) -> str | None:
    """Say why a visitor is shown no form, or None when there is something to decide."""
    if approval.is_expired(now):
        few = "too few had agreed" if approval.agreed else "nobody had answered"
        return f"The question has expired, and {few} in time. Nothing is done for it."
    if approval.status is not ApprovalStatus.PENDING:
        return f"This was decided: {approval.status.value}."
    if visitor.role is not Role.APPROVER:
        return "You look on as a viewer. Sign in as an approver to answer."
    return _not_theirs(approval, visitor, rules)


def _not_theirs(approval: Approval, visitor: SignIn, rules: Approvers) -> str | None:
    approver = _asked_as(approval, visitor)
    if approver is None:
        asked = ", ".join(approval.approvers)
        return f"You are signed in as {visitor.name}, who was not asked. Asked: {asked}."
    if not rules.allows(approver, rewrites=is_strong(approval)):
        return "Who may approve was changed since this was asked, so you cannot answer it."
    if answer := approval.answer_of(approver):
        rest = f"{len(approval.agreed)} of {approval.needed} needed have said yes"
        return f"{who(approver)} said {WORDS[answer.status]}: {rest}."
    return None


def _asked_as(approval: Approval, visitor: SignIn) -> str | None:
    if approval.approvers == (ANYONE,):
        return ANYONE
    return visitor.name if visitor.name in approval.approvers else None
