"""Links: each opens one approval in one approver's name, and no other one does."""

from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qlik_monitor.domain.actions import Consent
from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.approval_link import LinkParameters, check_link, sign_link
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.errors import ApprovalLinkInvalid
from tests.fakes.builders import a_key, an_approval

HOUR = timedelta(hours=1)
KEY = a_key()
APPROVAL = an_approval(approvers=("ana", "ben"))
LINK = sign_link(APPROVAL, "ana", KEY)
FIELDS = ["id", "expires", "key_id", "signature"]
ANY_CHARACTER = st.characters(exclude_categories=()) | st.sampled_from("0aA-_=\n")


def test_a_genuine_link_leads_to_its_approval_in_its_approver_s_name() -> None:
    found = check_link(APPROVAL, LINK, (KEY,))
    assert found.approval is APPROVAL
    assert found.approver == "ana"
    assert LINK.approval_id == APPROVAL.id
    assert len(LINK.id) == 40


def test_a_link_expires_when_it_says_though_a_repeated_step_asks_for_longer() -> None:
    asked_again = APPROVAL.model_copy(update={"expires_at": APPROVAL.expires_at + HOUR})
    assert check_link(asked_again, LINK, (KEY,)).approval.expires_at == APPROVAL.expires_at
    newer = sign_link(asked_again, "ana", KEY)
    assert check_link(asked_again, newer, (KEY,)).approval is asked_again


def test_a_link_never_lasts_longer_than_its_approval() -> None:
    shorter = APPROVAL.model_copy(update={"expires_at": APPROVAL.expires_at - HOUR})
    assert check_link(shorter, LINK, (KEY,)).approval is shorter


def test_each_approver_has_a_link_of_their_own_that_names_nobody() -> None:
    other = sign_link(APPROVAL, "ben", KEY)
    assert check_link(APPROVAL, other, (KEY,)).approver == "ben"
    assert other.id != LINK.id
    assert "ana" not in LINK.id
    for changed in ({"signature": other.signature}, {"id": other.id}):
        with pytest.raises(ApprovalLinkInvalid):
            check_link(APPROVAL, LINK.model_copy(update=changed), (KEY,))


def test_a_link_that_names_nobody_is_for_whoever_has_it() -> None:
    approval = an_approval()
    assert check_link(approval, sign_link(approval, ANYONE, KEY), (KEY,)).approver == ANYONE


def test_somebody_who_was_not_asked_has_no_link() -> None:
    with pytest.raises(ApprovalLinkInvalid):
        check_link(APPROVAL, sign_link(APPROVAL, "eve", KEY), (KEY,))


@given(st.sampled_from(FIELDS), st.data(), ANY_CHARACTER)
def test_no_link_verifies_after_any_change_of_one_character(
    field: str, data: st.DataObject, character: str
) -> None:
    value = str(getattr(LINK, field))
    place = data.draw(st.integers(0, len(value)))
    width = data.draw(st.integers(0, 1))
    changed = value[:place] + character + value[place + width :]
    assume(changed != value)
    with pytest.raises(ApprovalLinkInvalid):
        check_link(APPROVAL, LINK.model_copy(update={field: changed}), (KEY,))


@given(st.sampled_from(FIELDS), st.data())
def test_no_link_verifies_with_a_character_missing(field: str, data: st.DataObject) -> None:
    value = str(getattr(LINK, field))
    place = data.draw(st.integers(0, len(value) - 1))
    changed = {field: value[:place] + value[place + 1 :]}
    with pytest.raises(ApprovalLinkInvalid):
        check_link(APPROVAL, LINK.model_copy(update=changed), (KEY,))


@pytest.mark.parametrize(
    "changes",
    [
        None,
        {"id": "x" * 24},
        {"incident_id": "another"},
        {"proposal_hash": "0"},
        {"approvers": ("ben",)},
        *({"consent": kind} for kind in Consent if kind is not Consent.PERSON),
    ],
    ids=str,
)
def test_a_link_opens_no_other_approval(changes: dict[str, object] | None) -> None:
    other: Approval | None = APPROVAL.model_copy(update=changes) if changes else None
    with pytest.raises(ApprovalLinkInvalid):
        check_link(other, LINK, (KEY,))


def test_a_link_signed_by_another_key_is_refused() -> None:
    for key in (a_key(key="another"), a_key(key_id="k2")):
        with pytest.raises(ApprovalLinkInvalid):
            check_link(APPROVAL, LINK, (key,))


def test_a_link_signed_by_the_key_before_is_good_as_long_as_that_one_is_kept() -> None:
    newer = a_key(key_id="k2", key="a newer one")
    assert check_link(APPROVAL, LINK, (newer, KEY)).approver == "ana"
    with pytest.raises(ApprovalLinkInvalid):
        check_link(APPROVAL, LINK.model_copy(update={"key_id": "k2"}), (newer, KEY))


def test_an_empty_link_is_refused() -> None:
    empty = LinkParameters(id="", expires="", key_id="", signature="")
    for approval in (APPROVAL, None):
        with pytest.raises(ApprovalLinkInvalid):
            check_link(approval, empty, (KEY,))
