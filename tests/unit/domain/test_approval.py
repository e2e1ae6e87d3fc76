from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.actions import Action, Consent
from qlik_monitor.domain.approval import (
    Approval,
    ApprovalStatus,
    approval_id,
    expiry_of,
    hash_of_proposal,
    life_of,
    too_few_agreed,
)
from tests.fakes.builders import (
    NOON,
    a_decided,
    a_decision,
    a_key,
    a_proposal,
    an_answer,
    an_approval,
    later,
)

KEY = a_key()
YES, NO = ApprovalStatus.APPROVED, ApprovalStatus.REJECTED
PANEL = ("ana", "ben", "eve")
TWO_OF_THREE = an_approval(approvers=PANEL, needed=2)


def test_one_yes_decides_where_one_is_needed() -> None:
    answer = an_answer(YES, comment="go on")
    decided = an_approval().with_answer(answer)
    assert (decided.status, decided.decided_at, decided.comment) == (YES, answer.at, "go on")
    assert decided.answers == (answer,)


def test_as_many_different_people_as_are_needed_have_to_say_yes() -> None:
    first = TWO_OF_THREE.with_answer(an_answer(YES, by="ana"))
    assert (first.status, first.decided_at) == (ApprovalStatus.PENDING, None)
    assert (first.agreed, first.left) == (("ana",), ("ben", "eve"))
    assert first.with_answer(an_answer(YES, by="ana", at=later(minutes=9))) is first
    second = first.with_answer(an_answer(YES, by="eve"))
    assert (second.status, second.agreed) == (YES, ("ana", "eve"))


def test_one_no_ends_it_whoever_said_yes_before() -> None:
    decided = TWO_OF_THREE.with_answer(an_answer(YES, by="ana")).with_answer(
        an_answer(NO, by="ben", comment="not today")
    )
    assert (decided.status, decided.comment) == (NO, "not today")
    assert decided.with_answer(an_answer(YES, by="eve")) is decided


def test_a_yes_to_what_has_changed_is_void_and_says_why() -> None:
    decided = TWO_OF_THREE.with_answer(an_answer(YES, by="ana"), "the task moves again")
    assert (decided.status, decided.void_because) == (ApprovalStatus.VOID, "the task moves again")
    assert decided.agreed == ()
    assert too_few_agreed(decided)
    rejected = TWO_OF_THREE.with_answer(an_answer(NO, by="ana"), "the task moves again")
    assert (rejected.status, rejected.void_because) == (NO, "")


@given(
    st.lists(st.tuples(st.sampled_from(PANEL), st.sampled_from([YES, NO]), st.booleans())),
    st.integers(1, 3),
)
def test_whatever_the_order_it_is_approved_only_by_enough_different_people_and_no_no(
    said: list[tuple[str, ApprovalStatus, bool]], needed: int
) -> None:
    approval = an_approval(approvers=PANEL, needed=needed)
    for name, status, changed in said:
        before = approval
        approval = before.with_answer(an_answer(status, by=name), "changed" if changed else "")
        if before.status is not ApprovalStatus.PENDING:
            assert approval is before
    counted = [one.by for one in approval.answers]
    assert len(counted) == len(set(counted))
    if approval.status is YES:
        assert len(approval.agreed) == needed
        assert too_few_agreed(approval) is None
        assert all(one.status is YES for one in approval.answers)
    else:
        assert len(approval.agreed) < needed
        assert too_few_agreed(approval)


def test_a_status_without_its_answers_is_not_enough() -> None:
    forged = an_approval().model_copy(update={"status": YES})
    assert too_few_agreed(forged) == "0 of those who were asked agreed, and 1 are needed"
    stranger = forged.model_copy(update={"answers": (an_answer(YES, by="eve"),)})
    assert too_few_agreed(stranger)


def test_it_expires_only_while_nobody_has_decided() -> None:
    pending = an_approval()
    assert not pending.is_expired(pending.expires_at - timedelta(seconds=1))
    assert pending.is_expired(pending.expires_at)
    assert not pending.with_answer(an_answer(YES)).is_expired(later(days=3))
    assert TWO_OF_THREE.with_answer(an_answer(YES, by="ana")).is_expired(later(days=3))


def test_a_retried_step_finds_its_approval_again_and_another_attempt_does_not() -> None:
    first = approval_id(a_decided(), KEY)
    assert first == approval_id(a_decided(), KEY)
    assert first != approval_id(a_decided(attempt=2), KEY)
    assert first != approval_id(a_decided(id="another"), KEY)
    assert first != approval_id(a_decided(), a_key(key="another"))
    assert len(first) == 24


def test_the_hash_changes_with_the_proposal() -> None:
    stop = a_decided(proposal=a_proposal(Action.STOP_AND_RESUME))
    assert hash_of_proposal(a_decided()) != hash_of_proposal(stop)


@given(st.integers(1, 10**6))
def test_a_link_expires_before_the_workflow_stops_waiting(seconds: int) -> None:
    timeout = timedelta(seconds=seconds)
    assert NOON < expiry_of(NOON, timeout) < NOON + timeout


def test_an_approval_from_before_an_update_is_one_for_whoever_has_the_link() -> None:
    stored = an_approval().model_dump(
        mode="json", exclude={"consent", "approvers", "needed", "answers", "void_because"}
    )
    assert Approval.model_validate(stored) == an_approval()


def test_the_hash_changes_with_the_consent_that_is_needed() -> None:
    strong = a_decided(decision=a_decision(consent=Consent.STRONG))
    assert hash_of_proposal(a_decided()) != hash_of_proposal(strong)


@pytest.mark.parametrize(("hours", "lives"), [(0.5, 0.5), (1, 1), (4, 1)])
def test_a_strong_approval_lives_an_hour_at_most(hours: float, lives: float) -> None:
    timeout = timedelta(hours=hours)
    assert life_of(Consent.STRONG, timeout) == timedelta(hours=lives)
    assert life_of(Consent.PERSON, timeout) == timeout


def test_a_consent_covers_its_own_kind_and_weaker_ones() -> None:
    weakest_first = [Consent.NOBODY, Consent.SWITCHES, Consent.PERSON, Consent.STRONG]
    assert list(Consent) == weakest_first
    for number, kind in enumerate(weakest_first):
        covered = [other for other in Consent if kind.covers(other)]
        assert covered == weakest_first[: number + 1]


def test_the_key_never_shows() -> None:
    assert KEY.key.get_secret_value() not in f"{KEY!r} {KEY} {KEY.model_dump_json()}"
