"""What Slack is told after an answer, and that its silence fails none."""

import json

import pytest

from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, a_decided
from tests.fakes.slack import FakeSlack
from tests.integration.functions.approving import FakeStates
from tests.integration.functions.chatting import Chat, ask, value_of, with_chat
from tests.integration.functions.conftest import Log

ANA = "ana@example.com"


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
    [block] = reply["blocks"]
    assert "USTRANGER" in block["text"]["text"]
    assert block["text"]["verbatim"] is True
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
