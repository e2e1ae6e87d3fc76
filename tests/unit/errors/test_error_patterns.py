"""A deployment's own error patterns beside the built-in catalogue."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.alert_rules.reading import read_rules
from local.rules_check.__main__ import main
from qlik_monitor.adapters.alert_rules_errors import AlertRulesInvalid
from qlik_monitor.adapters.error_catalogue_file import built_in_catalogue
from qlik_monitor.domain.class_actions import forbids_restart
from qlik_monitor.domain.error_class import CURABLE, ErrorClass
from qlik_monitor.domain.error_pattern import ErrorPattern
from qlik_monitor.domain.task import StopReason, TaskState

ABORTED = (TaskState.ERROR, StopReason.FATAL_ERROR)
STRICT_EXAMPLES = [
    text
    for entry in built_in_catalogue().entries
    if forbids_restart(entry.error_class)
    for text in entry.examples
]
RULES = """\
version: 1
error_patterns:
  - name: gateway
    class: connection
    text: gateway * reset code
    states: [ERROR]
  - name: too brave
    class: connection
    text: login failed
"""


def a_pattern(text: str = "odd error", **changes: Any) -> ErrorPattern:
    usual = {"name": "own", "class": ErrorClass.CONNECTION, "text": text}
    return ErrorPattern.model_validate(usual | changes)


def class_by(pattern: ErrorPattern, message: str) -> ErrorClass:
    return built_in_catalogue().with_patterns((pattern,)).classify(*ABORTED, message)


@pytest.mark.parametrize(
    ("text", "message", "fits"),
    [
        ("gateway reset", "The GATEWAY reset it", True),
        ("gateway*reset", "gateway 7 was reset", True),
        ("gateway*reset", "reset of the gateway", False),
        ("*gateway*", "gateway", True),
        ("code 7", "code 17", False),
        ("code .*", "code 7", False),
        ("aa(bb+)+c", "aabbbbc", False),
        ("aa(bb+)+c", "xaa(bb+)+cx", True),
        ("aaa*aab", "aaaab", False),
    ],
)
def test_a_text_fits_anywhere_whatever_its_case_and_a_star_is_anything(
    text: str, message: str, fits: bool
) -> None:
    assert a_pattern(text).fits(*ABORTED, message) is fits


def test_a_pattern_fits_only_in_its_states_and_for_its_reasons() -> None:
    pattern = a_pattern(states=["ERROR"], stop_reasons=["RECOVERABLE_ERROR"])
    for state in TaskState:
        for reason in StopReason:
            meant = (state, reason) == (TaskState.ERROR, StopReason.RECOVERABLE_ERROR)
            assert pattern.fits(state, reason, "an odd error") is meant


@pytest.mark.parametrize("error_class", ErrorClass)
def test_a_pattern_names_what_the_catalogue_does_not_know(error_class: ErrorClass) -> None:
    assert class_by(a_pattern(**{"class": error_class}), "an odd error") is error_class


@pytest.mark.parametrize(
    "error_class", [one for one in ErrorClass if forbids_restart(one)] + [ErrorClass.UNKNOWN]
)
def test_a_pattern_may_forbid_what_the_catalogue_allows(error_class: ErrorClass) -> None:
    pattern = a_pattern("odd error", **{"class": error_class})
    assert class_by(pattern, "odd error: connection refused") is error_class


@given(
    st.sampled_from(STRICT_EXAMPLES),
    st.sampled_from([*sorted(CURABLE), ErrorClass.UNKNOWN]),
)
def test_no_pattern_allows_a_restart_that_the_catalogue_forbids(
    message: str, error_class: ErrorClass
) -> None:
    pattern = a_pattern("odd error", **{"class": error_class})
    assert forbids_restart(class_by(pattern, f"odd error: {message}"))


def test_an_overruled_pattern_is_named() -> None:
    catalogue = built_in_catalogue().with_patterns((a_pattern("login failed"),))
    found = catalogue.entry_for(*ABORTED, "login failed")
    assert found is not None
    assert (found.error_class, found.overruled) == (ErrorClass.AUTHENTICATION, "own")


def test_the_first_pattern_that_fits_counts() -> None:
    patterns = (a_pattern("odd err", name="a", **{"class": "data"}), a_pattern("odd error"))
    found = built_in_catalogue().with_patterns(patterns).entry_for(*ABORTED, "odd error")
    assert found is not None
    assert (found.name, found.error_class, found.own) == ("a", ErrorClass.DATA, True)


@given(st.text(max_size=200), st.text(max_size=400))
def test_any_text_is_refused_or_matched(text: str, message: str) -> None:
    try:
        pattern = a_pattern(text)
    except ValueError:
        return
    assert pattern.fits(*ABORTED, message) in (True, False)
    assert pattern.fits(*ABORTED, f"{message} {text.replace('*', '')} {message}")


def in_pattern(text: str) -> str:
    return f"version: 1\nerror_patterns:\n  - {{name: p, {text}}}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("class: data", "error_patterns[0].text: is missing"),
        ("text: odd error", "error_patterns[0].class: is missing"),
        (
            "class: conection, text: odd error",
            "error_patterns[0].class: 'conection' is none of 'connection', 'endpoint_restart',",
        ),
        (
            "class: data, text: '* ab *'",
            "error_patterns[0].text: '* ab *' has fewer than 4 letters and digits",
        ),
        (
            "class: data, text: 'a*b*c*d*e*f'",
            "error_patterns[0].text: 'a*b*c*d*e*f' has more than 4 stars (*)",
        ),
        ("class: data, text: 12345", "error_patterns[0].text: 12345 is not a text; put it in"),
        (
            "class: data, text: odd error, states: [DOWN]",
            "error_patterns[0].states[0]: 'DOWN' is none of 'RUNNING', 'STOPPED', 'ERROR',",
        ),
        (
            "class: data, text: odd error, stop_reasons: []",
            "error_patterns[0].stop_reasons: a list is empty",
        ),
        (
            "class: data, pattern: odd",
            "error_patterns[0].pattern: there is no such field",
        ),
    ],
)
def test_a_mistake_is_named_by_file_line_and_field(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "alert_rules.yaml"
    path.write_text(in_pattern(text))
    with pytest.raises(AlertRulesInvalid) as raised:
        read_rules(path, tmp_path)
    assert any(one.startswith(f"alert_rules.yaml:3: {said}") for one in raised.value.mistakes)


def test_two_patterns_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "alert_rules.yaml"
    one = "{name: p, class: data, text: odd error}"
    path.write_text(f"version: 1\nerror_patterns: [{one}, {one}]\n")
    with pytest.raises(AlertRulesInvalid, match="error_patterns: 'p' is the name of two"):
        read_rules(path, tmp_path)


def ask(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    path = folder / "rules.yaml"
    path.write_text(RULES)
    assert main(["--rules", str(path), *arguments]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_patterns_are_listed_and_one_that_cannot_decide_is_warned_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ask(tmp_path, capsys)
    assert "error patterns: 2" in out
    assert "text: gateway * reset code; class: connection; states: ERROR" in out
    assert "error_patterns[1]: warning: the built-in entry 'login failed' (authentication)" in out
    assert "error_patterns[0]: warning" not in out


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("the gateway gave reset code 7", "class connection because error pattern 'gateway'"),
        ("login failed", "class authentication because built-in entry 'login failed'"),
        ("login failed", "though error pattern 'too brave' fits"),
        ("odd", "class unknown because nothing fits"),
        ("odd", "sensible escalate, resume, stop_and_resume, wait"),
    ],
)
def test_a_message_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], message: str, said: str
) -> None:
    assert said in ask(tmp_path, capsys, "--message", message)
