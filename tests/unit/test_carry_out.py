"""The calls of each action, and the one place from which data can be rewritten."""

import ast
from pathlib import Path

import pytest

from functions.execute_restart.carry_out import carry_out
from functions.execute_restart.rewrite import rewrite
from qlik_monitor.domain.actions import DESTRUCTIVE, Action
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.rewriting import Warrant
from qlik_monitor.domain.task import RunOption
from tests.fakes.builders import a_decided, a_restart, an_aborted
from tests.fakes.platform import FakePlatform

ROOT = Path(__file__).parents[2]
CODE = [*ROOT.glob("functions/**/*.py"), *ROOT.glob("layers/**/qlik_monitor/**/*.py")]
REWRITING = "functions/execute_restart/rewrite.py"


def never(_seconds: float) -> None:
    raise AssertionError("nothing is waited for")


@pytest.mark.parametrize(
    ("action", "option"),
    [
        (Action.RESUME, RunOption.RESUME_PROCESSING),
        (Action.RESUME_FROM_CHECKPOINT, RunOption.RECOVER_USING_LOCALLY_STORED_CHECKPOINT),
    ],
)
def test_an_action_of_one_run_is_one_run_with_its_option(action: Action, option: RunOption) -> None:
    qlik = FakePlatform(an_aborted())
    outcome, said, _ = carry_out(qlik, a_restart(action=action), never)
    assert (outcome, said) == (RestartOutcome.ACCEPTED, "run accepted, state RUNNING")
    assert (qlik.actions, qlik.options) == (["run"], [option])


@pytest.mark.parametrize("action", [*sorted(DESTRUCTIVE), Action.WAIT, Action.ESCALATE])
def test_what_may_not_be_called_calls_nothing_and_nothing_in_its_place(action: Action) -> None:
    qlik = FakePlatform(an_aborted())
    restart = a_restart(action=action, table="SALES.ORDERS")
    outcome, said, _ = carry_out(qlik, restart, never)
    assert outcome is RestartOutcome.REFUSED
    assert "nothing was called" in said
    assert qlik.calls == []


@pytest.mark.parametrize("action", Action)
def test_the_rewriting_function_itself_refuses_without_a_strong_yes(action: Action) -> None:
    qlik = FakePlatform(an_aborted())
    warrant = Warrant(incident=a_decided(), approval=None, enabled=True)
    answer = rewrite(qlik, a_restart(action=action, table="SALES.ORDERS"), warrant)
    assert not answer.accepted
    assert qlik.calls == []


def naming(name: str) -> set[str]:
    """Return the files that use a name as an attribute: `x.name`."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == name
    }


def test_data_can_be_rewritten_from_one_place_in_the_code() -> None:
    # The client that classifies readings hands on what it is asked for.
    handed_on = "layers/qlik_monitor/python/qlik_monitor/adapters/qlik_classified.py"
    assert naming("reload_table") == {REWRITING, handed_on}
    of_options = {
        path.relative_to(ROOT).as_posix()
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "RELOAD_TARGET"
        and isinstance(node.value, ast.Name)
        and node.value.id == "RunOption"
    }
    # Qlik Cloud's client names it in order to refuse it.
    cloud = "layers/qlik_monitor/python/qlik_monitor/adapters/qlik_cloud.py"
    assert of_options == {REWRITING, cloud}


def test_no_option_is_made_from_a_text() -> None:
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "RunOption", path
