"""A hundred answers at once: one decision, one delivery, and the truth for everybody."""

import pytest

from functions.approval_api import opening
from qlik_monitor.adapters import approval_desk
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.step_functions import WaitingWorkflow
from qlik_monitor.domain.approval import Approval, ApprovalStatus
from qlik_monitor.domain.audit import AuditEvent
from tests.fakes.answers_at_once import OneAtATime, answer_at_once
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, a_decided
from tests.integration.functions.approving import Browser, ask_about
from tests.integration.functions.conftest import clear_caches

TIMES = 100
PAUSES = approval_desk.PAUSES
WORDS = {ApprovalStatus.APPROVED: "said yes", ApprovalStatus.REJECTED: "said no"}
DECISIONS = {"approve": ("approve",), "reject": ("reject",), "mixed": ("approve", "reject")}


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> OneAtATime:
    made = OneAtATime()
    # Here somebody else does hand the decision on, so that it is worth looking.
    monkeypatch.setattr(approval_desk, "PAUSES", PAUSES)
    workflow = WaitingWorkflow(made)  # type: ignore[arg-type]
    monkeypatch.setattr(opening, "workflow", lambda: workflow)
    return made


def stored(stack: FakeStack, browser: Browser) -> Approval:
    approval = DynamoDbApprovals(stack.table).get(browser.approval_id)
    assert approval is not None
    return approval


@pytest.mark.parametrize("decisions", DECISIONS.values(), ids=DECISIONS)
def test_a_hundred_clicks_are_one_decision_and_each_learns_what_stands(
    decisions: tuple[str, ...], stack: FakeStack, states: OneAtATime
) -> None:
    [browser] = ask_about(stack, a_decided()).values()
    answers = answer_at_once([browser], lambda n: decisions[n % len(decisions)], TIMES)
    approval = stored(stack, browser)
    [said] = approval.answers
    assert approval.delivered
    assert states.taken == [(TASK_TOKEN, approval.status.value)]
    moment = f"{said.at:%Y-%m-%d %H:%M:%S} UTC"
    for status, html in answers:
        assert status == 200
        assert f"<strong>{approval.status.value}</strong>" in html
        assert f"whoever has the link {WORDS[approval.status]}" in html
        assert moment in html
        assert f": {said.comment}</li>" in html
    events = [one.event for one in DynamoDbAudit(stack.table).of(approval.incident_id)]
    decided = AuditEvent(approval.status.value)
    assert events == [AuditEvent.ASKED, decided, AuditEvent.HANDED_ON]


def test_three_approvers_at_once_count_once_each_and_two_are_enough(
    stack: FakeStack, states: OneAtATime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVERS", "ana,ben,eve")
    monkeypatch.setenv("APPROVALS_NEEDED", "low=2")
    clear_caches()
    browsers = list(ask_about(stack, a_decided()).values())
    answers = answer_at_once(browsers, lambda _number: "approve", TIMES)
    approval = stored(stack, browsers[0])
    assert len(approval.answers) == len(approval.agreed) == 2
    assert states.taken == [(TASK_TOKEN, "approved")]
    first = approval.agreed[0]
    for status, html in answers:
        assert status == 200
        assert f"{first} said yes" in html
