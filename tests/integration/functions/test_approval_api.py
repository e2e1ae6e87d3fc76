import re
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

import functions.approval_api.handler as approval_api
from functions.approval_api import outcome
from functions.request_approval.handler import handler as request_approval
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.composition import the_table, utc_now
from qlik_monitor.domain.anomaly import Evidence, Subject
from qlik_monitor.domain.approval import ApprovalStatus
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import Endpoint
from qlik_monitor.settings import ApprovalApiSettings
from tests.fakes.aws import FakeStack
from tests.fakes.builders import (
    TASK_TOKEN,
    a_decided,
    a_decision,
    a_proposal,
    a_restart,
    an_aborted,
    an_anomaly,
)
from tests.fakes.running import run
from tests.integration.functions.approving import Browser, FakeStates
from tests.integration.functions.conftest import Log

HOSTILE = "<script>alert(1)</script>\" onload='x' {{7*7}} &amp;"


def invited(stack: FakeStack, incidents: DynamoDbIncidents, incident: Incident) -> Browser:
    incidents.open(incident)
    event = {"incident_id": incident.id, "attempt": 1, "task_token": TASK_TOKEN}
    run(request_approval, event)
    return Browser.of(stack.told[-1].body)


@pytest.fixture
def browser(stack: FakeStack, incidents: DynamoDbIncidents, states: FakeStates) -> Browser:
    """A browser with the link to a pending approval."""
    return invited(stack, incidents, a_decided())


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_never_changes_anything(
    method: str, browser: Browser, stack: FakeStack, states: FakeStates
) -> None:
    before = stack.dump()
    for _ in range(3):
        assert browser.get(method).status == 200
    browser.get(method, decision="approve")
    assert stack.dump() == before
    assert states.taken == []


def test_the_page_shows_what_there_is_to_decide(browser: Browser) -> None:
    html = browser.get().html
    for expected in (
        "Resume prod/orders?",
        "summary of aborted",
        "The connection was lost.",
        "It is back, so a resume picks up.",
        "95 %",
        "gpt-4o",
        "attempt 1",
        'value="approve"',
        'value="reject"',
        "ORA-03113",
    ):
        assert expected in html


def test_the_page_explains_the_incident_and_leads_to_the_decision(browser: Browser) -> None:
    html = browser.get().html
    for title in ("What is wrong", "Class of the error", "What code decided", "What was done"):
        assert title in html
    assert "nothing: no action of this incident has been called in Qlik" in html
    assert html.index('id="decision"') < html.index('id="part-facts"')
    assert 'id="decision"' in html


def test_headings_stand_in_their_order_and_each_section_has_one(browser: Browser) -> None:
    html = browser.get().html
    assert html.count("<h1") == 1
    levels = [int(level) for level in re.findall(r"<h(\d)", html)]
    assert all(below - above <= 1 for above, below in pairwise(levels))
    for name in re.findall(r'aria-labelledby="([\w-]+)"', html):
        assert html.count(f'id="{name}"') == 1


def test_after_a_decision_the_page_tells_what_came_of_it(
    browser: Browser, restarts: DynamoDbRestarts
) -> None:
    browser.post(decision="approve", comment="go on")
    restart = a_restart()
    restarts.record(restart, RestartOutcome.RECOVERED, "run accepted", utc_now())
    html = browser.get().html
    for expected in ("Answer", "approved", "go on", "it helped", "run accepted"):
        assert expected in html


def test_a_link_of_an_earlier_attempt_says_that_the_incident_has_moved_on(
    browser: Browser, incidents: DynamoDbIncidents
) -> None:
    browser.post(decision="approve")
    incident = incidents.get(a_decided().id)
    past = incident.with_past("restart 1 did not help", utc_now())
    incidents.save(past.model_copy(update={"attempt": 2, "approval_id": None}))
    html = browser.get().html
    assert "This link is about attempt 1; the incident is at attempt 2 now." in html
    assert "restart 1 did not help" in html


def test_a_past_that_cannot_be_read_is_unknown_and_hinders_no_decision(
    browser: Browser, states: FakeStates, log: Log
) -> None:
    def fail(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    client = the_table(ApprovalApiSettings).meta.client
    client.meta.events.register("before-call.dynamodb.Query", fail)
    assert "unknown: it could not be read just now" in browser.get().html
    assert browser.post(decision="approve").status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]
    assert "past not read" in [line["message"] for line in log()]


def test_pages_are_private(browser: Browser) -> None:
    for answer in (browser.get(), browser.get(s="wrong"), browser.post(decision="reject")):
        headers = answer.headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(("decision", "status"), [("approve", "approved"), ("reject", "rejected")])
