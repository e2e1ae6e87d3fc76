"""docs/ACTIONS.md against the catalogue of actions."""

from qlik_monitor.domain.actions import DESTRUCTIVE, RULES, Action, Consent, Effect
from qlik_monitor.domain.class_actions import SENSIBLE
from qlik_monitor.domain.task import RunOption
from tests.contract.docs.markdown import read, rows, spans

PAGE = read("docs/ACTIONS.md")
ANY = "any"


def table_of(heading: str) -> list[list[str]]:
    """Return the rows of the table under a heading; `""` is the page's first one."""
    section = PAGE.partition(f"## {heading}\n")[2] if heading else PAGE
    return list(rows(section.partition("\n## ")[0]))[1:]


def named(cell: str) -> set[str]:
    return {cell} if cell == ANY else set(spans(cell))


def test_every_action_stands_there_with_its_rule() -> None:
    shown = {spans(row[0])[0]: row[1:] for row in table_of("")}
    assert list(shown) == [action.value for action in Action]
    for action, rule in RULES.items():
        states, effect, risk, consent, classes = (named(cell) for cell in shown[action.value])
        assert states == ({state.value for state in rule.starts_from} or {ANY}), action
        assert (effect, risk, consent) == ({rule.effect}, {rule.risk}, {rule.consent}), action
        sensible = {kind.value for kind, actions in SENSIBLE.items() if action in actions}
        assert classes == ({ANY} if len(sensible) == len(SENSIBLE) else sensible), action


def test_what_is_sent_is_said_for_every_action_and_every_option() -> None:
    sent = table_of("What is sent")
    assert {name for row in sent for name in spans(row[0])} == {action.value for action in Action}
    for option in RunOption:
        assert any(option.value in row[1] for row in sent), option
    on_cloud = {spans(row[0])[0]: row[2] for row in sent}
    for action in DESTRUCTIVE:
        assert "nothing is sent" in on_cloud[action.value]


def test_every_consent_and_effect_is_explained() -> None:
    assert [spans(row[0])[0] for row in table_of("Who must agree")] == [
        kind.value for kind in Consent
    ]
    effects = {spans(row[0])[0] for row in table_of("When it has helped")}
    called = {rule.effect for rule in RULES.values() if rule.calls}
    assert effects == {effect.value for effect in Effect if effect in called}
