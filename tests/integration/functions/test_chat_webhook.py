"""Answers from chat: who may give them, what comes of them, and what forged ones come to."""

import base64
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from functions.approval_api import chat_answering
from functions.approval_api.chat import MAX_BODY, webhook
from functions.approval_api.handler import handler
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.approval import ApprovalStatus, Way
from qlik_monitor.domain.chat_answer import ChatQuestion
from qlik_monitor.domain.incident import IncidentStatus
from tests.fakes.aws import FakeStack, forget_secrets, refused
from tests.fakes.builders import TASK_TOKEN, a_decided, a_target_reload
from tests.fakes.running import run
from tests.fakes.slack import SIGNING_SECRET, FakeSlack, fake_slack, signed
from tests.integration.functions.approving import Browser, FakeStates
from tests.integration.functions.chatting import APPROVERS, FORM, Chat, ask, with_chat
from tests.integration.functions.conftest import Log, clear_caches

ANA = "ana@example.com"


@pytest.fixture
def chat(
    stack: FakeStack,
    incidents: DynamoDbIncidents,
    states: FakeStates,
    monkeypatch: pytest.MonkeyPatch,
) -> Chat:
    """A chat tool, and a question that waits."""
    with_chat(monkeypatch)
    return Chat(stack, ask(incidents, a_decided()))


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with fake_slack() as listening:
        yield listening


@pytest.fixture
def slack_chat(
    slack: FakeSlack,
    stack: FakeStack,
    incidents: DynamoDbIncidents,
    states: FakeStates,
    monkeypatch: pytest.MonkeyPatch,
) -> Chat:
    """A Slack with a channel, in which a question stands."""
    with_chat(monkeypatch, webhook_url=slack.webhook_url)
    return Chat(stack, ask(incidents, a_decided()))


def value_of(slack: FakeSlack) -> str:
    """Return what the buttons of the posted question carry."""
    [yes, _] = slack.messages[0]["blocks"][-1]["elements"]
    return str(yes["value"])


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


def without(event: dict[str, Any], name: str) -> dict[str, Any]:
    headers = {own: value for own, value in event["headers"].items() if own != name}
    return event | {
        "headers": headers,
        "multiValueHeaders": {own: [value] for own, value in headers.items()},
    }


def with_header(event: dict[str, Any], name: str, *values: str) -> dict[str, Any]:
    many = {own: list(given) for own, given in event["multiValueHeaders"].items()}
    return event | {
        "headers": event["headers"] | {name: values[-1]},
        "multiValueHeaders": many | {name: list(values)},
    }


def forged(chat: Chat) -> Iterator[dict[str, Any]]:
    """Yield requests that look well, and are not genuine."""
    body, now = chat.body(), int(utc_now().timestamp())
    genuine = chat.event(body)
    signature, stamp = "X-Slack-Signature", "X-Slack-Request-Timestamp"
    yield without(genuine, signature)
    yield without(genuine, stamp)
    yield with_header(genuine, signature, "v0=" + "0" * 64)
    yield with_header(genuine, signature, *[genuine["headers"][signature]] * 2)
    yield with_header(genuine, stamp, *[genuine["headers"][stamp]] * 2)
    yield with_header(genuine, signature.lower(), genuine["headers"][signature])
    yield with_header(genuine, stamp, str(now + 1))
    yield genuine | {"body": body + " "}
    yield genuine | {"body": None}
    yield genuine | {"body": chat.body("reject")}
    for at, secret in ((now - 400, SIGNING_SECRET), (now + 400, SIGNING_SECRET), (now, "x" * 32)):
        headers = signed(body, at, secret)
        for name, value in headers.items():
            genuine = with_header(genuine, name, value)
        yield genuine


def test_nothing_is_looked_up_before_the_signature_holds(
    chat: Chat, stack: FakeStack, states: FakeStates, log: Log
) -> None:
    before, asked = stack.dump(), list[str]()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(chat_answering, "approvals", lambda: asked.append("approval"))
        answers = [chat.send_event(event) for event in forged(chat)]
    assert {one.status for one in answers} == {401}
    assert asked == []
    assert stack.dump() == before
    assert states.taken == []
    said = str([*answers, *log()])
    assert SIGNING_SECRET not in said
    assert "chat answer refused" in said


