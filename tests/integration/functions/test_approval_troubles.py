"""What goes wrong behind the approval page: a page that says so, and no stack trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.approval_api.pages import headers
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import the_table, utc_now
from qlik_monitor.domain.audit import AuditEntry, AuditEvent
from qlik_monitor.domain.incident import IncidentStatus
from qlik_monitor.settings import ApprovalApiSettings
from tests.fakes.aws import FakeStack, forget_secrets, read_secrets
from tests.fakes.builders import TASK_TOKEN, a_decided
from tests.integration.functions.approving import Answer, Browser, FakeStates, ask_about, typed_from
from tests.integration.functions.conftest import Log


@pytest.fixture
def browser(stack: FakeStack, states: FakeStates) -> Browser:
    [made] = ask_about(stack, a_decided()).values()
    return made


@contextmanager
def store_away(*operations: str, about: str = "") -> Iterator[None]:
    """Let DynamoDB not be reached by some operations of the page, whose request holds a word."""

    def fail(params: dict[str, Any], **_: object) -> None:
        if about not in str(params["body"]):
            return
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example/secret-path")

    events = the_table(ApprovalApiSettings).meta.client.meta.events
    for operation in operations:
        events.register(f"before-call.dynamodb.{operation}", fail)
    yield
    for operation in operations:
        events.unregister(f"before-call.dynamodb.{operation}", fail)


def is_private(answer: Answer) -> bool:
    return headers().items() <= answer.headers.items()


def is_later_page(answer: Answer, log: Log) -> bool:
    lines = log()
    failed = [line for line in lines if line["message"] == "approval page failed"]
    told = "Not just now" in answer.html and "Nothing" not in answer.html
    traces = "Traceback" in answer.html + str(lines) or "dynamodb.example" in answer.html
    return answer.status == 503 and told and bool(failed) and not traces and is_private(answer)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_store_that_is_away_is_told_kindly(
    method: str, browser: Browser, states: FakeStates, log: Log
) -> None:
    with store_away("GetItem"):
        assert is_later_page(browser.request(method), log)
    assert states.taken == []


def test_an_answer_that_cannot_be_written_is_not_taken_and_can_be_given_again(
    browser: Browser, stack: FakeStack, states: FakeStates, log: Log
) -> None:
    shown, before = typed_from(browser.get().html), stack.dump()
    with store_away("TransactWriteItems"):
        assert is_later_page(browser.send(decision="approve", **shown), log)
    assert (stack.dump(), states.taken) == (before, [])
    assert browser.send(decision="approve", **shown).status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_a_decision_whose_delivery_cannot_be_noted_is_not_delivered_twice(
    browser: Browser, states: FakeStates, log: Log
) -> None:
    shown = typed_from(browser.get().html)
    with store_away("TransactWriteItems", about="delivered"):
        assert is_later_page(browser.send(decision="approve", **shown), log)
    assert states.taken == [(TASK_TOKEN, "approved")]
    again = browser.post()
    assert again.status == 410
    assert "or was handed on before" in again.html
    assert "said yes" in again.html
    assert len(states.taken) == 1


def test_what_was_handed_on_stands_in_the_trail_once_however_often_its_note_fails(
    browser: Browser, states: FakeStates, stack: FakeStack, incidents: DynamoDbIncidents, log: Log
) -> None:
    shown = typed_from(browser.get().html)
    with store_away("TransactWriteItems", about="delivered"):
        assert is_later_page(browser.send(decision="approve", **shown), log)
        waiting = incidents.get(a_decided().id)
        incidents.save(waiting.moved_to(IncidentStatus.EXECUTING, utc_now(), lease=timedelta(1)))
        assert is_later_page(browser.post(), log)
    assert handed_on(stack) == []
    for _ in range(3):
        assert browser.post().status == 200
        assert len(handed_on(stack)) == 1
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_no_note_of_a_delivery_is_kept_without_its_entry_in_the_trail(
    browser: Browser, stack: FakeStack
) -> None:
    # An entry that is put alone could fail after the note, and nothing would ever add it.
    with store_away("PutItem", "UpdateItem"):
        assert browser.post(decision="approve").status == 200
    assert len(handed_on(stack)) == 1


def handed_on(stack: FakeStack) -> list[AuditEntry]:
    entries = DynamoDbAudit(stack.table).of(a_decided().id)
    return [entry for entry in entries if entry.event is AuditEvent.HANDED_ON]


@pytest.mark.parametrize("stage", ["AWSCURRENT", "AWSPREVIOUS"])
def test_a_secret_that_cannot_be_read_is_told_kindly(
    stage: str, browser: Browser, states: FakeStates, log: Log
) -> None:
    forget_secrets()
    with read_secrets(failing=stage):
        for answer in (browser.get(), browser.send(decision="approve")):
            assert is_later_page(answer, log)
    assert states.taken == []


UNKNOWN_PATHS = [
    "/",
    "/approvals",
    "/approvals/",
    "/approvals/a/b",
    "/console",
    "/approvals/\n",
    "/é%",
]


@pytest.mark.parametrize("path", UNKNOWN_PATHS, ids=ascii)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "PUT"])
def test_an_address_that_is_no_link_is_refused_like_a_wrong_link(
    method: str, path: str, browser: Browser, stack: FakeStack, log: Log
) -> None:
    before, wrong = stack.dump(), browser.get(s="wrong")
    answer = browser.request(method, path=path)
    assert (answer.status, answer.html, answer.headers) == (403, wrong.html, wrong.headers)
    assert is_private(answer)
    assert stack.dump() == before


def test_a_link_whose_incident_is_not_kept_any_more_is_refused(
    browser: Browser, stack: FakeStack, states: FakeStates, log: Log
) -> None:
    wrong = browser.get(s="wrong")
    shown = typed_from(browser.get().html)
    remove(stack, "INCIDENT#")
    for answer in (browser.get(), browser.send(decision="approve", **shown)):
        assert (answer.status, answer.html) == (403, wrong.html)
    assert states.taken == []
    assert "Traceback" not in str(log())


def remove(stack: FakeStack, prefix: str) -> None:
    found: list[dict[str, Any]] = [one for one in stack.dump() if one["pk"].startswith(prefix)]
    assert found
    for item in found:
        stack.table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
