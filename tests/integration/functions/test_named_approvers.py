"""Named approvers: a link each, as many yeses as the risk asks for, nobody in another's name."""

import pytest

from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.domain.approval import Approval, ApprovalStatus
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, a_decided, a_target_reload
from tests.integration.functions.approving import Browser, FakeStates, ask_about
from tests.integration.functions.conftest import clear_caches

REASON = "The owners of the data agreed."


def set_approvers(monkeypatch: pytest.MonkeyPatch, names: str, needed: str = "low=2") -> None:
    monkeypatch.setenv("APPROVERS", names)
    monkeypatch.setenv("APPROVALS_NEEDED", needed)
    clear_caches()


@pytest.fixture
def three(
    stack: FakeStack, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Browser]:
    """The browsers of three who are asked, of whom two have to agree."""
    set_approvers(monkeypatch, "ana,ben,eve")
    return ask_about(stack, a_decided())


@pytest.fixture
def stored(three: dict[str, Browser], approvals: DynamoDbApprovals) -> "Stored":
    return Stored(approvals, three["ana"].approval_id)


class Stored:
    def __init__(self, approvals: DynamoDbApprovals, approval_id: str) -> None:
        self._approvals, self._id = approvals, approval_id

    def __call__(self) -> Approval:
        approval = self._approvals.get(self._id)
        assert approval is not None
        return approval


def test_each_gets_a_message_of_their_own_and_the_others_a_notice_without_a_link(
    three: dict[str, Browser], stack: FakeStack
) -> None:
    *asked, notice = stack.told
    assert [(one.approver, one.kind) for one in asked] == [
        (name, "approval_requested") for name in ("ana", "ben", "eve")
    ]
    for one in asked:
        assert f"The link is for {one.approver} alone" in one.body
        assert "2 of 3 people have to agree" in one.body
    assert len({browser.path for browser in three.values()}) == 3
    assert (notice.approver, notice.kind) == ("", "approval_awaited")
    assert "Asked: ana, ben, eve. 2 of 3 people have to agree." in notice.body
    for secret in ("https://", "/approvals/", *(one.query["s"] for one in three.values())):
        assert secret not in notice.body


def test_the_page_says_in_whose_name_one_answers(three: dict[str, Browser]) -> None:
    for name, browser in three.items():
        html = browser.get().html
        assert f"You answer as <strong>{name}</strong>" in html
        assert "Asked and not answered: ana, ben, eve." in html


def test_parts_of_another_s_link_open_nothing_in_one_s_own_name_or_theirs(
    three: dict[str, Browser], stack: FakeStack, states: FakeStates
) -> None:
    ana, ben, before = three["ana"], three["ben"], stack.dump()
    for mixed in (Browser(ana.path, ben.query), Browser(ben.path, ana.query)):
        for answer in (mixed.get(), mixed.send(decision="approve"), mixed.get("HEAD")):
            assert answer.status == 403
    assert (stack.dump(), states.taken) == (before, [])


def test_another_s_link_answers_in_that_other_name_alone(
    three: dict[str, Browser], stored: Stored
) -> None:
    three["ben"].post(decision="approve", by="ana", approver="ana")
    assert [one.by for one in stored().answers] == ["ben"]
    assert stored().left == ("ana", "eve")


def test_after_the_first_yes_nothing_is_handed_on_and_the_page_says_who_is_waited_for(
    three: dict[str, Browser], states: FakeStates, stored: Stored
) -> None:
    answer = three["ana"].post(decision="approve", comment="fine by me")
    for page in (answer, three["ana"].get()):
        assert page.status == 200
        assert "waits for others" in page.html
        assert "more people have to agree" in page.html
        assert "1 of 2 needed have said yes. Asked and not answered: ben, eve." in page.html
    assert "ana said yes" in three["ben"].get().html
    assert "fine by me" in three["ben"].get().html
    assert states.taken == []
    assert stored().status is ApprovalStatus.PENDING


@pytest.mark.parametrize("again", ["approve", "reject"])
def test_a_second_answer_of_the_same_person_changes_nothing(
    again: str, three: dict[str, Browser], states: FakeStates, stored: Stored, stack: FakeStack
) -> None:
    form = three["ana"].get().html
    three["ana"].post(decision="approve")
    before = stack.dump()
    assert 'value="approve"' in form
    answers = [three["ana"].post(decision=again), three["ana"].send(decision=again)]
    assert [one.status for one in answers] == [200, 200]
    assert "1 of 2 needed have said yes" in answers[0].html
    assert (stack.dump(), states.taken) == (before, [])
    assert stored().agreed == ("ana",)


def test_two_of_three_are_enough_and_the_third_learns_of_it(
    three: dict[str, Browser], states: FakeStates, stack: FakeStack
) -> None:
    three["ana"].post(decision="approve")
    assert "<strong>approved</strong>" in three["eve"].post(decision="approve").html
    assert states.taken == [(TASK_TOKEN, "approved")]
    before = stack.dump()
    late = three["ben"].post(decision="reject")
    assert late.status == 200
    assert "ana said yes" in late.html
    assert "eve said yes" in late.html
    assert (stack.dump(), len(states.taken)) == (before, 1)


@pytest.mark.parametrize("first", [True, False])
def test_one_no_ends_it(first: bool, three: dict[str, Browser], states: FakeStates) -> None:
    if not first:
        three["ana"].post(decision="approve")
    three["ben"].post(decision="reject", comment="the owners are at it")
    assert states.taken == [(TASK_TOKEN, "rejected")]
    for browser in three.values():
        page = browser.get()
        assert "rejected" in page.html
        assert "ben said no" in page.html
        assert 'name="decision"' not in page.html
    three["eve"].post(decision="approve")
    assert len(states.taken) == 1


def test_who_was_struck_meanwhile_can_neither_look_nor_answer(
    three: dict[str, Browser],
    states: FakeStates,
    stack: FakeStack,
    stored: Stored,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    form = {"decision": "approve"}
    three["ana"].post(decision="approve")
    set_approvers(monkeypatch, "ana,eve,new")
    before = stack.dump()
    answers = [three["ben"].get(), three["ben"].send(**form), three["ben"].post(**form)]
    wrong = three["eve"].get(s="wrong")
    assert {(one.status, one.html) for one in answers} == {(403, wrong.html)}
    assert (stack.dump(), states.taken) == (before, [])
    three["eve"].post(decision="approve")
    assert states.taken == [(TASK_TOKEN, "approved")]
    assert stored().agreed == ("ana", "eve")


@pytest.mark.parametrize(("before", "after"), [("", "ana"), ("ana", "")])
def test_naming_approvers_ends_the_link_that_named_nobody_and_the_reverse(
    before: str,
    after: str,
    stack: FakeStack,
    states: FakeStates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_approvers(monkeypatch, before, "")
    [browser] = ask_about(stack, a_decided()).values()
    assert browser.get().status == 200
    set_approvers(monkeypatch, after, "")
    assert browser.get().status == 403


def test_who_may_agree_to_reloads_no_more_cannot_answer_such_a_question(
    stack: FakeStack, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTRUCTIVE_APPROVERS", "ana,ben")
    set_approvers(monkeypatch, "ana,ben,eve", "")
    browsers = ask_about(stack, a_target_reload())
    assert browsers.keys() == {"ana", "ben"}
    monkeypatch.setenv("DESTRUCTIVE_APPROVERS", "ana")
    clear_caches()
    typed = {"decision": "approve", "typed": "prod/orders", "comment": REASON}
    assert browsers["ben"].post(**typed).status == 403
    assert states.taken == []
    assert browsers["ana"].post(**typed).status == 200
