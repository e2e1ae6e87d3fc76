"""The form's nonce: good for what was shown to whom, and for nothing else."""

import pytest

from qlik_monitor.domain.approval_link import Invitation
from qlik_monitor.domain.decision_form import decision_form, is_of_form
from tests.fakes.builders import NOON, a_key, an_approval

KEY = a_key()
APPROVAL = an_approval(approvers=("ana", "ben"))
SHOWN = Invitation(approval=APPROVAL, approver="ana")
SEEN = "0" * 64


def test_a_form_is_taken_from_the_page_it_was_shown_on() -> None:
    made = decision_form(SHOWN, None, SEEN, KEY, NOON)
    assert is_of_form(made.nonce, SHOWN, SEEN, (KEY,), NOON)


@pytest.mark.parametrize(
    "other",
    [
        Invitation(approval=APPROVAL, approver="ben"),
        Invitation(approval=an_approval(id="x" * 24), approver="ana"),
        Invitation(
            approval=APPROVAL.model_copy(update={"proposal_hash": "f" * 64}), approver="ana"
        ),
    ],
    ids=["another approver", "another approval", "another proposal"],
)
def test_a_form_is_not_taken_for_anything_else(other: Invitation) -> None:
    made = decision_form(SHOWN, None, SEEN, KEY, NOON)
    assert not is_of_form(made.nonce, other, SEEN, (KEY,), NOON)


def test_a_form_is_not_taken_for_another_page() -> None:
    made = decision_form(SHOWN, None, SEEN, KEY, NOON)
    assert not is_of_form(made.nonce, SHOWN, "1" * 64, (KEY,), NOON)
