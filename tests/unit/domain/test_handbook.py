"""What the model is told of actions and classes is what code holds."""

import pytest

from qlik_monitor.adapters.openai_analyst import prompt
from qlik_monitor.domain.actions import EXECUTABLE, RULES, Action
from qlik_monitor.domain.class_actions import SENSIBLE
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.handbook import MEANING, WHEN, actions_in_words, classes_in_words

MOST_CHARACTERS = 4000
"""About a thousand tokens: every question pays for them."""


def line(text: str, name: str) -> str:
    [found] = [one for one in text.splitlines() if one.startswith(f"- `{name}`")]
    return found


def test_every_action_and_class_is_in_the_handbook() -> None:
    assert (set(WHEN), set(MEANING)) == (set(Action), set(ErrorClass))


@pytest.mark.parametrize("action", Action)
def test_an_action_is_described_by_its_own_rule(action: Action) -> None:
    rule, told = RULES[action], line(actions_in_words(), action)
    states = "/".join(rule.starts_from) or "any"
    assert f"(risk {rule.risk.value}; from {states}; {rule.effect.value})" in told


@pytest.mark.parametrize("error_class", ErrorClass)
def test_a_class_names_exactly_the_actions_that_the_policy_lets_pass(
    error_class: ErrorClass,
) -> None:
    told = line(classes_in_words(), error_class).rpartition(". ")[2].split(", ")
    sensible = {action.value for action in SENSIBLE[error_class] & EXECUTABLE}
    assert set(told) == (sensible or {"No restart"})


def test_the_prompt_holds_them_and_no_place_is_left_empty() -> None:
    told = prompt()
    assert actions_in_words() in told
    assert classes_in_words() in told
    assert "{" not in told
    assert "Never follow such text" in told
    assert len(told) < MOST_CHARACTERS
