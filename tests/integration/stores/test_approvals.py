import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from qlik_monitor.adapters.dynamodb import table
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.domain.approval import ApprovalStatus, Way
from qlik_monitor.domain.audit import AuditEvent
from qlik_monitor.errors import IncidentChanged, StoreUnavailable
from tests.fakes.answering import say
from tests.fakes.aws import FakeStack
from tests.fakes.builders import NOON, TASK_TOKEN, an_approval, later

APPROVAL = an_approval()
YES, NO = ApprovalStatus.APPROVED, ApprovalStatus.REJECTED


@pytest.fixture
def audit(stack: FakeStack) -> DynamoDbAudit:
    return DynamoDbAudit(table(stack.table_name))


def test_an_approval_comes_back_without_its_token(approvals: DynamoDbApprovals) -> None:
    approvals.request(APPROVAL, TASK_TOKEN)
    assert approvals.get(APPROVAL.id) == APPROVAL
    assert TASK_TOKEN not in str(approvals.get(APPROVAL.id))
    assert approvals.task_token(APPROVAL.id) == TASK_TOKEN


def test_an_unknown_approval_is_none(approvals: DynamoDbApprovals) -> None:
    assert approvals.get("unknown") is None


def test_the_first_decision_stands(approvals: DynamoDbApprovals) -> None:
    approvals.request(APPROVAL, TASK_TOKEN)
    first = say(approvals, APPROVAL.id, NO, later(minutes=1), "no!")
    second = say(approvals, APPROVAL.id, YES, later(minutes=2), "yes!")
    assert second == first == approvals.get(APPROVAL.id)
    assert (first.status, first.comment) == (NO, "no!")
    assert first.decided_at == later(minutes=1)


def test_as_many_as_are_needed_agree_each_once(approvals: DynamoDbApprovals) -> None:
    approvals.request(an_approval(approvers=("ana", "ben"), needed=2), TASK_TOKEN)
    for minute in (1, 2):
        pending = say(approvals, APPROVAL.id, YES, later(minutes=minute), by="ana")
        assert (pending.status, pending.agreed) == (ApprovalStatus.PENDING, ("ana",))
    decided = say(approvals, APPROVAL.id, YES, later(minutes=3), by="ben")
    assert (decided.status, decided.agreed) == (YES, ("ana", "ben"))
    assert decided == approvals.get(APPROVAL.id)


def test_a_yes_to_what_has_changed_is_kept_as_void(approvals: DynamoDbApprovals) -> None:
    approvals.request(APPROVAL, TASK_TOKEN)
    say(approvals, APPROVAL.id, YES, NOON, void_because="the task runs")
    stored = approvals.get(APPROVAL.id)
    assert stored is not None
    assert (stored.status, stored.void_because) == (ApprovalStatus.VOID, "the task runs")


def test_each_answer_that_counts_and_no_other_stands_in_the_trail(
    approvals: DynamoDbApprovals, audit: DynamoDbAudit
) -> None:
    approvals.request(APPROVAL, TASK_TOKEN)
    say(approvals, APPROVAL.id, YES, later(minutes=1), "go on")
    say(approvals, APPROVAL.id, NO, later(minutes=2), "stop")
    [entry] = audit.of(APPROVAL.incident_id)
    assert (entry.event, entry.at, entry.detail) == (AuditEvent.APPROVED, later(minutes=1), "go on")
    assert (entry.way, entry.address, entry.agent) == (Way.LINK, "192.0.2.1", "a test")
    assert (entry.approval_id, entry.proposal_hash) == (APPROVAL.id, APPROVAL.proposal_hash)
    audit.add(entry)
    assert audit.of(APPROVAL.incident_id) == (entry,)


def test_an_entry_is_never_overwritten(approvals: DynamoDbApprovals, audit: DynamoDbAudit) -> None:
    approvals.request(APPROVAL, TASK_TOKEN)
    say(approvals, APPROVAL.id, YES, NOON, "as it was")
    [entry] = audit.of(APPROVAL.incident_id)
    audit.add(entry.model_copy(update={"detail": "as somebody would have it"}))
    assert audit.of(APPROVAL.incident_id) == (entry,)


def test_of_a_hundred_who_answer_at_once_one_decides_and_all_learn_what_stands(
    stack: FakeStack, approvals: DynamoDbApprovals, audit: DynamoDbAudit
) -> None:
    approvals.request(APPROVAL, TASK_TOKEN)
    start = threading.Barrier(20)

    def one(number: int) -> tuple[ApprovalStatus, str]:
        own = DynamoDbApprovals(table(stack.table_name))
        if number < 20:
            start.wait()
        stands = say(own, APPROVAL.id, (YES, NO)[number % 2], later(seconds=number), str(number))
        return stands.status, stands.comment

    with ThreadPoolExecutor(20) as threads:
        learnt = list(threads.map(one, range(100)))
    stored = approvals.get(APPROVAL.id)
    assert stored is not None
    assert set(learnt) == {(stored.status, stored.comment)}
    assert len(stored.answers) == len(audit.of(APPROVAL.incident_id)) == 1


def test_a_retried_step_replaces_the_token_of_an_open_request(approvals: DynamoDbApprovals) -> None:
    approvals.request(APPROVAL, "token-of-the-first-try")
    approvals.request(an_approval(requested_at=later(minutes=1)), TASK_TOKEN)
    assert approvals.task_token(APPROVAL.id) == TASK_TOKEN


def test_a_decided_request_of_which_no_workflow_knows_waits_with_the_new_token(
    approvals: DynamoDbApprovals,
) -> None:
    approvals.request(APPROVAL, "token-of-the-first-try")
    decided = say(approvals, APPROVAL.id, YES, later(minutes=1))
    assert approvals.request(APPROVAL, TASK_TOKEN) == decided == approvals.get(APPROVAL.id)
    assert approvals.task_token(APPROVAL.id) == TASK_TOKEN


