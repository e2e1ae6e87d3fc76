from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.console_session import (
    LINK_LASTS,
    SESSION_LASTS,
    LinkState,
    Role,
    SignIn,
    claim_of,
    cookie_of,
    id_of,
    new_sign_in,
    session_holds,
    session_key,
    state_of,
)
from tests.fakes.builders import NOON, a_key, later

KEY = session_key(a_key())


def used(role: Role = Role.VIEWER, until: datetime = NOON + SESSION_LASTS) -> SignIn:
    sign_in = new_sign_in("a-link", role, "Ada", NOON)
    return sign_in.model_copy(update={"session_until": until})


def test_the_session_s_key_is_not_the_links_own() -> None:
    assert KEY.key != a_key().key
    assert KEY.sign("x") != a_key().sign("x")
    assert session_key(a_key()) == KEY
    assert session_key(a_key(key="another-key")).key != KEY.key


def test_a_cookie_says_what_was_signed() -> None:
    claim = claim_of(cookie_of(used(Role.APPROVER), KEY), KEY, NOON)
    assert claim is not None
    assert (claim.id, claim.role) == (id_of("a-link"), Role.APPROVER)
    assert session_holds(claim, used(Role.APPROVER), NOON)


def test_a_cookie_ends_with_its_session() -> None:
    cookie = cookie_of(used(), KEY)
    assert claim_of(cookie, KEY, NOON + SESSION_LASTS - timedelta(seconds=1))
    assert claim_of(cookie, KEY, NOON + SESSION_LASTS) is None


@given(st.text(max_size=300))
def test_no_text_is_a_cookie_by_chance(text: str) -> None:
    assert claim_of(text, KEY, NOON) is None


@given(st.integers(0, 200), st.characters())
def test_no_changed_cookie_is_genuine(place: int, letter: str) -> None:
    cookie = cookie_of(used(), KEY)
    place %= len(cookie)
    changed = cookie[:place] + letter + cookie[place + 1 :]
    assert changed == cookie or claim_of(changed, KEY, NOON) is None


@pytest.mark.parametrize(
    ("stored", "holds"),
    [
        (used(), True),
        (None, False),
        (used(Role.APPROVER), False),
        (used().model_copy(update={"ended": True}), False),
        (used().model_copy(update={"session_until": None}), False),
        (used(until=NOON), False),
    ],
    ids=["stored", "forgotten", "other role", "signed out", "never used", "over"],
)
def test_the_table_has_the_last_word(stored: SignIn | None, holds: bool) -> None:
    claim = claim_of(cookie_of(used(), KEY), KEY, NOON)
    assert claim is not None
    assert session_holds(claim, stored, NOON) is holds


@pytest.mark.parametrize(
    ("sign_in", "now", "state"),
    [
        (None, NOON, LinkState.UNKNOWN),
        (new_sign_in("x", Role.VIEWER, "Ada", NOON), later(minutes=9), LinkState.GOOD),
        (new_sign_in("x", Role.VIEWER, "Ada", NOON), NOON + LINK_LASTS, LinkState.EXPIRED),
        (used(), NOON, LinkState.USED),
    ],
)
def test_a_link_knows_whether_it_is_good(
    sign_in: SignIn | None, now: datetime, state: LinkState
) -> None:
    assert state_of(sign_in, now) is state
