"""Answers to stored approvals, as whoever has the link gives them."""

from datetime import datetime

from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.domain.approval import Answer, Approval, ApprovalStatus, Way
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.audit import Origin


def say(
    approvals: DynamoDbApprovals,
    approval_id: str,
    status: ApprovalStatus,
    at: datetime,
    comment: str = "",
    *,
    by: str = ANYONE,
    void_because: str = "",
) -> Approval:
    """Give an answer; return how the approval stands then."""
    answer = Answer(by=by, status=status, at=at, way=Way.LINK, comment=comment)
    origin = Origin(way=Way.LINK, address="192.0.2.1", agent="a test")
    return approvals.answer(approval_id, answer, origin, void_because)