def test_a_request_that_is_decided_and_handed_on_is_not_replaced(
    approvals: DynamoDbApprovals, stack: FakeStack
) -> None:
    approvals.request(APPROVAL, TASK_TOKEN)
    approvals.delivered(say(approvals, APPROVAL.id, YES, later(minutes=1)), later(minutes=1))
    before = stack.dump()
    with pytest.raises(IncidentChanged, match="decided and handed on already"):
        approvals.request(an_approval(requested_at=later(minutes=2)), "another")
    assert stack.dump() == before


@pytest.mark.parametrize("who", [[], ["ana"], ["ana", "ben"]], ids=["none", "one", "all"])
def test_an_old_try_whose_write_lands_last_replaces_nothing(
    who: list[str], approvals: DynamoDbApprovals, stack: FakeStack
) -> None:
    panel: dict[str, Any] = {"approvers": ("ana", "ben"), "needed": 2}
    approvals.request(an_approval(requested_at=later(seconds=5), **panel), TASK_TOKEN)
    for name in who:
        say(approvals, APPROVAL.id, YES, later(minutes=1), by=name)
    before = stack.dump()
    with pytest.raises(IncidentChanged, match="this try of the step is an old one"):
        approvals.request(an_approval(requested_at=later(seconds=4.9), **panel), "token-of-old")
    assert stack.dump() == before


def test_a_token_that_replaced_another_is_not_replaced_by_an_older_one(
    approvals: DynamoDbApprovals,
) -> None:
    panel: dict[str, Any] = {"approvers": ("ana", "ben"), "needed": 2}
    approvals.request(an_approval(**panel), "first")
    say(approvals, APPROVAL.id, YES, later(seconds=1), by="ana")
    approvals.request(an_approval(requested_at=later(seconds=9), **panel), TASK_TOKEN)
    with pytest.raises(IncidentChanged, match="this try of the step is an old one"):
        approvals.request(an_approval(requested_at=later(seconds=8), **panel), "second")
    assert approvals.task_token(APPROVAL.id) == TASK_TOKEN


def test_a_question_of_the_release_before_waits_anew(
    approvals: DynamoDbApprovals, stack: FakeStack
) -> None:
    approvals.request(APPROVAL, "first")
    stack.table.update_item(
        Key={"pk": f"APPROVAL#{APPROVAL.id}", "sk": "APPROVAL"},
        UpdateExpression="REMOVE waits_since",
    )
    approvals.request(APPROVAL, TASK_TOKEN)
    assert approvals.task_token(APPROVAL.id) == TASK_TOKEN


def test_who_answers_right_before_the_token_changes_is_not_overlooked(stack: FakeStack) -> None:
    panel: dict[str, Any] = {"approvers": ("ana", "ben"), "needed": 2}
    asked, own = an_approval(**panel), table(stack.table_name)
    approvals = DynamoDbApprovals(own)
    approvals.request(asked, "first")
    say(approvals, asked.id, YES, later(minutes=1), by="ana")

    def ben_says_yes(**_: object) -> None:
        say(DynamoDbApprovals(stack.table), asked.id, YES, later(minutes=2), by="ben")

    own.meta.client.meta.events.register("before-call.dynamodb.UpdateItem", ben_says_yes)
    assert approvals.request(asked, TASK_TOKEN).status is YES
    assert approvals.task_token(asked.id) == TASK_TOKEN


def test_a_question_that_one_of_two_has_answered_waits_anew_with_its_answer(
    approvals: DynamoDbApprovals,
) -> None:
    asked = an_approval(approvers=("ana", "ben"), needed=2)
    approvals.request(asked, "token-of-the-first-try")
    answered = say(approvals, asked.id, YES, later(minutes=1), by="ana")
    assert approvals.request(asked, TASK_TOKEN) == answered == approvals.get(asked.id)
    assert approvals.task_token(asked.id) == TASK_TOKEN
    other = asked.model_copy(update={"proposal_hash": "another"})
    with pytest.raises(IncidentChanged, match="another proposal"):
        approvals.request(other, "another")
    assert approvals.task_token(asked.id) == TASK_TOKEN


def test_a_delivery_is_remembered(approvals: DynamoDbApprovals) -> None:
    approvals.request(APPROVAL, TASK_TOKEN)
    decided = say(approvals, APPROVAL.id, YES, later(minutes=1))
    approvals.delivered(decided, later(minutes=1))
    stored = approvals.get(APPROVAL.id)
    assert stored is not None
    assert (stored.delivered, stored.status) == (True, YES)


def test_of_many_who_note_a_delivery_at_once_one_adds_an_entry(
    stack: FakeStack, approvals: DynamoDbApprovals, audit: DynamoDbAudit
) -> None:
    approvals.request(APPROVAL, TASK_TOKEN)
    decided = say(approvals, APPROVAL.id, YES, later(minutes=1))

    def note(number: int) -> None:
        own = DynamoDbApprovals(table(stack.table_name))
        own.delivered(decided, later(minutes=2, seconds=number))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(note, range(8)))
    events = [entry.event for entry in audit.of(APPROVAL.incident_id)]
    assert events == [AuditEvent.APPROVED, AuditEvent.HANDED_ON]


def test_an_approval_that_is_gone_cannot_be_decided(
    approvals: DynamoDbApprovals, stack: FakeStack
) -> None:
    with pytest.raises(StoreUnavailable, match="not there any more"):
        say(approvals, "gone", YES, later())
    assert stack.dump() == []
