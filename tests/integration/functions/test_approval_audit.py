"""The trail of an approval: who was asked, who answered what from where, and what was handed on."""

import pytest

from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.approval import Way, hash_of_proposal
from qlik_monitor.domain.audit import MAX_AGENT, AuditEntry, AuditEvent
from qlik_monitor.domain.history import point_of
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK, TASK_TOKEN, a_decided, a_snapshot
from tests.integration.functions.approving import Browser, FakeStates, ask_about, typed_from
from tests.integration.functions.conftest import clear_caches

INCIDENT = a_decided()
PHONE = "Mozilla/5.0 (a phone)"


@pytest.fixture
def browsers(
    stack: FakeStack, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Browser]:
    monkeypatch.setenv("APPROVERS", "ana,ben")
    monkeypatch.setenv("APPROVALS_NEEDED", "low=2")
    clear_caches()
    return ask_about(stack, INCIDENT)


def trail(stack: FakeStack) -> list[AuditEntry]:
    return list(DynamoDbAudit(stack.table).of(INCIDENT.id))


def answer(browser: Browser, decision: str, agent: str = PHONE) -> dict[str, str]:
    """Answer from a certain device; return what the page held."""
    shown = typed_from(browser.get().html)
    changes = {"headers": {"User-Agent": agent}, "multiValueHeaders": {"User-Agent": [agent]}}
    browser.send_with(changes, decision=decision, comment="as agreed", **shown)
    return shown


def test_each_question_answer_and_handing_on_is_an_entry(
    browsers: dict[str, Browser], stack: FakeStack
) -> None:
    seen = [answer(browsers[name], "approve")["seen"] for name in ("ana", "ben")]
    entries = trail(stack)
    assert [(one.event, one.by) for one in entries] == [
        (AuditEvent.ASKED, "ana"),
        (AuditEvent.ASKED, "ben"),
        (AuditEvent.APPROVED, "ana"),
        (AuditEvent.APPROVED, "ben"),
        (AuditEvent.HANDED_ON, "ana, ben"),
    ]
    assert {one.proposal_hash for one in entries} == {hash_of_proposal(INCIDENT)}
    assert {one.approval_id for one in entries} == {browsers["ana"].approval_id}
    assert entries[0].detail == "2 of 2 have to agree"
    assert entries[-1].detail == "approved"
    for one, shown in zip(entries[2:4], seen, strict=True):
        assert (one.way, one.address, one.agent) == (Way.LINK, "192.0.2.1", PHONE)
        assert (one.seen, len(one.seen), one.detail) == (shown, 64, "as agreed")
    assert [one.at for one in entries] == sorted(one.at for one in entries)


@pytest.mark.parametrize("void", [False, True])
def test_a_no_and_a_void_yes_are_entries_of_their_own_kind(
    void: bool, browsers: dict[str, Browser], stack: FakeStack
) -> None:
    if void:
        point = point_of(a_snapshot(observed_at=utc_now()))
        DynamoDbHistory(stack.table).save(TASK.server, {TASK.task: point}, point.at)
    answer(browsers["ben"], "approve" if void else "reject")
    said, handed_on = trail(stack)[2:]
    assert said.event is (AuditEvent.VOIDED if void else AuditEvent.REJECTED)
    assert ("and is RUNNING" in said.detail) is void
    assert (handed_on.event, handed_on.by) == (AuditEvent.HANDED_ON, "ben")
    assert handed_on.detail == ("void" if void else "rejected")


def test_what_counts_for_nothing_leaves_no_entry(
    browsers: dict[str, Browser], stack: FakeStack
) -> None:
    answer(browsers["ana"], "approve")
    before = trail(stack)
    answer(browsers["ana"], "reject")
    browsers["ben"].get()
    browsers["ben"].send(decision="approve")
    browsers["ben"].get(s="wrong")
    assert trail(stack) == before


def test_no_signature_nonce_digits_or_task_token_stands_in_the_trail(
    browsers: dict[str, Browser], stack: FakeStack
) -> None:
    shown = [answer(browser, "approve") for browser in browsers.values()]
    text = "".join(str(item) for item in stack.dump() if item["pk"].startswith("AUDIT#"))
    secret = [TASK_TOKEN, *(one["nonce"] for one in shown)]
    secret += [one["nonce"].split(".")[1] for one in shown]
    secret += [one.query["s"] for one in browsers.values()]
    secret += [one.path.rpartition("/")[2] for one in browsers.values()]
    for one in secret:
        assert one not in text


def test_a_hostile_agent_is_kept_as_text_and_cut(
    browsers: dict[str, Browser], stack: FakeStack
) -> None:
    answer(browsers["ana"], "approve", agent="<script>\n" + "x" * 9000)
    entry = trail(stack)[2]
    assert entry.agent.startswith("<script>")
    assert len(entry.agent) == MAX_AGENT
