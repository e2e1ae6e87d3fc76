from enum import StrEnum

import pytest

from qlik_monitor.adapters.qlik_fields import Fields
from qlik_monitor.domain.policy import opted_out
from tests.fakes.builders import an_aborted

NOT_COUNTS = ["5", "", True, False, -1, 1.0, 0.5, float("nan"), float("inf"), [], {}, 2**63]


class Colour(StrEnum):
    RED = "RED"
    UNKNOWN = "UNKNOWN"


@pytest.mark.parametrize("value", [0, 1, 2**63 - 1])
def test_a_whole_number_is_a_count(value: int) -> None:
    fields = Fields({"n": value})

    assert (fields.count("n"), fields.notes) == (value, ())


@pytest.mark.parametrize("value", NOT_COUNTS, ids=repr)
def test_anything_else_is_no_count_and_leaves_a_note(value: object) -> None:
    fields = Fields({"n": value})

    assert fields.count("n") is None
    assert [note.partition(":")[0] for note in fields.notes] == ["n"]


@pytest.mark.parametrize("source", [{}, {"n": None}])
def test_a_number_that_is_not_there_is_unknown_without_a_note(source: dict[str, object]) -> None:
    fields = Fields(source)

    assert (fields.count("n"), fields.clock("n"), fields.flag("n"), fields.notes) == (
        None,
        None,
        None,
        (),
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:00:00", 0),
        ("00:00:07", 7),
        (" 01:02:03 ", 3723),
        ("1:2:3", 3723),
        ("123:04:05", 443_045),
        ("99999:59:59", 359_999_999),
    ],
)
def test_a_clock_counts_hours_without_bound(text: str, seconds: int) -> None:
    assert Fields({"t": text}).clock("t") == seconds


@pytest.mark.parametrize(
    "value",
    [
        "",
        "abc",
        "-00:00:01",
        "1:2",
        "1:2:3:4",
        "00:60:00",
        "00:00:60",
        "00:00:01.5",
        "\u0661:00:00",
        7,
    ],
)
def test_a_malformed_clock_is_unknown_never_zero(value: object) -> None:
    fields = Fields({"t": value})

    assert fields.clock("t") is None
    assert len(fields.notes) == 1


def test_an_unknown_word_is_unknown_with_a_note_and_case_does_not_matter() -> None:
    fields = Fields({"a": "red ", "b": "BLUE", "c": 3})

    assert fields.choice(Colour, ("a",), Colour.UNKNOWN, {}) is Colour.RED
    assert fields.choice(Colour, ("b",), Colour.UNKNOWN, {}) is Colour.UNKNOWN
    assert fields.choice(Colour, ("c",), Colour.UNKNOWN, {}) is Colour.UNKNOWN
    assert fields.choice(Colour, ("d",), Colour.UNKNOWN, {}) is Colour.UNKNOWN
    assert fields.notes == ("b: 'BLUE'", "c: 3", "d: missing")


def test_a_speed_is_read_plainly_or_nested() -> None:
    fields = Fields({"plain": 7, "nested": {"current": 8}, "odd": {"current": "8"}})

    assert (fields.current("plain"), fields.current("nested")) == (7, 8)
    assert fields.current("odd") is None
    assert fields.notes == ("odd.current: '8'",)


@pytest.mark.parametrize(("value", "rate"), [(0, 0), (0.0, 0), (0.2, 1), (7, 7), (7.5, 8)])
def test_a_rate_rounds_up_so_that_a_little_is_not_nothing(value: float, rate: int) -> None:
    assert Fields({"r": value}).rate("r") == rate


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), "1", True])
def test_a_malformed_rate_is_unknown(value: object) -> None:
    fields = Fields({"r": value})

    assert fields.rate("r") is None
    assert len(fields.notes) == 1


def test_notes_carry_the_path_and_are_bounded() -> None:
    fields = Fields({"inner": {f"f{n}": "x" for n in range(100)}, "list": []})
    inner = fields.inner("inner")
    for n in range(100):
        inner.count(f"f{n}")

    assert fields.notes[0] == "inner.f0: 'x'"
    assert len(fields.notes) == 50


def test_a_list_of_texts_drops_what_is_no_text_and_says_so() -> None:
    fields = Fields({"tags": ["a", 1, "b"], "no": "a"})

    assert (fields.texts("tags"), fields.texts("no")) == (("a", "b"), ())
    assert fields.notes == ("tags: a list of 3 with 2 texts", "no: 'a'")


def test_a_tag_that_was_blotted_out_counts_as_one_that_could_not_be_read() -> None:
    fields = Fields({"assigned_tags": ["gold", "owner:dba@corp"]})

    assert fields.texts("assigned_tags") == ("gold", "owner:[redacted]@corp")
    assert [note.partition(":")[0] for note in fields.notes] == ["assigned_tags"]
    tagged = an_aborted(tags=("gold",), unknown_fields=fields.notes)
    assert "could not be read" in str(opted_out(tagged, frozenset({"hands-off"})))
