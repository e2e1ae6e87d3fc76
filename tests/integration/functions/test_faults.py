"""What somebody has to mend before the web front can answer: a page, a log line, an alarm."""

import json
from typing import Any

import pytest

from functions.approval_api.pages import headers
from functions.console.pages import PRIVATE
from tests.contract.terraform.catalogue import TERRAFORM
from tests.fakes.aws import FakeStack, forget_secrets
from tests.fakes.builders import a_decided
from tests.fakes.slack import FakeSlack
from tests.integration.functions.approving import Browser, FakeStates, ask_about, typed_from
from tests.integration.functions.chatting import Chat, value_of
from tests.integration.functions.conftest import Log, clear_caches
from tests.integration.functions.test_approval_troubles import remove
from tests.integration.functions.visiting import signed_in

MISSTATED = {"key_id": "k1", "kay": "a-key-under-a-wrong-name"}
NEWER = "a-state-of-a-newer-release"


@pytest.fixture
def browser(stack: FakeStack, states: FakeStates) -> Browser:
    [made] = ask_about(stack, a_decided()).values()
    return made


def misstate_the_key(stack: FakeStack) -> None:
    stack.write_secret("APPROVAL_SECRET_ARN", MISSTATED)
    forget_secrets()


def store_as_newer(stack: FakeStack, prefix: str) -> None:
    """Write a status into a stored document that this release does not know."""
    [item] = [one for one in stack.dump() if one["pk"].startswith(prefix) and "document" in one]
    document: dict[str, Any] = json.loads(item["document"])
    assert "proposal_hash" in document or "status" in document
    document |= {"consent": NEWER} if "proposal_hash" in document else {"status": NEWER}
    stack.table.put_item(Item=item | {"document": json.dumps(document)})


def failures(log: Log, message: str) -> list[dict[str, Any]]:
    return [one for one in log() if one["message"] == message and one["level"] == "ERROR"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("path", [None, "/nowhere"], ids=["a link", "another address"])
def test_a_misstated_signing_key_is_told_by_a_private_page(
    method: str, path: str | None, browser: Browser, stack: FakeStack, log: Log
) -> None:
    misstate_the_key(stack)
    answer = browser.request(method, **({"path": path} if path else {}))
    assert answer.status == 503
    assert "has to be mended" in answer.html
    assert headers().items() <= answer.headers.items()
    [line] = failures(log, "approval page failed")
    assert line["error"] == "ConfigurationError"
    assert "lacks or misstates: key" in line["reason"]
    assert MISSTATED["kay"] not in answer.html + str(log())


@pytest.mark.parametrize("prefix", ["APPROVAL#", "INCIDENT#"])
def test_what_a_newer_release_has_stored_is_told_by_a_private_page(
    prefix: str, browser: Browser, stack: FakeStack, states: FakeStates, log: Log
) -> None:
    shown = typed_from(browser.get().html)
    store_as_newer(stack, prefix)
    before = stack.dump()
    for answer in (browser.get(), browser.send(decision="approve", **shown)):
        assert answer.status == 503
        assert "has to be mended" in answer.html
        assert headers().items() <= answer.headers.items()
    lines = failures(log, "approval page failed")
    assert {line["error"] for line in lines} == {"ValidationError"}
    assert "enum" in lines[0]["reason"]
    assert NEWER not in str(lines)
    assert (stack.dump(), states.taken) == (before, [])


def test_the_console_tells_of_a_misstated_key_and_of_a_missing_setting(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    visitor = signed_in(stack)
    misstate_the_key(stack)
    pages = [visitor.get("/console"), visitor.get("/console/nowhere")]
    monkeypatch.setenv("TABLE_NAME", "")
    clear_caches()
    pages += [visitor.get("/console"), visitor.post("/console/automation/pause")]
    for page in pages:
        assert page.status == 503
        assert "has to be mended" in page.html
        assert PRIVATE.items() <= page.headers.items()
    lines = failures(log, "console page failed")
    assert {line["error"] for line in lines} == {"ConfigurationError"}
    assert len(lines) == len(pages)


def test_the_console_tells_of_what_a_newer_release_has_stored(
    browser: Browser, stack: FakeStack, log: Log
) -> None:
    visitor = signed_in(stack)
    store_as_newer(stack, "INCIDENT#")
    page = visitor.get(f"/console/incidents/{a_decided().id}")
    assert page.status == 503
    assert "has to be mended" in page.html
    assert NEWER not in page.html + str(failures(log, "console page failed"))


def test_chat_is_told_so_too_and_no_status_hides_it_from_the_alarm(
    slack_chat: Chat, slack: FakeSlack, stack: FakeStack, states: FakeStates, log: Log
) -> None:
    value = value_of(slack)
    store_as_newer(stack, "INCIDENT#")
    pressed = slack_chat.press("approve", value, "UANA", slack.reply_url)
    said = slack_chat.say()
    assert (pressed.status, said.status) == (503, 503)
    for text in (said.error, str(slack.messages[-1])):
        assert "has to mend it" in text
        assert "in a minute" not in text
    assert [line["error"] for line in failures(log, "chat answer failed")] == 2 * [
        "ValidationError"
    ]
    assert states.taken == []


def test_a_missing_setting_is_not_taken_for_chat_being_off(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    monkeypatch.setenv("TABLE_NAME", "")
    clear_caches()
    refusal = chat.say()
    assert refusal.status == 503
    assert "has to mend it" in refusal.error
    assert len(failures(log, "chat answer failed")) == 1


def test_an_alarm_counts_what_the_web_front_answers_with_5xx() -> None:
    text = (TERRAFORM / "alarms.tf").read_text()
    [alarm] = [one for one in text.split("\nresource ") if "approval_address" in one]
    assert '"5XXError"' in alarm
    assert "alarm_actions       = [aws_sns_topic.alarms.arn]" in alarm


def test_an_answer_from_chat_about_an_incident_that_is_not_kept_is_not_asked_for_again(
    slack_chat: Chat, slack: FakeSlack, stack: FakeStack, states: FakeStates
) -> None:
    value = value_of(slack)
    remove(stack, "INCIDENT#")
    refusal = slack_chat.say()
    assert refusal.status == 404
    assert "not kept any more" in refusal.error
    assert slack_chat.press("approve", value, "UANA", slack.reply_url).status == 200
    assert "not kept any more" in str(slack.messages[-1])
    assert states.taken == []


@pytest.mark.parametrize("many", [None, [None], []], ids=["absent", "null in it", "empty"])
def test_a_null_in_a_query_counts_as_not_sent(many: object, browser: Browser) -> None:
    missing = browser.get(s="").html
    changes = {
        "queryStringParameters": browser.query | {"s": None},
        "multiValueQueryStringParameters": {n: [v] for n, v in browser.query.items()} | {"s": many},
    }
    answer = browser.request("GET", **changes)
    assert (answer.status, answer.html) == (403, missing)


def test_the_console_takes_a_null_in_a_query_for_not_sent(stack: FakeStack) -> None:
    assert signed_in(stack).get_with_nulls("/console", "page", "q", "server").status == 200
