"""The approval of a reload: its own message, what must be typed, and for how long."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

import functions.approval_api.handler as approval_api
from functions.approval_api import outcome
from functions.request_approval.handler import handler as request_approval
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.actions import Consent
from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.approval import Approval, ApprovalStatus
from qlik_monitor.domain.incident import Incident
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, a_decided, a_table_reload, a_target_reload
from tests.fakes.running import run
from tests.integration.functions.approving import Browser, FakeStates, typed_from

REASON = "The owners of the data agreed."
HOSTILE = "<script>alert(1)</script>\" onload='x' {{7*7}}"


class Asking:
    """Asks for approvals, and reads what was stored."""

    def __init__(
        self, stack: FakeStack, incidents: DynamoDbIncidents, approvals: DynamoDbApprovals
    ) -> None:
        self.stack, self._incidents, self._approvals = stack, incidents, approvals

    def browser(self, incident: Incident) -> Browser:
        self._incidents.open(incident)
        event = {"incident_id": incident.id, "attempt": 1, "task_token": TASK_TOKEN}
        run(request_approval, event)
        return Browser.of(self.stack.told[-1].body)

    def stored(self, browser: Browser) -> Approval:
        approval = self._approvals.get(browser.approval_id)
        assert approval is not None
        return approval


@pytest.fixture
def asking(
    stack: FakeStack,
    incidents: DynamoDbIncidents,
    approvals: DynamoDbApprovals,
    states: FakeStates,
) -> Asking:
    return Asking(stack, incidents, approvals)


@pytest.fixture
def browser(asking: Asking) -> Browser:
    """A browser with the link to a pending approval of a target's reload."""
    return asking.browser(a_target_reload())


def test_a_reload_is_asked_for_in_a_message_of_its_own_kind(
    asking: Asking, browser: Browser
) -> None:
    [told] = asking.stack.told
    assert told.kind == "destructive_approval_requested"
    assert told.subject == "[Qlik] Approve reload_target, which rewrites data?: prod/orders"
    assert "All tables of task prod/orders are emptied" in told.body
    assert "its name has to be typed" in told.body
    assert asking.stored(browser).consent is Consent.STRONG


def test_an_ordinary_approval_goes_out_as_ever(asking: Asking) -> None:
    browser = asking.browser(a_decided())
    assert asking.stack.told[-1].kind == "approval_requested"
    assert asking.stored(browser).consent is Consent.PERSON
    page = browser.get().html
    assert 'name="typed"' not in page
    assert "rewritten" not in page
    assert browser.post(decision="approve").status == 200


@pytest.mark.parametrize(
    ("timeout", "minutes"), [("60", 0), ("1800", 29), ("3600", 59), ("14400", 59)]
)
def test_a_strong_approval_lives_an_hour_at_most(
    timeout: str, minutes: int, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVAL_TIMEOUT_SECONDS", timeout)
    approval = asking.stored(asking.browser(a_target_reload()))
    lives = approval.expires_at - approval.requested_at
    assert timedelta(minutes=minutes) < lives < timedelta(minutes=minutes + 1)


def test_the_page_names_what_is_rewritten_and_what_to_type(browser: Browser) -> None:
    page = browser.get().html
    assert '<h2 id="rewritten">What will be rewritten</h2>' in page
    assert "All tables of task prod/orders are emptied" in page
    assert '<label for="typed">To approve, type <code>prod/orders</code>' in page
    assert '<label for="comment">Reason' in page
    # Enter presses a form's first button: that one must decide nothing.
    assert page.index("<button") == page.index('<button type="submit" disabled hidden>')
    assert page.count("<script") == 1


@pytest.mark.parametrize(
    ("incident", "name"),
    [(a_target_reload(), "prod/orders"), (a_table_reload(), "SALES.ORDERS")],
    ids=["target", "table"],
)
def test_the_very_name_and_a_reason_approve(
    incident: Incident, name: str, asking: Asking, states: FakeStates
) -> None:
    browser = asking.browser(incident)
    answer = browser.post(decision="approve", typed=name, comment=REASON)
    assert answer.status == 200
    assert "<strong>approved</strong>" in answer.html
    assert states.taken == [(TASK_TOKEN, "approved")]
    stored = asking.stored(browser)
    assert (stored.status, stored.comment) == (ApprovalStatus.APPROVED, REASON)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "orders",
        "prod/Orders",
        "PROD/ORDERS",
        " prod/orders",
        "prod/orders ",
        "prod/orders\r\n",
        "prod/orders\u200b",
        "prod/\u043erders",
        "prod\uff0forders",
        "prod/orders\x00",
        "prod%2Forders",
        "yes",
        HOSTILE,
    ],
    ids=ascii,
)
def test_another_text_shows_the_form_again_and_decides_nothing(
    typed: str, browser: Browser, asking: Asking, states: FakeStates
) -> None:
    answer = browser.post(decision="approve", typed=typed, comment=REASON)
    assert answer.status == 400
    assert "To approve, type exactly prod/orders" in answer.html
    assert "Nothing was decided" in answer.html
    assert REASON in answer.html
    assert answer.html.count("<script") == 1
    assert states.taken == []
    assert asking.stored(browser).status is ApprovalStatus.PENDING
    again = browser.post(decision="approve", typed="prod/orders", comment=REASON)
    assert again.status == 200


