"""A LocalStack that ran before a local run goes on after it, without the run's stack."""

from collections.abc import Mapping
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from local.localstack.running import RunningLocalStack
from local.localstack.server import LocalStack
from local.run import stack
from local.run.plan import load_plan
from local.terraform import TerraformFailed


class RecordingTerraform:
    """Notes what it was asked for; destroying fails if told so."""

    def __init__(self, *, destroy_fails: bool) -> None:
        self.destroy_fails = destroy_fails
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    def apply(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        self.asked.append(("apply", dict(variables)))
        return {}

    def destroy(self, variables: Mapping[str, Any]) -> None:
        self.asked.append(("destroy", dict(variables)))
        if self.destroy_fails:
            raise TerraformFailed("no")


class Interrupted(Exception):
    """Stands for whatever ends a run early."""


def asked(
    monkeypatch: pytest.MonkeyPatch, localstack: RunningLocalStack, *, destroy_fails: bool = False
) -> tuple[list[str], list[str]]:
    terraform = RecordingTerraform(destroy_fails=destroy_fails)
    no_reset, no_watch = SimpleNamespace(reset=lambda: None), SimpleNamespace(watch=lambda _: None)
    qlik = SimpleNamespace(url="http://127.0.0.1:2", control=no_reset, served=no_watch)
    openai = SimpleNamespace(url="http://127.0.0.1:3", api_key="k")
    build = SimpleNamespace(run=lambda: None)
    for name, stand_in in {
        "Build": lambda *_: build,
        "MockQlik": lambda *_, **__: nullcontext(qlik),
        "MockOpenAI": lambda *_: nullcontext(openai),
        "localstack_from_environment": lambda **_: localstack,
        "_terraform": lambda *_: terraform,
        "_archives": lambda *_: {"artifact_bucket": "b"},
        "_count": lambda *_: 0,
    }.items():
        monkeypatch.setattr(stack, name, stand_in)
    said: list[str] = []
    with pytest.raises(Interrupted), stack.running(load_plan("demo"), said.append):
        raise Interrupted
    assert all(variables == terraform.asked[0][1] for _, variables in terraform.asked)
    return [what for what, _ in terraform.asked], said


def test_a_stack_in_a_localstack_that_ran_already_is_destroyed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("local.localstack.running.is_healthy", lambda _endpoint: True)

    assert asked(monkeypatch, RunningLocalStack("http://127.0.0.1:1"))[0] == ["apply", "destroy"]


def test_what_cannot_be_destroyed_is_told_and_hides_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("local.localstack.running.is_healthy", lambda _endpoint: True)

    _, said = asked(monkeypatch, RunningLocalStack("http://127.0.0.1:1"), destroy_fails=True)

    assert "keeps a part of the stack: no" in said[-1]


def test_a_localstack_of_the_run_s_own_ends_with_everything_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    localstack = LocalStack()
    monkeypatch.setattr(localstack, "start", lambda: localstack)

    assert asked(monkeypatch, localstack)[0] == ["apply"]