def test_header_names_are_read_in_any_case(chat: Chat, states: FakeStates) -> None:
    event = chat.event(chat.body())
    lower = {name.lower(): value for name, value in event["headers"].items()}
    many = {name: [value] for name, value in lower.items()}
    assert chat.send_event(event | {"headers": lower, "multiValueHeaders": many}).status == 200
    assert len(states.taken) == 1


def test_a_body_in_base64_is_checked_as_it_was_sent(chat: Chat, states: FakeStates) -> None:
    body = chat.body(comment="zurück")
    coded = base64.b64encode(body.encode()).decode()
    event = chat.event(body) | {"body": coded, "isBase64Encoded": True}
    assert chat.send_event(event | {"body": f"!{coded}"}).status == 400
    assert states.taken == []
    assert chat.send_event(event).status == 200


def test_a_malformed_body_is_told_what_is_wrong_with_it(chat: Chat, states: FakeStates) -> None:
    refusal = chat.say("perhaps")
    assert refusal.status == 400
    assert refusal.error == "decision is 'perhaps'; allowed: approve or reject"
    assert chat.send(chat.body(), "text/plain").status == 400
    assert chat.send("payload=%7B%7D", FORM).status == 400
    assert chat.send("", FORM).status == 400
    twice = chat.event(chat.body())
    assert chat.send_event(with_header(twice, "Content-Type", FORM, FORM)).status == 400
    assert states.taken == []


def test_a_large_body_is_refused_and_slacks_largest_is_not(chat: Chat, states: FakeStates) -> None:
    assert chat.send("x" * (MAX_BODY + 1)).status == 413
    assert states.taken == []
    padded = chat.body() + " " * (MAX_BODY - len(chat.body()))
    assert chat.send(padded).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_other_methods_are_not_offered(method: str, chat: Chat, states: FakeStates) -> None:
    answer = run(handler, chat.event(chat.body()) | {"httpMethod": method})
    assert answer["statusCode"] == 403
    assert states.taken == []


@pytest.mark.parametrize(
    "secret",
    [
        {},
        {"signing_secret": "short"},
        {"signing_secret": SIGNING_SECRET, "webhook_url": "http://a"},
    ],
    ids=["empty", "too short", "plain http"],
)
def test_with_no_usable_secret_everything_is_refused(
    secret: dict[str, str], chat: Chat, stack: FakeStack, states: FakeStates, log: Log
) -> None:
    boto3.client("secretsmanager").put_secret_value(
        SecretId="chat", SecretString=json.dumps(secret)
    )
    forget_secrets()
    refusal = chat.say()
    assert refusal.status == 403
    assert "not set up here" in refusal.error
    assert states.taken == []
    assert "http://a" not in str(log())
    assert SIGNING_SECRET not in str(log())