@pytest.mark.parametrize("comment", ["", "   ", "\u200b", "...", "\n"], ids=ascii)
def test_an_approval_without_a_reason_decides_nothing(
    comment: str, browser: Browser, states: FakeStates
) -> None:
    answer = browser.post(decision="approve", typed="prod/orders", comment=comment)
    assert answer.status == 400
    assert "please give a reason" in answer.html
    assert 'value="prod/orders"' in answer.html
    assert states.taken == []


@pytest.mark.parametrize(
    "body",
    [
        "decision=approve",
        "decision=approve&typed=prod%2Forders&typed=x&comment=yes",
        "decision=approve&typed=x&typed=prod%2Forders&comment=yes",
        "decision=approve&Typed=prod%2Forders&comment=yes",
        "decision=approve&typed[]=prod%2Forders&comment=yes",
        "decision=approve&decision=reject&typed=prod%2Forders&comment=yes",
        "decision=approve;typed=prod/orders;comment=yes",
    ],
)
def test_a_form_of_another_shape_decides_nothing(
    body: str, browser: Browser, states: FakeStates
) -> None:
    shown = urlencode(typed_from(browser.get().html))
    assert browser.post_body(f"{body}&{shown}").status == 400
    assert states.taken == []


def test_to_reject_neither_name_nor_reason_has_to_be_typed(
    browser: Browser, states: FakeStates
) -> None:
    assert browser.post(decision="reject").status == 200
    assert states.taken == [(TASK_TOKEN, "rejected")]


def test_an_expired_approval_of_a_reload_does_nothing(
    browser: Browser, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = utc_now() + timedelta(hours=1)
    for module in (approval_api, outcome):
        monkeypatch.setattr(module, "utc_now", lambda: later)
    answer = browser.post(decision="approve", typed="prod/orders", comment=REASON)
    assert answer.status == 410
    assert states.taken == []


def test_an_approval_whose_incident_holds_another_proposal_now_cannot_be_given(
    asking: Asking, browser: Browser, incidents: DynamoDbIncidents, states: FakeStates
) -> None:
    now = incidents.get(a_target_reload().id)
    other = a_decided()
    incidents.save(now.model_copy(update={"decision": other.decision, "proposal": other.proposal}))
    for typed in ("", "prod/orders"):
        answer = browser.post(decision="approve", typed=typed, comment=REASON)
        assert answer.status == 400
        assert "cannot be approved" in answer.html
    assert states.taken == []
    assert browser.post(decision="reject").status == 200


def test_a_hostile_name_is_shown_as_text_and_can_be_typed(
    asking: Asking, states: FakeStates
) -> None:
    browser = asking.browser(a_target_reload(subject=Subject(server="prod", task=HOSTILE)))
    page = browser.get().html
    assert page.count("<script") == 1
    assert "alert(1)" in page
    answer = browser.post(decision="approve", typed=f"prod/{HOSTILE}", comment=REASON)
    assert answer.status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]
