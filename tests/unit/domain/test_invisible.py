import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.invisible import runs_leftwards, shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prod/orders", "prod/orders"),
        ("orders \u202egpj.exe", "orders [U+202E]gpj.exe"),
        ("a\u2066b\u2069c", "a[U+2066]b[U+2069]c"),
        ("a\u200bb\x00c\u2028d\ufeff", "a[U+200B]b[U+0000]c[U+2028]d[U+FEFF]"),
        ("a line\nanother\tone", "a line\nanother\tone"),
        ("Größe מלאי 在庫 🚚", "Größe מלאי 在庫 🚚"),
    ],
)
def test_what_nobody_sees_is_written_as_its_number(text: str, said: str) -> None:
    assert shown(text) == said


@given(st.text())
def test_what_is_shown_holds_nothing_that_turns_text_round(text: str) -> None:
    assert not set(shown(text)) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert shown(shown(text)) == shown(text)


@pytest.mark.parametrize(
    ("text", "leftwards"),
    [
        ("prod/orders 1", False),
        ("Größe 在庫", False),
        ("מלאי", True),
        ("مخزون", True),
        ("١٢", True),
    ],
)
def test_a_text_that_reads_from_right_to_left_is_known(text: str, leftwards: bool) -> None:
    assert runs_leftwards(text) is leftwards
