import pytest

from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.domain.approval import ApprovalStatus
from qlik_monitor.errors import IncidentChanged, StoreUnavailable
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, an_approval, later

APPROVAL = an_approval()


def test_an_approval_comes_back_without_its_token(approvals: DynamoDbApprovals) -> None:
    approvals.request(APPROVAL, TASK_TOKEN)
    assert approvals.get(APPROVAL.id) == APPROVAL
    assert TASK_TOKEN not in str(approvals.get(APPROVAL.id))
    assert approvals.task_token(APPROVAL.id) == TASK_TOKEN


def test_an_unknown_approval_is_none(approvals: DynamoDbApprovals) -> None:
    assert approvals.get("unknown") is None


def test_the_first_decision_stands(approvals: DynamoDbApprovals) -> None:
    approvals.request(APPROVAL, TASK_TOKEN)
    first = approvals.decide(APPROVAL.id, ApprovalStatus.REJECTED, "no!", later(minutes=1))
    second = approvals.decide(APPROVAL.id, ApprovalStatus.APPROVED, "yes!", later(minutes=2))
    assert second == first
    assert (first.status, first.comment) == (ApprovalStatus.REJECTED, "no!")
    assert first.decided_at == later(minutes=1)


def test_a_retried_step_replaces_the_token_of_an_open_request(approvals: DynamoDbApprovals) -> None:
    approvals.request(APPROVAL, "token-of-the-first-try")
    approvals.request(an_approval(requested_at=later(minutes=1)), TASK_TOKEN)
    assert approvals.task_token(APPROVAL.id) == TASK_TOKEN


def test_a_decided_request_is_not_replaced(approvals: DynamoDbApprovals, stack: FakeStack) -> None:
    approvals.request(APPROVAL, TASK_TOKEN)
    approvals.decide(APPROVAL.id, ApprovalStatus.APPROVED, "", later(minutes=1))
    before = stack.dump()
    with pytest.raises(IncidentChanged, match="decided already"):
        approvals.request(APPROVAL, "another")
    assert stack.dump() == before


def test_a_delivery_is_remembered(approvals: DynamoDbApprovals) -> None:
    approvals.request(APPROVAL, TASK_TOKEN)
    approvals.decide(APPROVAL.id, ApprovalStatus.APPROVED, "", later(minutes=1))
    approvals.delivered(APPROVAL.id)
    stored = approvals.get(APPROVAL.id)
    assert stored is not None
    assert (stored.delivered, stored.status) == (True, ApprovalStatus.APPROVED)


def test_an_approval_that_is_gone_cannot_be_decided(
    approvals: DynamoDbApprovals, stack: FakeStack
) -> None:
    with pytest.raises(StoreUnavailable, match="not there any more"):
        approvals.decide("gone", ApprovalStatus.APPROVED, "", later())
    assert stack.dump() == []
