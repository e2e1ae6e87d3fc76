"""The question in a chat channel: posted once, beside the mails, and never in their way."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any, cast

import boto3
import pytest
from aws_xray_sdk import global_sdk_config
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.ext.httplib import patch as trace_http
from aws_xray_sdk.ext.httplib import unpatch as trace_http_no_more

from functions.request_approval import chat as asking
from qlik_monitor.adapters import chat_channel
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.domain.incident import IncidentStatus
from tests.fakes.aws import FakeStack, forget_secrets, read_secrets
from tests.fakes.builders import TASK_TOKEN, a_decided, a_target_reload
from tests.fakes.slack import SECRET_PATH, SIGNING_SECRET, FakeSlack, fake_slack
from tests.integration.functions.chatting import ask, with_chat
from tests.integration.functions.conftest import Log


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with fake_slack() as listening:
        yield listening


@pytest.fixture
def channel(slack: FakeSlack, monkeypatch: pytest.MonkeyPatch) -> FakeSlack:
    """A channel that questions are posted to, for which nobody waits long."""
    with_chat(monkeypatch, webhook_url=slack.webhook_url)
    monkeypatch.setattr(asking, "SECONDS", 0.5)
    return slack


def not_told(log: Log) -> list[str]:
    return [line["reason"] for line in log() if line["message"] == "chat message not sent"]


def types_of(message: dict[str, Any]) -> list[str]:
    return [block["type"] for block in message["blocks"]]


def test_one_message_with_buttons_is_posted_beside_the_mails(
    slack: FakeSlack,
    stack: FakeStack,
    incidents: DynamoDbIncidents,
    monkeypatch: pytest.MonkeyPatch,
    log: Log,
) -> None:
    with_chat(monkeypatch, webhook_url=slack.webhook_url)
    approval = ask(incidents, a_decided())
    [(path, message)] = slack.got
    assert path == SECRET_PATH
    assert types_of(message)[0] == "header"
    assert types_of(message)[-1] == "actions"
    assert approval in json.dumps(message)
    assert len([told for told in stack.told if told.approver]) == 3
    assert not_told(log) == []


def test_it_holds_nobodys_link_and_no_task_token(
    slack: FakeSlack,
    stack: FakeStack,
    incidents: DynamoDbIncidents,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_chat(monkeypatch, webhook_url=slack.webhook_url)
    ask(incidents, a_decided())
    text = json.dumps(slack.messages)
    assert TASK_TOKEN not in text
    assert "https://api.example" not in text


def test_what_rewrites_data_is_posted_without_buttons(
    slack: FakeSlack, incidents: DynamoDbIncidents, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_chat(monkeypatch, webhook_url=slack.webhook_url)
    ask(incidents, a_target_reload())
    [message] = slack.messages
    assert "actions" not in types_of(message)
    assert "open your own link" in json.dumps(message)


@pytest.mark.parametrize("approvers", ["", "ana@example.com, ben@example.com"])
def test_where_nobody_could_press_them_there_are_no_buttons(
    approvers: str,
    slack: FakeSlack,
    incidents: DynamoDbIncidents,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_chat(monkeypatch, webhook_url=slack.webhook_url)
    monkeypatch.setenv("APPROVERS", approvers)
    ask(incidents, a_decided())
    [message] = slack.messages
    assert "actions" not in types_of(message)
    assert "Nobody can answer from here" in json.dumps(message)


def test_without_an_address_nothing_is_posted_and_tools_learn_the_approval_from_the_notice(
    stack: FakeStack, incidents: DynamoDbIncidents, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    with_chat(monkeypatch)
    approval = ask(incidents, a_decided())
    assert not_told(log) == []
    notice = next(told for told in stack.told if told.kind == "approval_awaited")
    assert f"Approval  {approval}" in notice.body


def test_with_chat_off_nothing_changes(
    stack: FakeStack, incidents: DynamoDbIncidents, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    monkeypatch.setenv("APPROVERS", "ana@example.com")
    ask(incidents, a_decided())
    assert not_told(log) == []
    assert not [told for told in stack.told if "Approval  " in told.body]


@pytest.mark.parametrize(
    "trouble",
    [
        ({"status": 500}, "the chat tool answered with HTTP 500"),
        ({"status": 302, "location": "/elsewhere"}, "the chat tool answered with HTTP 302"),
        ({"delay": 30.0}, "could not be reached in time"),
    ],
    ids=["down", "redirect", "slow"],
)
def test_a_message_that_is_not_taken_fails_no_step(
    trouble: tuple[dict[str, Any], str],
    channel: FakeSlack,
    incidents: DynamoDbIncidents,
    log: Log,
    capfd: pytest.CaptureFixture[str],
) -> None:
    changes, reason = trouble
    for name, value in changes.items():
        setattr(channel, name, value)
    ask(incidents, a_decided())
    assert len(channel.got) == 1
    assert incidents.get(a_decided().id).status is IncidentStatus.AWAITING_APPROVAL
    [told] = not_told(log)
    assert reason in told
    printed = capfd.readouterr().out
    assert '"ChatNotTold"' in printed
    assert SECRET_PATH not in printed + str(log())


def test_a_chat_tool_that_is_away_fails_no_step(
    slack: FakeSlack, incidents: DynamoDbIncidents, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    with_chat(monkeypatch, webhook_url=f"http://127.0.0.1:9{SECRET_PATH}")
    assert ask(incidents, a_decided())
    [reason] = not_told(log)
    assert "could not be reached in time (NewConnectionError)" in reason
    assert SECRET_PATH not in str(log())


@pytest.mark.parametrize(
    ("secret", "named"),
    [
        (
            {"signing_secret": SIGNING_SECRET, "webhook_url": "http://hooks.example/x"},
            "webhook_url",
        ),
        (
            {"signing_secret": SIGNING_SECRET, "webhook_url": "https://u:p@a.example/"},
            "webhook_url",
        ),
        ({"webhook_url": "https://hooks.slack.com/services/x"}, "signing_secret"),
        ({"signing_secret": "short"}, "signing_secret"),
        ([], "not a JSON object"),
    ],
)
def test_a_misstated_secret_fails_no_step_and_is_named(
    secret: object,
    named: str,
    incidents: DynamoDbIncidents,
    monkeypatch: pytest.MonkeyPatch,
    log: Log,
) -> None:
    with_chat(monkeypatch)
    boto3.client("secretsmanager").put_secret_value(
        SecretId="chat", SecretString=json.dumps(secret)
    )
    forget_secrets()
    ask(incidents, a_decided())
    [reason] = not_told(log)
    assert named in reason
    assert SIGNING_SECRET not in reason
    assert "hooks.example" not in reason


def test_a_secret_without_a_value_fails_no_step(
    incidents: DynamoDbIncidents, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    arn = boto3.client("secretsmanager").create_secret(Name="empty")["ARN"]
    monkeypatch.setenv("CHAT_SECRET_ARN", arn)
    ask(incidents, a_decided())
    [reason] = not_told(log)
    assert "has no value" in reason


def test_the_secret_is_read_as_it_stands(
    slack: FakeSlack, incidents: DynamoDbIncidents, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_chat(monkeypatch, webhook_url=slack.webhook_url)
    with read_secrets() as stages:
        ask(incidents, a_decided())
    assert stages.count("AWSCURRENT") == 2
    assert len(slack.got) == 1


def test_a_trace_holds_no_address_of_the_channel(slack: FakeSlack) -> None:
    trace_http()
    global_sdk_config.set_sdk_enabled(True)
    xray_recorder.configure(context_missing="LOG_ERROR", sampling=False)
    segment = cast("Any", xray_recorder).begin_segment("function")
    try:
        assert chat_channel.send(slack.webhook_url, {"text": "hello"}) is None
        traced = HTTPConnection(slack.url.removeprefix("http://"))
        traced.request("POST", "/a-path-that-is-traced", "{}")
        traced.getresponse().read()
        traced.close()
        trace = json.dumps(segment.to_dict(), default=lambda one: one.to_dict())
    finally:
        xray_recorder.clear_trace_entities()
        global_sdk_config.set_sdk_enabled(False)
        trace_http_no_more()
    assert slack.messages[0] == {"text": "hello"}
    assert "/a-path-that-is-traced" in trace
    assert SECRET_PATH not in trace
