"""Who may answer, and how many have to agree."""

import pytest

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.approvers import ANYONE, Approvers, Panel


def test_without_names_whoever_holds_the_link_may_answer() -> None:
    everyone = Approvers.parse("", "", "")
    assert everyone == Approvers()
    for action in (Action.RESUME, Action.RELOAD_TARGET):
        assert everyone.panel_for(action) == Panel(approvers=(ANYONE,), needed=1)


def test_the_risk_of_an_action_says_how_many_have_to_agree() -> None:
    some = Approvers.parse("ana@example.com=U01, ben, eve", "ana@example.com,ben", "destructive=2")
    assert some.panel_for(Action.RESUME) == Panel(
        approvers=("ana@example.com", "ben", "eve"), needed=1
    )
    assert some.panel_for(Action.RELOAD_TABLE) == Panel(
        approvers=("ana@example.com", "ben"), needed=2
    )


def test_a_chat_id_names_its_owner_and_nobody_else() -> None:
    some = Approvers.parse("ana=U01, ben", "", "")
    assert some.named_in_chat("U01") == "ana"
    assert some.named_in_chat("") is None
    assert some.named_in_chat("U02") is None


def test_who_is_on_the_list_may_answer_and_about_reloads_who_is_on_theirs() -> None:
    some = Approvers.parse("ana, ben", "ana", "")
    assert [some.allows(name) for name in ("ana", "ben", "eve", ANYONE)] == [
        True,
        True,
        False,
        False,
    ]
    assert [some.allows(name, rewrites=True) for name in ("ana", "ben", ANYONE)] == [
        True,
        False,
        False,
    ]
    for rewrites in (True, False):
        assert Approvers().allows(ANYONE, rewrites=rewrites)
        assert not Approvers().allows("ana", rewrites=rewrites)


@pytest.mark.parametrize(
    ("approvers", "rewrites", "needed", "problem"),
    [
        ("ana", "", "low=2", "APPROVALS_NEEDED has low=2, and 1 may agree"),
        ("", "", "high=2", "APPROVALS_NEEDED has high=2, and APPROVERS is empty"),
        ("ana,ben", "ana", "destructive=2", "APPROVALS_NEEDED has destructive=2, and 1 may agree"),
        ("ana, ana", "", "", "APPROVERS has the name ana twice"),
        ("ana@x.org, Ana@X.org", "", "high=2", "APPROVERS has the name ana@x.org twice"),
        ("Jose\u0301", "", "", "not spelt in Unicode's form NFC"),
        ("ana,ben", "ana,ana", "destructive=2", "DESTRUCTIVE_APPROVERS has the name ana twice"),
        ("ana=U1, ben=U1", "", "", "APPROVERS has the chat id U1 twice"),
        ("ana", "eve", "", "DESTRUCTIVE_APPROVERS has eve, who is no approver; allowed: ana"),
        ("", "eve", "", "allowed: none, as APPROVERS is empty"),
        ("=U1", "", "", "APPROVERS has '=U1'"),
        (ANYONE, "", "", "APPROVERS has 'anyone'"),
        ("a\u202eb", "", "", "characters that cannot be seen"),
        ("x" * 101, "", "", "at most 100 characters"),
        (",".join(f"p{n}" for n in range(51)), "", "", "APPROVERS has 51 names; 50 are allowed"),
        ("ana", "", "none=1", "APPROVALS_NEEDED has 'none=1'; expected one of low, moderate"),
        ("ana", "", "low=0", "a number from 1"),
        ("ana", "", "low=one", "a number from 1"),
        ("ana", "", "low", "a number from 1"),
    ],
)
def test_a_contradiction_is_named_with_what_is_allowed(
    approvers: str, rewrites: str, needed: str, problem: str
) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        Approvers.parse(approvers, rewrites, needed)
    assert problem in str(raised.value)
