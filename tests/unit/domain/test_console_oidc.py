import string
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.console_oidc import (
    ATTEMPT_LASTS,
    Attempt,
    attempt_cookie,
    attempt_of,
    error_code,
    known_as,
    name_in,
    oidc_key,
    role_for,
    sign_in_by,
    state_fits,
)
from qlik_monitor.domain.console_session import (
    LinkState,
    Role,
    claim_of,
    cookie_of,
    session_key,
    state_of,
)
from tests.fakes.builders import NOON, a_key

KEY = oidc_key(a_key())
ATTEMPT = Attempt(state="s" * 43, nonce="n" * 43, verifier="v" * 43, until=NOON + ATTEMPT_LASTS)
ADA = "ada@example.com"


def test_the_key_of_attempts_signs_no_session_and_no_link() -> None:
    assert len({KEY.sign("x"), session_key(a_key()).sign("x"), a_key().sign("x")}) == 3
    assert claim_of(attempt_cookie(ATTEMPT, KEY), session_key(a_key()), NOON) is None
    session = cookie_of(sign_in_by(ATTEMPT, Role.VIEWER, ADA, NOON), session_key(a_key()))
    assert attempt_of(session, KEY, NOON) is None


def test_a_cookie_gives_back_its_attempt_for_ten_minutes() -> None:
    cookie = attempt_cookie(ATTEMPT, KEY)
    assert attempt_of(cookie, KEY, NOON) == ATTEMPT
    assert attempt_of(cookie, KEY, NOON + timedelta(minutes=9, seconds=59)) == ATTEMPT
    assert attempt_of(cookie, KEY, NOON + timedelta(minutes=10)) is None


@given(st.text(max_size=300))
def test_no_text_is_an_attempt_by_chance(text: str) -> None:
    assert attempt_of(text, KEY, NOON) is None
    assert not state_fits(ATTEMPT, text)


@given(st.integers(0, 250), st.characters())
def test_no_changed_cookie_is_genuine(place: int, letter: str) -> None:
    cookie = attempt_cookie(ATTEMPT, KEY)
    place %= len(cookie)
    changed = cookie[:place] + letter + cookie[place + 1 :]
    assert changed == cookie or attempt_of(changed, KEY, NOON) is None


def test_only_its_own_state_fits_an_attempt() -> None:
    assert state_fits(ATTEMPT, "s" * 43)
    assert not state_fits(ATTEMPT, "s" * 42)
    assert not state_fits(ATTEMPT, "")


@pytest.mark.parametrize(
    ("claims", "claim", "name"),
    [
        ({"email": ADA, "email_verified": True}, "email", ADA),
        ({"email": ADA}, "email", None),
        ({"email": ADA, "email_verified": False}, "email", None),
        ({"email": ADA, "email_verified": "true"}, "email", None),
        ({"email": ADA, "email_verified": 1}, "email", None),
        ({"preferred_username": "ada"}, "preferred_username", "ada"),
        ({"preferred_username": "ada"}, "upn", None),
        ({"sub": ["ada"]}, "sub", None),
        ({"sub": ""}, "sub", None),
        ({"sub": " ada"}, "sub", None),
        ({"sub": "a" * 101}, "sub", None),
        ({"sub": "ada\n"}, "sub", None),
        ({"sub": "ada\u202e"}, "sub", None),
    ],
)
def test_a_name_is_taken_only_from_a_claim_to_rely_on(
    claims: dict[str, object], claim: str, name: str | None
) -> None:
    assert name_in(claims, claim) == name


@pytest.mark.parametrize(
    ("name", "approvers", "viewers", "role"),
    [
        (ADA, {ADA}, "", Role.APPROVER),
        (ADA, {"Ada@Example.com"}, "", Role.APPROVER),
        (ADA, {ADA}, ADA, Role.APPROVER),
        (ADA, {"grace@example.com"}, "x@example.com, ADA@example.com", Role.VIEWER),
        (ADA, set(), "*", Role.VIEWER),
        (ADA, set(), " * ", Role.VIEWER),
        (ADA, set(), "", None),
        (ADA, set(), "da@example.com,ada@example.co", None),
        ("ada", set(), "ada@example.com", None),
        # a Kelvin sign, which folds into a k
        ("mi\u212ae@example.com", {"mike@example.com"}, "mike@example.com", None),
        ("ö@example.com", {"Ö@example.com"}, "ö@example.com", Role.VIEWER),
    ],
)
def test_a_role_follows_the_lists(
    name: str, approvers: set[str], viewers: str, role: Role | None
) -> None:
    assert role_for(name, frozenset(approvers), viewers) is role


def test_somebody_is_called_as_the_list_spells_them() -> None:
    assert known_as("ADA@example.com", frozenset({ADA, "b"})) == ADA
    assert known_as("nobody", frozenset({ADA})) is None


def test_an_attempt_becomes_a_session_under_a_name_of_its_own() -> None:
    made = sign_in_by(ATTEMPT, Role.VIEWER, ADA, NOON)
    assert state_of(made, NOON) is LinkState.USED
    assert (made.name, made.role) == (ADA, Role.VIEWER)
    assert made.session_until == NOON + timedelta(hours=8)
    assert sign_in_by(ATTEMPT, Role.VIEWER, ADA, NOON).id == made.id
    other = ATTEMPT.model_copy(update={"verifier": "w" * 43})
    assert sign_in_by(other, Role.VIEWER, ADA, NOON).id != made.id


@given(st.text())
def test_an_error_s_code_is_told_only_in_plain_letters(text: str) -> None:
    assert set(error_code(text)) <= set(string.ascii_lowercase + "_")
    assert error_code("access_denied") == "access_denied"
