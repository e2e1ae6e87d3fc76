import pytest

from qlik_monitor.adapters.error_catalogue_file import read_entries
from qlik_monitor.domain.linear_pattern import not_linear
from qlik_monitor.errors import ConfigurationError


def entry(**changes: str) -> str:
    fields = {
        "name": "'lost'",
        "class": "'connection'",
        "patterns": "['lost']",
        "why": "'It is lost.'",
        "examples": "['lost', 'was lost']",
    } | changes
    return "[[entries]]\n" + "".join(f"{name} = {value}\n" for name, value in fields.items())


def test_a_file_is_read() -> None:
    file = read_entries("version = 1\n" + entry())
    assert [one.name for one in file.entries] == ["lost"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = ", "is not TOML"),
        (entry(), "version: "),
        ("version = 1\nentries = []", "entries: "),
        ("version = 1\n" + entry(**{"class": "'odd'"}), r"entries\[0\]\.class: 'odd'"),
        ("version = 1\n" + entry(**{"class": "'unknown'"}), "unknown is what no entry fits"),
        ("version = 1\n" + entry(patterns="['(lost']"), "is no regular expression"),
        (
            "version = 1\n" + entry(patterns="['Lost']"),
            r"\[0\]: 'Lost': has to be in lower",
        ),
        ("version = 1\n" + entry(patterns="['lost.*x']"), "repeats without a bound"),
        ("version = 1\n" + entry(patterns="[]"), "needs 'patterns', 'states' or 'stop_reasons'"),
        ("version = 1\n" + entry(examples="['lost']"), "needs 2 examples or more"),
        ("version = 1\n" + entry(states="['GONE']"), r"states\[0\]: 'GONE'"),
        ("version = 1\n" + entry(color="'red'"), r"entries\[0\]\.color"),
        ("version = 1\n" + entry() + entry(), "'lost' names two entries"),
        (
            "version = 1\n" + entry() + entry(name="'full'", **{"class": "'resource'"}),
            "'full' stands after 'lost'",
        ),
    ],
)
def test_a_mistake_is_named_by_place_and_value(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"error_classes\.toml.*{said}"):
        read_entries(text)


@pytest.mark.parametrize(
    "pattern",
    [
        *("(a+)+b", "a*", "a+", "(a|a){0,9}b", r"(a)\1", "(?i)a", "(?p<n>a)", "a{0,9}?", "a{2}{3}"),
        *("a.{0,81}b", "a.{0,}b", "a.{,9}b", ".{0,60}a.{0,60}b", "a?b?c?d?e?f?g?", "a{x}"),
    ],
)
def test_a_pattern_whose_cost_has_no_bound_is_refused(pattern: str) -> None:
    assert not_linear(pattern)


@pytest.mark.parametrize(
    "pattern",
    [r"a.{0,60}(b|c)", r"[*+]a\+", r"(?<!\w)a(?![\w\-]|\.\w)", r"( the)?( \w{1,20})? a", r"\{9\}"],
)
def test_a_pattern_of_bounded_cost_is_taken(pattern: str) -> None:
    assert not_linear(pattern) is None


def test_an_escape_may_be_in_upper_case() -> None:
    text = "version = 1\n" + entry(patterns=r"['\W\D\Slost']", examples="['--xlost', '.. lost']")
    assert read_entries(text).entries[0].patterns == (r"\W\D\Slost",)
