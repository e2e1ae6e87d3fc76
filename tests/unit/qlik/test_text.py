import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.adapters.qlik_text import (
    MESSAGE_LIMIT,
    clean_name,
    clean_text,
    name_fault,
    seen,
)


def test_control_characters_become_spaces_and_direction_marks_vanish() -> None:
    assert clean_text(" ORA-1\r\n\x1b[31mred\u202egnp\u200b.\u2028end ") == "ORA-1 [31mredgnp. end"


def test_long_text_is_cut_and_shows_it() -> None:
    cut = clean_text("x" * 5000)

    assert len(cut) == MESSAGE_LIMIT
    assert cut.endswith("…")


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=300))
def test_any_text_becomes_text_that_can_be_stored(text: str) -> None:
    cleaned = clean_text(text, 100)

    cleaned.encode()
    assert len(cleaned) <= 100
    assert cleaned.isprintable() or not any(ord(one) < 32 for one in cleaned)


@pytest.mark.parametrize("name", ["ORDERS", "a/b?c&d%20é", " leading", "..", "日本"])
def test_an_unusual_name_is_a_name(name: str) -> None:
    assert name_fault(name) is None


@pytest.mark.parametrize(
    "name", [None, "", "  ", 7, True, [], {}, "a\nb", "a\u202eb", "\ud800", "x" * 256]
)
def test_what_cannot_name_anything_is_explained(name: object) -> None:
    assert "its name" in str(name_fault(name))


def test_an_integer_too_long_to_print_is_described() -> None:
    assert seen(10**5000) == "a number of more than 30 digits"


SECRET = "Hunter2-Planted"
LEAK = f"login failed for sa; password={SECRET}"


def test_text_from_qlik_gives_no_secret_away() -> None:
    assert clean_text(LEAK) == "login failed for sa; password=[redacted]"


def test_a_secret_at_the_edge_of_a_text_is_not_cut_to_a_piece_of_itself() -> None:
    key = "sk-" + "a1b2" * 8
    assert "sk-" not in clean_text("x" * 90 + f" {key}", 100)
    assert "sk-" not in seen("x" * 60 + f" {key}")


def test_a_name_is_an_identity_and_stays_whole() -> None:
    assert clean_name("token: EU\n orders") == "token: EU  orders"


def test_what_is_told_of_an_unexpected_value_gives_no_secret_away() -> None:
    assert SECRET not in seen(LEAK)