def test_with_chat_off_everything_is_refused(
    chat: Chat, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT_SECRET_ARN", "")
    clear_caches()
    assert chat.say().status == 403
    assert states.taken == []


# ---- Slack


def test_the_message_is_replaced_by_who_decided_what_and_when(
    slack_chat: Chat, slack: FakeSlack, states: FakeStates
) -> None:
    answered = slack_chat.press("approve", value_of(slack), "UANA", slack.reply_url)
    assert answered.status == 200
    reply = slack.messages[-1]
    assert reply["replace_original"] is True
    shown = json.dumps(reply)
    assert "resume of prod/orders: approved" in shown
    assert f"{ANA} said yes by chat" in shown
    assert "<!date^" in shown
    assert "button" not in shown
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_a_refusal_is_told_to_the_person_alone(
    slack_chat: Chat, slack: FakeSlack, states: FakeStates
) -> None:
    answered = slack_chat.press("approve", value_of(slack), "USTRANGER", slack.reply_url)
    assert answered.status == 200
    assert "error" in answered.told
    reply = slack.messages[-1]
    assert (reply["response_type"], reply["replace_original"]) == ("ephemeral", False)
    assert "USTRANGER" in reply["text"]
    assert states.taken == []


def test_while_others_have_to_agree_the_buttons_stay(
    slack: FakeSlack,
    stack: FakeStack,
    incidents: DynamoDbIncidents,
    states: FakeStates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_chat(monkeypatch, webhook_url=slack.webhook_url)
    monkeypatch.setenv("APPROVALS_NEEDED", "low=2")
    chat = Chat(stack, ask(incidents, a_decided()))
    for _ in range(2):
        chat.press("approve", value_of(slack), "UANA", slack.reply_url)
    first, again = slack.messages[-2:]
    assert (first["response_type"], first["replace_original"]) == ("in_channel", False)
    assert (again["response_type"], again["replace_original"]) == ("ephemeral", False)
    chat.press("approve", value_of(slack), "UBEN", slack.reply_url)
    assert slack.messages[-1]["replace_original"] is True


@pytest.mark.parametrize(
    ("status", "location"), [(500, ""), (302, "/elsewhere"), (404, ""), (307, "/elsewhere")]
)
def test_a_reply_that_slack_does_not_take_fails_no_answer(
    status: int,
    location: str,
    slack_chat: Chat,
    slack: FakeSlack,
    log: Log,
) -> None:
    slack.status, slack.location = status, location
    value, before = value_of(slack), len(slack.got)
    answered = slack_chat.press("approve", value, "UANA", slack.reply_url)
    assert (answered.status, answered.told["status"]) == (200, "approved")
    assert len(slack.got) == before + 1
    [line] = [line for line in log() if line["message"] == "chat reply not sent"]
    assert line["reason"] == f"the chat tool answered with HTTP {status}"


def test_a_slow_or_absent_slack_fails_no_answer(
    slack_chat: Chat, slack: FakeSlack, states: FakeStates, log: Log
) -> None:
    value = value_of(slack)
    slack.delay = 10
    assert slack_chat.press("approve", value, "UANA", slack.reply_url).status == 200
    away = slack.reply_url.replace(slack.url, "http://127.0.0.1:9")
    # Another port is another place: nothing is sent there.
    refusal = slack_chat.press("reject", value, "USTRANGER", away)
    assert refusal.status == 403
    assert states.taken == [(TASK_TOKEN, "approved")]
    reasons = [line["reason"] for line in log() if line["message"] == "chat reply not sent"]
    assert "could not be reached in time" in reasons[0]
    assert "another host" in reasons[1]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/actions",
        "http://hooks.slack.com/actions",
        "https://hooks.slack.com.evil.example/",
        "https://hooks.slack.com@evil.example/",
        "https://evil.example#hooks.slack.com",
        "https://evil.example\\@hooks.slack.com/",
        "https://hooks.slack.com:8443/actions",
        "http://127.0.0.1:1/",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "//hooks.slack.com/",
    ],
)
def test_a_reply_goes_to_no_other_host(
    address: str, slack_chat: Chat, slack: FakeSlack, log: Log
) -> None:
    sent = len(slack.got)
    assert slack_chat.press("approve", value_of(slack), "USTRANGER", address).status == 403
    assert len(slack.got) == sent
    [line] = [line for line in log() if line["message"] == "chat reply not sent"]
    assert "another host" in line["reason"]
    assert address not in str(log())


def test_no_secret_stands_in_a_log_line_or_an_answer(
    slack_chat: Chat,
    slack: FakeSlack,
    states: FakeStates,
    log: Log,
    capfd: pytest.CaptureFixture[str],
) -> None:
    states.failures = ["ThrottlingException"]
    value = value_of(slack)
    slack.status = 500
    answers = [
        slack_chat.press("approve", value, "USTRANGER", slack.reply_url),
        slack_chat.press("approve", value, "UANA", slack.reply_url),
        slack_chat.press("approve", value, "UANA", slack.reply_url),
        slack_chat.press("approve", value, "UANA", "https://evil.example/a-reply-path"),
        slack_chat.say(comment="a private remark"),
    ]
    printed = capfd.readouterr()
    for shown in (answers, log(), printed.out, printed.err):
        for secret in (SIGNING_SECRET, "nobody-may-see", "a-reply-path", "a private remark"):
            assert secret not in str(shown)


def test_a_stored_approval_stays_pending_until_somebody_may_answer(
    chat: Chat, approvals: DynamoDbApprovals
) -> None:
    chat.say(by="USTRANGER")
    stored = approvals.get(chat.approval)
    assert stored is not None
    assert stored.status is ApprovalStatus.PENDING
    assert stored.answers == ()
