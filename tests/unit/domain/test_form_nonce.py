"""Nonces of forms: good for one form, one holder and one hour, and nothing else is good."""

from datetime import timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from qlik_monitor.domain.form_nonce import FORM_LASTS, code_of, holds, issue
from tests.fakes.builders import NOON, a_key, later

KEY = a_key()
NONCE = issue(KEY, "approval", "a-1\nana\nseen", NOON)


def test_a_nonce_holds_for_its_form_for_an_hour() -> None:
    for at in (NOON, later(minutes=59)):
        assert holds(NONCE, KEY, "approval", "a-1\nana\nseen", at)
    assert not holds(NONCE, KEY, "approval", "a-1\nana\nseen", NOON + FORM_LASTS)
    assert not holds(NONCE, KEY, "approval", "a-1\nana\nseen", NOON - timedelta(minutes=5))
    assert holds(NONCE, KEY, "approval", "a-1\nana\nseen", later(hours=5), lasts=FORM_LASTS * 9)


def test_a_nonce_holds_for_nothing_else() -> None:
    assert not holds(NONCE, KEY, "pause", "a-1\nana\nseen", NOON)
    assert not holds(NONCE, KEY, "approval", "a-1\nben\nseen", NOON)
    assert not holds(NONCE, a_key(key="another"), "approval", "a-1\nana\nseen", NOON)
    # Neither is it a link, nor is anything that the key itself signs a nonce.
    assert not holds(f"{int(NOON.timestamp())}.{KEY.sign('x')}", KEY, "approval", "x", NOON)


@given(st.text() | st.from_regex(r"\d{1,12}\.[\w-]{43}"))
def test_anything_else_is_no_nonce_and_breaks_nothing(text: str) -> None:
    assume(text != NONCE)
    assert not holds(text, KEY, "approval", "a-1\nana\nseen", NOON)
    assert len(code_of(text)) == 4


def test_the_digits_are_those_of_the_page() -> None:
    assert code_of(NONCE) == code_of(NONCE)
    others = {code_of(issue(KEY, "approval", str(n), NOON)) for n in range(50)}
    assert len(others) > 40
    assert all(code.isdecimal() for code in others)
