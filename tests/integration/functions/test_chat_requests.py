"""What is sent to the webhook: nothing counts without its signature, and nothing odd breaks it."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from functions.approval_api import chat_answering
from functions.approval_api.chat import MAX_BODY
from functions.approval_api.handler import handler
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.approval import ApprovalStatus
from tests.fakes.aws import FakeStack, forget_secrets
from tests.fakes.running import run
from tests.fakes.slack import SIGNING_SECRET, FakeSlack, signed
from tests.integration.functions.approving import FakeStates
from tests.integration.functions.chatting import FORM, Chat, value_of
from tests.integration.functions.conftest import Log, clear_caches

ANA = "ana@example.com"


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
