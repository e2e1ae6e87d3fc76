"""Links that are opened late: refused with what happened since, or showing what was decided."""

from datetime import timedelta

import pytest

import functions.request_approval.handler as request_approval
from functions.approval_api import opening
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.approval import Answer, ApprovalStatus, Way
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.audit import Origin
from qlik_monitor.domain.incident import IncidentStatus
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, a_decided
from tests.fakes.running import run
from tests.integration.functions.approving import Browser, FakeStates, ask_about, typed_from
from tests.integration.functions.conftest import Clock, clear_caches


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_an_expired_link_says_what_has_happened_since(
    method: str, stack: FakeStack, states: FakeStates, incidents: DynamoDbIncidents, clock: Clock
) -> None:
    [browser] = ask_about(stack, a_decided()).values()
    shown = typed_from(browser.get().html)
    waiting = incidents.get(a_decided().id)
    reason = "nobody answered in time"
    lease = timedelta(0)
    incidents.save(
        waiting.moved_to(IncidentStatus.ESCALATED, utc_now(), lease=lease, reason=reason)
    )
    clock.forward(hours=1)
    before = stack.dump()
    answer = browser.send(decision="approve", **shown) if method == "POST" else browser.get(method)
    assert answer.status == 410
    for text in ("This link expired at", "nobody had answered", "escalated", reason):
        assert text in answer.html
    assert 'name="decision"' not in answer.html
    assert "<form" not in answer.html
    assert (stack.dump(), states.taken) == (before, [])


def test_a_link_is_good_until_its_very_end(
    stack: FakeStack, states: FakeStates, clock: Clock
) -> None:
    [browser] = ask_about(stack, a_decided()).values()
    shown = typed_from(browser.get().html)
    clock.forward(seconds=3600 - 10 - 2)
    assert browser.send(decision="approve", **shown).status == 200
    assert len(states.taken) == 1


def test_a_link_of_a_step_that_was_repeated_expires_as_it_was_sent(
    stack: FakeStack, states: FakeStates, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    [old] = ask_about(stack, a_decided()).values()
    shown = typed_from(old.get().html)
    clock.forward(minutes=30)
    monkeypatch.setattr(request_approval, "utc_now", clock)
    event = {"incident_id": a_decided().id, "attempt": 1, "task_token": TASK_TOKEN}
    run(request_approval.handler, event)
    new = Browser.of(stack.told[-1].body)
    assert new.path == old.path
    clock.forward(minutes=31)
    before = stack.dump()
    for answer in (old.get(), old.send(decision="approve", **shown)):
        assert answer.status == 410
        assert "nobody had answered" in answer.html
    assert (stack.dump(), states.taken) == (before, [])
    assert new.post(decision="approve").status == 200
    assert len(states.taken) == 1
    assert "<strong>approved</strong>" in old.get().html


def test_of_two_who_have_to_agree_one_alone_is_too_few_when_it_expires(
    stack: FakeStack, states: FakeStates, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVERS", "ana,ben")
    monkeypatch.setenv("APPROVALS_NEEDED", "low=2")
    clear_caches()
    browsers = ask_about(stack, a_decided())
    browsers["ana"].post(decision="approve")
    clock.forward(hours=1)
    for browser in browsers.values():
        for answer in (browser.get(), browser.post(decision="approve")):
            assert answer.status == 410
            assert "too few had agreed" in answer.html
            assert "ana said yes" in answer.html
    assert states.taken == []


@pytest.mark.parametrize(("decision", "word"), [("approve", "approved"), ("reject", "rejected")])
def test_what_was_decided_can_be_looked_at_days_later(
    decision: str, word: str, stack: FakeStack, states: FakeStates, clock: Clock
) -> None:
    [browser] = ask_about(stack, a_decided()).values()
    browser.post(decision=decision, comment="as agreed")
    clock.forward(days=30)
    before = stack.dump()
    for answer in (browser.get(), browser.post(decision="approve")):
        assert answer.status == 200
        assert f"<strong>{word}</strong>" in answer.html
        assert "as agreed" in answer.html
    assert (stack.dump(), len(states.taken)) == (before, 1)


def test_the_desk_takes_no_answer_after_the_end_whichever_way_it_comes(
    stack: FakeStack, states: FakeStates, approvals: DynamoDbApprovals
) -> None:
    [browser] = ask_about(stack, a_decided()).values()
    approval, before = approvals.get(browser.approval_id), stack.dump()
    assert approval is not None
    for status in (ApprovalStatus.APPROVED, ApprovalStatus.REJECTED):
        late = Answer(by=ANYONE, status=status, at=approval.expires_at, way=Way.COMMAND)
        taken = opening.desk().take(approval, late, Origin(way=Way.COMMAND))
        assert (taken.delivery, taken.approval) == ("not_due", approval)
    assert (stack.dump(), states.taken) == (before, [])
