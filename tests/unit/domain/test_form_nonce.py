from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from qlik_monitor.domain.approval import SigningKey
from qlik_monitor.domain.console_session import session_key
from qlik_monitor.domain.form_nonce import LONGEST, form_key, holds, issue
from tests.fakes.builders import NOON, later

APPROVAL_KEY = SigningKey(key_id="k1", key=SecretStr("a-long-secret-signing-key"))
KEY = form_key(APPROVAL_KEY)
HOUR = timedelta(hours=1)
NONCE = issue(KEY, "pause", "ada", NOON)


def test_a_nonce_holds_for_its_purpose_and_bearer_while_it_lasts() -> None:
    assert holds(NONCE, KEY, "pause", "ada", NOON, HOUR)
    assert holds(NONCE, KEY, "pause", "ada", later(minutes=59), HOUR)
    assert len(NONCE) <= LONGEST


@pytest.mark.parametrize(
    ("purpose", "bound_to", "minutes"),
    [("resume", "ada", 0), ("pause", "bob", 0), ("pause", "ada", 60), ("pause", "ada", -1)],
    ids=["another purpose", "another bearer", "too old", "of the future"],
)
def test_it_holds_for_nothing_else(purpose: str, bound_to: str, minutes: int) -> None:
    assert not holds(NONCE, KEY, purpose, bound_to, later(minutes=minutes), HOUR)


def test_parts_lend_no_characters_to_each_other() -> None:
    shifted = issue(KEY, "pause\n3", "ada", NOON)
    assert not holds(shifted, KEY, "pause", "3\nada", NOON, HOUR)


@pytest.mark.parametrize(
    "key", [APPROVAL_KEY, session_key(APPROVAL_KEY)], ids=["links", "sessions"]
)
def test_no_other_key_makes_one(key: SigningKey) -> None:
    assert not holds(issue(key, "pause", "ada", NOON), KEY, "pause", "ada", NOON, HOUR)


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        ".",
        "x",
        "1.x",
        "x" * 100_000,
        "9" * 5000 + ".x",
        "\ud800.\ud800",
        "\uff11.x",
        NONCE + ".",
    ],
)
def test_garbage_holds_for_nothing(garbage: str) -> None:
    assert not holds(garbage, KEY, "pause", "ada", NOON, HOUR)


@given(st.text(max_size=120))
def test_whatever_text_is_sent_is_answered_with_no(text: str) -> None:
    assert not holds(text, KEY, "pause", "ada", NOON, HOUR)


@given(st.integers(0, len(NONCE) - 1), st.characters(max_codepoint=126, min_codepoint=33))
def test_one_changed_character_voids_it(place: int, character: str) -> None:
    changed = NONCE[:place] + character + NONCE[place + 1 :]
    assert holds(changed, KEY, "pause", "ada", NOON, HOUR) is (changed == NONCE)
