"""Answers from chat: who may give them, and what comes of them."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from functions.approval_api import chat_answering
from functions.approval_api.chat import webhook
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.approval import Way
from qlik_monitor.domain.chat_answer import ChatQuestion
from qlik_monitor.domain.incident import IncidentStatus
from tests.fakes.aws import FakeStack, refused
from tests.fakes.builders import TASK_TOKEN, a_decided, a_target_reload
from tests.fakes.slack import FakeSlack
from tests.integration.functions.approving import Browser, FakeStates
from tests.integration.functions.chatting import APPROVERS, Chat, ask, value_of, with_chat
from tests.integration.functions.conftest import Log, clear_caches

ANA = "ana@example.com"


@pytest.mark.parametrize(("decision", "status"), [("approve", "approved"), ("reject", "rejected")])
def test_an_answer_is_stored_with_its_comment_and_handed_on_once(
    decision: str, status: str, chat: Chat, states: FakeStates, approvals: DynamoDbApprovals
) -> None:
    answered = chat.say(decision, comment=" because ")
    assert answered.status == 200
    assert answered.told["status"] == status
    assert [one["by"] for one in answered.told["answers"]] == [ANA]
    assert f"{ANA} said" in answered.told["text"]
    assert states.taken == [(TASK_TOKEN, status)]
    stored = approvals.get(chat.approval)
    assert stored is not None
    assert (stored.status.value, stored.comment, stored.delivered) == (status, "because", True)
    assert stored.answers[0].way is Way.CHAT


def test_the_trail_says_who_from_where_and_having_seen_what(
    slack_chat: Chat, slack: FakeSlack, stack: FakeStack
) -> None:
    value = value_of(slack)
    slack_chat.press("approve", value, "UBEN")
    entries = DynamoDbAudit(stack.table).of(a_decided().id)
    [entry] = [one for one in entries if one.event.value == "approved"]
    assert (entry.by, entry.way, entry.address) == ("ben@example.com", Way.CHAT, "192.0.2.1")
    assert entry.agent == "chat user UBEN"
    assert entry.seen == ChatQuestion.parse("value", value).seen
    assert len(entry.seen) == 64


def test_the_same_request_sent_again_changes_nothing(
    chat: Chat, states: FakeStates, stack: FakeStack
) -> None:
    event = chat.event(chat.body("reject", comment="the first"))
    first = chat.send_event(event)
    stored = stack.dump()
    assert [chat.send_event(event) for _ in range(3)] == [first] * 3
    assert stack.dump() == stored
    assert states.taken == [(TASK_TOKEN, "rejected")]


def test_whoever_comes_later_is_told_what_stands(chat: Chat, states: FakeStates) -> None:
    chat.say("reject", by="UBEN")
    later = chat.say("approve")
    assert (later.status, later.told["status"]) == (200, "rejected")
    assert "ben@example.com said no" in later.told["text"]
    assert states.taken == [(TASK_TOKEN, "rejected")]


def test_an_answer_by_link_stands_against_one_from_chat(
    chat: Chat, stack: FakeStack, states: FakeStates
) -> None:
    link = next(one for one in stack.told if one.approver == ANA)
    Browser.of(link.body).post(decision="reject")
    answered = chat.say("approve", by="UBEN")
    assert (answered.status, answered.told["status"]) == (200, "rejected")
    assert f"{ANA} said no by link" in answered.told["text"]


def test_twenty_answers_at_once_are_one_decision(
    chat: Chat, states: FakeStates, stack: FakeStack
) -> None:
    start = threading.Barrier(20)
    bodies = [chat.body(("approve", "reject")[n % 2], ("UANA", "UBEN")[n % 2]) for n in range(20)]

    def send(body: str) -> Any:
        event = APIGatewayProxyEvent(chat.event(body))
        start.wait()
        return webhook(event)

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(send, bodies))
    told = [json.loads(str(one.body)) for one in answers]
    assert {one.status_code for one in answers} == {200}
    [status] = {one["status"] for one in told if "status" in one}
    assert {taken for _, taken in states.taken} == {status}
    assert len(states.taken) == 1
    entries = DynamoDbAudit(stack.table).of(a_decided().id)
    assert len([one for one in entries if one.event.value in ("approved", "rejected")]) == 1


def test_with_two_needed_one_yes_waits_for_the_other(
    stack: FakeStack,
    incidents: DynamoDbIncidents,
    states: FakeStates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_chat(monkeypatch)
    monkeypatch.setenv("APPROVALS_NEEDED", "low=2")
    chat = Chat(stack, ask(incidents, a_decided()))
    first, again = chat.say(), chat.say()
    assert (first.status, first.told["status"]) == (200, "pending")
    assert "1 of 2 agreed so far" in first.told["text"]
    assert again == first
    assert states.taken == []
    assert chat.say(by="UBEN").told["status"] == "approved"
    assert states.taken == [(TASK_TOKEN, "approved")]


# ---- who may not


def test_an_unknown_person_is_refused_and_told_what_to_set(
    chat: Chat, states: FakeStates, stack: FakeStack
) -> None:
    before = stack.dump()
    for by in ("USTRANGER", "eve@example.com", ANA):
        refusal = chat.say(by=by)
        assert refusal.status == 403
        assert f"APPROVERS names nobody with the chat id {by}" in refusal.error
    assert stack.dump() == before
    assert states.taken == []


def test_who_was_not_asked_is_refused(
    chat: Chat, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVERS", f"{APPROVERS}, new@example.com=UNEW")
    clear_caches()
    refusal = chat.say(by="UNEW")
    assert refusal.status == 403
    assert "new@example.com was not asked" in refusal.error
    assert states.taken == []


def test_who_was_struck_from_the_list_is_refused(
    chat: Chat, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVERS", "ben@example.com=UBEN")
    clear_caches()
    assert chat.say().status == 403
    assert states.taken == []


def test_without_named_approvers_nobody_answers_from_chat(
    chat: Chat, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVERS", "")
    clear_caches()
    refusal = chat.say()
    assert refusal.status == 403
    assert "APPROVERS is empty" in refusal.error
    assert states.taken == []


def test_what_rewrites_data_is_never_answered_from_chat(
    stack: FakeStack,
    incidents: DynamoDbIncidents,
    states: FakeStates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_chat(monkeypatch)
    chat = Chat(stack, ask(incidents, a_target_reload()))
    before = stack.dump()
    for refusal in (chat.say(), chat.say("reject"), chat.press("approve")):
        assert refusal.status == 403
        assert "open your own link" in refusal.error
    assert stack.dump() == before
    assert states.taken == []


# ---- what is not there, or no longer so


def test_an_unknown_approval_is_not_found(chat: Chat, states: FakeStates) -> None:
    assert chat.say(approval="x" * 24).status == 404
    assert states.taken == []


def test_an_expired_question_is_answered_by_nobody(
    chat: Chat, stack: FakeStack, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = utc_now() + timedelta(hours=2)
    monkeypatch.setattr(chat_answering, "utc_now", lambda: later)
    before = stack.dump()
    refusal = chat.say()
    assert refusal.status == 410
    assert "expired at" in refusal.error
    assert stack.dump() == before
    assert states.taken == []


def test_a_yes_to_what_has_changed_is_void_and_says_why(
    chat: Chat, incidents: DynamoDbIncidents, states: FakeStates
) -> None:
    waiting = incidents.get(a_decided().id)
    incidents.save(waiting.model_copy(update={"status": IncidentStatus.ESCALATED}))
    refusal = chat.say()
    assert refusal.status == 409
    assert "the incident is escalated now" in refusal.error
    assert states.taken == [(TASK_TOKEN, "void")]
    assert chat.say(by="UBEN").status == 409


def test_an_old_message_answers_no_new_question(
    chat: Chat, stack: FakeStack, states: FakeStates
) -> None:
    old = ChatQuestion(approval_id=chat.approval, proposal_hash="0" * 64, seen="1" * 64).value
    before = stack.dump()
    for refusal in (chat.press("approve", old), chat.say(approval=old)):
        assert refusal.status == 409
        assert "another proposal" in refusal.error
    assert stack.dump() == before
    assert states.taken == []


def test_a_decision_that_could_not_be_handed_on_is_kept_and_handed_on_again(
    chat: Chat, states: FakeStates
) -> None:
    states.failures = ["ThrottlingException"]
    first = chat.say()
    assert first.status == 503
    assert "could not be handed on" in first.error
    assert chat.say().told["status"] == "approved"
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_a_decision_nobody_waits_for_is_gone(chat: Chat, states: FakeStates) -> None:
    states.failures = ["TaskTimedOut"]
    refusal = chat.say()
    assert refusal.status == 410
    assert "Nobody waits for this decision" in refusal.error


def test_a_table_that_is_away_is_said_to_be_so(chat: Chat, states: FakeStates, log: Log) -> None:
    with refused("GetItem", "APPROVAL#"):
        refusal = chat.say()
    assert refusal.status == 503
    assert "just now" in refusal.error
    assert "chat answer failed" in [line["message"] for line in log()]
    assert states.taken == []


# ---- what is not genuine