def test_a_decision_is_stored_with_its_comment_and_handed_on_once(
    decision: str,
    status: str,
    browser: Browser,
    states: FakeStates,
    approvals: DynamoDbApprovals,
) -> None:
    answer = browser.post(decision=decision, comment="  because  ")
    assert answer.status == 200
    assert f"<strong>{status}</strong>" in answer.html
    assert states.taken == [(TASK_TOKEN, status)]
    stored = approvals.get(browser.approval_id)
    assert stored is not None
    assert (stored.status.value, stored.comment, stored.delivered) == (status, "because", True)


def test_a_second_decision_shows_the_first(browser: Browser, states: FakeStates) -> None:
    browser.post(decision="reject", comment="the first")
    answer = browser.post(decision="approve", comment="the second")
    assert "<strong>rejected</strong>" in answer.html
    assert "the first" in answer.html
    assert "the second" not in answer.html
    assert states.taken == [(TASK_TOKEN, "rejected")]
    assert "<strong>rejected</strong>" in browser.get().html


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "Please choose approve or reject."),
        ({"decision": "perhaps", "comment": "mine"}, "Please choose approve or reject."),
        ({"decision": "approve", "comment": "x" * 501}, "has 501 characters"),
    ],
    ids=["nothing", "neither", "too long"],
)
def test_a_form_with_a_problem_decides_nothing(
    fields: dict[str, str],
    problem: str,
    browser: Browser,
    stack: FakeStack,
    states: FakeStates,
) -> None:
    before = stack.dump()
    answer = browser.post(**fields)
    assert answer.status == 400
    assert problem in answer.html
    assert fields.get("comment", "")[:500] in answer.html
    assert stack.dump() == before
    assert states.taken == []


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ("&".join(f"f{n}=1" for n in range(30)), {}),
        ("decision=approve&comment=" + "x" * 9000, {}),
        ("gP8=", {"isBase64Encoded": True}),
        ("%%%", {}),
        ("", {}),
    ],
    ids=["many fields", "large", "not text", "not a form", "empty"],
)
def test_a_form_that_cannot_be_read_decides_nothing(
    body: str, changes: dict[str, Any], browser: Browser, states: FakeStates
) -> None:
    assert browser.post_body(body, **changes).status == 400
    assert states.taken == []


@pytest.mark.parametrize("part", ["e", "k", "s"])
def test_a_changed_link_opens_nothing(
    part: str, browser: Browser, stack: FakeStack, states: FakeStates
) -> None:
    before = stack.dump()
    browser.query[part] += "1"
    for answer in (browser.get(), browser.post(decision="approve")):
        assert answer.status == 403
        assert "orders" not in answer.html
    assert stack.dump() == before
    assert states.taken == []


@pytest.mark.parametrize(
    "approval_id", ["x" * 24, "short", "x" * 3000], ids=["unknown", "short", "long"]
)
def test_an_unknown_approval_is_answered_like_a_wrong_link(
    approval_id: str, browser: Browser
) -> None:
    genuine = Browser(browser.path, browser.query | {"s": "wrong"}).get()
    unknown = Browser(f"/approvals/{approval_id}", browser.query).get()
    assert (unknown.status, unknown.html) == (genuine.status, genuine.html) == (403, genuine.html)


def test_a_link_without_its_signature_opens_nothing(browser: Browser) -> None:
    assert Browser(browser.path, {}).get().status == 403


