from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qlik_monitor.domain.actions import Action, Consent
from qlik_monitor.domain.approval import (
    Approval,
    ApprovalStatus,
    LinkParameters,
    approval_id,
    check_link,
    expiry_of,
    hash_of_proposal,
    life_of,
    sign_link,
)
from qlik_monitor.errors import ApprovalLinkExpired, ApprovalLinkInvalid
from tests.fakes.builders import NOON, a_decided, a_decision, a_key, a_proposal, an_approval, later

KEY = a_key()
APPROVAL = an_approval()
LINK = sign_link(APPROVAL, KEY)
ANY_CHARACTER = st.characters(exclude_categories=()) | st.sampled_from("0aA-_=\n")


def test_a_genuine_link_in_time_leads_to_its_approval() -> None:
    assert check_link(APPROVAL, LINK, KEY, NOON) is APPROVAL


@given(st.sampled_from(["expires", "key_id", "signature"]), st.data(), ANY_CHARACTER)
def test_no_link_verifies_after_any_change_of_one_character(
    field: str, data: st.DataObject, character: str
) -> None:
    value = str(getattr(LINK, field))
    place = data.draw(st.integers(0, len(value)))
    width = data.draw(st.integers(0, 1))
    changed = value[:place] + character + value[place + width :]
    assume(changed != value)
    with pytest.raises(ApprovalLinkInvalid):
        check_link(APPROVAL, LINK.model_copy(update={field: changed}), KEY, NOON)


@given(st.sampled_from(["expires", "key_id", "signature"]), st.data())
def test_no_link_verifies_with_a_character_missing(field: str, data: st.DataObject) -> None:
    value = str(getattr(LINK, field))
    place = data.draw(st.integers(0, len(value) - 1))
    changed = {field: value[:place] + value[place + 1 :]}
    with pytest.raises(ApprovalLinkInvalid):
        check_link(APPROVAL, LINK.model_copy(update=changed), KEY, NOON)


@pytest.mark.parametrize(
    "other",
    [
        None,
        an_approval(id="x" * 24),
        an_approval(incident_id="another"),
        an_approval(proposal_hash="0"),
    ],
    ids=["unknown", "another id", "another incident", "another proposal"],
)
def test_a_link_opens_no_other_approval(other: Approval | None) -> None:
    with pytest.raises(ApprovalLinkInvalid):
        check_link(other, LINK, KEY, NOON)


def test_a_link_signed_by_another_key_is_refused() -> None:
    with pytest.raises(ApprovalLinkInvalid):
        check_link(APPROVAL, LINK, a_key(key="another"), NOON)
    with pytest.raises(ApprovalLinkInvalid):
        check_link(APPROVAL, LINK, a_key(key_id="k2"), NOON)


def test_an_empty_link_is_refused() -> None:
    empty = LinkParameters(expires="", key_id="", signature="")
    for approval in (APPROVAL, None):
        with pytest.raises(ApprovalLinkInvalid):
            check_link(approval, empty, KEY, NOON)


def test_a_link_expires_at_its_moment() -> None:
    assert check_link(APPROVAL, LINK, KEY, APPROVAL.expires_at - timedelta(seconds=1))
    with pytest.raises(ApprovalLinkExpired, match="2026-03-02 13:00:00 UTC"):
        check_link(APPROVAL, LINK, KEY, APPROVAL.expires_at)


def test_what_was_decided_can_still_be_looked_at_later() -> None:
    decided = an_approval(status=ApprovalStatus.APPROVED)
    assert check_link(decided, LINK, KEY, later(days=3)) is decided


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


def test_the_kind_of_an_approval_is_part_of_its_link() -> None:
    strong = an_approval(consent=Consent.STRONG)
    link = sign_link(strong, KEY)
    assert check_link(strong, link, KEY, NOON) is strong
    for kind in set(Consent) - {Consent.STRONG}:
        with pytest.raises(ApprovalLinkInvalid):
            check_link(an_approval(consent=kind), link, KEY, NOON)
    with pytest.raises(ApprovalLinkInvalid):
        check_link(strong, LINK, KEY, NOON)


def test_links_and_approvals_from_before_an_update_are_still_good() -> None:
    parts = (APPROVAL.id, APPROVAL.incident_id, APPROVAL.proposal_hash, LINK.expires, KEY.key_id)
    assert KEY.sign("\n".join(parts)) == LINK.signature
    stored = APPROVAL.model_dump(mode="json", exclude={"consent"})
    assert Approval.model_validate(stored).consent is Consent.PERSON


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