def test_an_expired_link_is_kindly_refused(
    browser: Browser, stack: FakeStack, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = utc_now() + timedelta(hours=2)
    for module in (approval_api, outcome):
        monkeypatch.setattr(module, "utc_now", lambda: later)
    before = stack.dump()
    for answer in (browser.get(), browser.post(decision="approve")):
        assert answer.status == 410
        assert "This link expired at" in answer.html
        assert "Nothing was done" in answer.html
    assert stack.dump() == before
    assert states.taken == []


def test_a_decision_can_be_looked_at_after_its_link_expired(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.post(decision="approve")
    later = utc_now() + timedelta(days=2)
    for module in (approval_api, outcome):
        monkeypatch.setattr(module, "utc_now", lambda: later)
    assert browser.get().status == 200


def test_a_decision_that_could_not_be_handed_on_is_kept_and_handed_on_again(
    browser: Browser, states: FakeStates
) -> None:
    states.failures = ["ThrottlingException"]
    first = browser.post(decision="approve", comment="go")
    assert first.status == 503
    assert "could not be handed on" in first.html
    assert browser.get().status == 503
    again = browser.post()
    assert again.status == 200
    assert "<strong>approved</strong>" in again.html
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_a_decision_nobody_waits_for_says_how_the_incident_stands(
    browser: Browser, states: FakeStates
) -> None:
    states.failures = ["TaskTimedOut"]
    answer = browser.post(decision="approve")
    assert answer.status == 410
    assert "Nobody waits for this decision any more" in answer.html
    assert "awaiting approval" in answer.html


def test_two_clicks_at_once_are_one_decision(
    browser: Browser, states: FakeStates, approvals: DynamoDbApprovals
) -> None:
    taking = states.send_task_success

    def meanwhile(**arguments: str) -> dict[str, Any]:
        # The other request is a moment ahead: it has handed the decision on already.
        taking(**arguments)
        decided = approvals.get(browser.approval_id)
        assert decided is not None
        approvals.delivered(decided, utc_now())
        return taking(**arguments)

    states.send_task_success = meanwhile  # type: ignore[method-assign]
    answer = browser.post(decision="approve")
    assert answer.status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_whatever_others_wrote_is_shown_and_never_run(
    stack: FakeStack, incidents: DynamoDbIncidents, states: FakeStates
) -> None:
    incident = a_decided(
        subject=Subject(server="prod", task=HOSTILE),
        anomalies=(an_anomaly(summary=HOSTILE, evidence=(Evidence(name=HOSTILE, value=HOSTILE),)),),
        snapshot=an_aborted(
            message=HOSTILE,
            source_endpoint=Endpoint(name=HOSTILE),
            target_endpoint=Endpoint(name=HOSTILE),
        ),
        proposal=a_proposal(
            cause=HOSTILE,
            reasoning=HOSTILE,
            evidence=(HOSTILE,),
            model=HOSTILE,
            rules_because=HOSTILE,
        ),
        decision=a_decision(reasons=(HOSTILE,)),
        reason=HOSTILE,
    )
    browser = invited(stack, incidents, incident)
    pages = [browser.get(), browser.post(comment=HOSTILE), browser.get()]
    states.failures = ["TaskTimedOut"]
    pages += [browser.post(comment=HOSTILE, decision="reject"), browser.get()]
    for page in pages:
        assert page.html.count("<script") == 1
        assert "alert(1)" in page.html
        assert "{{7*7}}" in page.html
        assert "&#34; onload=" in page.html


def test_no_secret_is_shown(
    stack: FakeStack, incidents: DynamoDbIncidents, states: FakeStates
) -> None:
    leak = "password=hunter2"
    incident = a_decided(
        anomalies=(an_anomaly(summary=leak, evidence=(Evidence(name="message", value=leak),)),),
        snapshot=an_aborted(message=leak, source_endpoint=Endpoint(name=leak), tags=(leak,)),
        proposal=a_proposal(cause=leak, reasoning=leak, evidence=(leak,)),
        decision=a_decision(reasons=(leak,)),
        reason=leak,
    )
    browser = invited(stack, incidents, incident)
    for page in (browser.get(), browser.post(decision="reject", comment=leak), browser.get()):
        assert "redacted" in page.html
        assert "hunter2" not in page.html


def test_the_task_token_is_shown_nowhere(
    browser: Browser,
    states: FakeStates,
    stack: FakeStack,
    log: Log,
    capfd: pytest.CaptureFixture[str],
) -> None:
    states.failures = ["ThrottlingException", "InternalError"]
    answers = [browser.get(), browser.post(decision="approve"), browser.post(), browser.get()]
    answers += [browser.post(), browser.get(), browser.get(s="wrong")]
    printed = capfd.readouterr()
    lines = log()
    assert [line["message"] for line in lines].count("decision not delivered") == 2
    for shown in (answers, lines, printed.out, printed.err, stack.told, browser):
        assert TASK_TOKEN not in str(shown)


def test_an_approval_is_logged_without_its_signature_or_comment(browser: Browser, log: Log) -> None:
    browser.post(decision="approve", comment="a private remark")
    text = str(log())
    assert "approval answered" in text
    assert browser.query["s"] not in text
    assert "a private remark" not in text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_offered(method: str, browser: Browser, states: FakeStates) -> None:
    assert browser.get(method).status == 403
    assert states.taken == []


def test_a_pending_approval_stays_pending_until_someone_decides(
    browser: Browser, approvals: DynamoDbApprovals
) -> None:
    browser.get()
    stored = approvals.get(browser.approval_id)
    assert stored is not None
    assert stored.status is ApprovalStatus.PENDING
