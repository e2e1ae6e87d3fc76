"""Handlers in process: moto behind them, a fake Qlik, and a log that can be read."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

import pytest

import functions.approval_api.handler as approval_api
import functions.evaluate_proposal.handler as evaluate_proposal
import functions.execute_restart.handler as execute_restart
import functions.monitor_tasks.handler as monitor_tasks
import functions.verify_recovery.handler as verify_recovery
from functions.approval_api import opening, outcome
from functions.evaluate_proposal import ask
from functions.request_approval import decided
from local.mock_openai import MockOpenAI
from local.mock_openai.scenario import Model, Scenario
from qlik_monitor import composition, composition_qlik
from qlik_monitor.adapters import approval_desk
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_precedents import DynamoDbPrecedents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.adapters.openai_analyst import OpenAiAnalyst
from qlik_monitor.adapters.step_functions import WaitingWorkflow
from qlik_monitor.observability import logger, metrics
from tests.fakes.aws import ENVIRONMENT, FakeStack, fake_stack, forget_secrets
from tests.fakes.platform import FakePlatform
from tests.integration.functions.approving import FakeStates
from tests.integration.functions.chatting import chat, slack, slack_chat

__all__ = ["chat", "slack", "slack_chat"]

Log = Callable[[], list[dict[str, Any]]]
TUNING = {
    "QLIK_API_ENDPOINT": "https://qem.example",
    "OPENAI_MODEL": "gpt-4o",
    "OPENAI_TIMEOUT_SECONDS": "1",
    "APPROVAL_BASE_URL": "https://api.example/live",
    "APPROVAL_TIMEOUT_SECONDS": "3600",
    "VERIFY_SETTLE_SECONDS": "0",
    "VERIFY_HEALTHY_READINGS": "2",
    "VERIFY_MAX_CHECKS": "3",
}
OLD_MODEL = Model(id="gpt-3.5-turbo", json_schema=False)
CACHING = (composition, composition_qlik, ask, opening, decided)
WITH_QLIK = (monitor_tasks, evaluate_proposal, execute_restart, verify_recovery)


class ClosingAnalysts:
    """Closes every client that a test made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._made: list[OpenAiAnalyst] = []

        def make(*arguments: Any) -> OpenAiAnalyst:
            self._made.append(OpenAiAnalyst(*arguments))
            return self._made[-1]

        monkeypatch.setattr(ask, "OpenAiAnalyst", make)

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        for analyst in self._made:
            analyst.close()


def clear_caches() -> None:
    for module in CACHING:
        for value in list(vars(module).values()):
            if clear := getattr(value, "cache_clear", None):
                clear()
    forget_secrets()


@pytest.fixture(autouse=True)
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStack]:
    for name, value in (ENVIRONMENT | TUNING).items():
        monkeypatch.setenv(name, value)
    # No workflow goes on in these tests, so there is nothing to wait for.
    monkeypatch.setattr(outcome, "PATIENCE", timedelta(0))
    monkeypatch.setattr(approval_desk, "PAUSES", ())
    clear_caches()
    with fake_stack() as made:
        monkeypatch.setenv("TABLE_NAME", made.table_name)
        monkeypatch.setenv("TOPIC_ARN", made.topic_arn)
        for name, arn in made.secret_arns.items():
            monkeypatch.setenv(name, arn)
        yield made
    clear_caches()
    metrics.clear_metrics()


@pytest.fixture
def qlik(monkeypatch: pytest.MonkeyPatch) -> FakePlatform:
    """A Qlik behind every handler that talks to one."""
    fake = FakePlatform()
    for module in WITH_QLIK:
        monkeypatch.setattr(module, "platform", cache(lambda _kind: fake))
    monkeypatch.setattr(execute_restart, "time", SimpleNamespace(sleep=lambda _seconds: None))
    return fake


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> FakeStates:
    """Step Functions' side of every approval."""
    fake = FakeStates()
    workflow = WaitingWorkflow(fake)  # type: ignore[arg-type]
    for module in (opening, decided):
        monkeypatch.setattr(module, "workflow", lambda: workflow)
    return fake


class Clock:
    """The approval page's clock, which a test can set forward."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return composition.utc_now() + self.ahead

    def forward(self, **duration: float) -> None:
        self.ahead += timedelta(**duration)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in (approval_api, opening, outcome):
        monkeypatch.setattr(module, "utc_now", made)
    return made


@pytest.fixture
def openai(stack: FakeStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[MockOpenAI]:
    """A mock OpenAI that the function is configured for."""
    scenario = Scenario(models=(Model(id="gpt-4o"), OLD_MODEL))
    with MockOpenAI(scenario) as mock, ClosingAnalysts(monkeypatch):
        monkeypatch.setenv("OPENAI_BASE_URL", mock.url)
        stack.write_secret("OPENAI_SECRET_ARN", {"api_key": mock.api_key})
        yield mock


@pytest.fixture
def log() -> Iterator[Log]:
    """Every line that a handler logged, at any level."""
    stream = io.StringIO()
    listener = logging.StreamHandler(stream)
    listener.setFormatter(logger.registered_formatter)
    level = logger.log_level
    logger.addHandler(listener)
    logger.setLevel("DEBUG")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.setLevel(level)
    cast("Any", logger).removeHandler(listener)


@pytest.fixture
def incidents(stack: FakeStack) -> DynamoDbIncidents:
    return DynamoDbIncidents(stack.table)


@pytest.fixture
def restarts(stack: FakeStack) -> DynamoDbRestarts:
    return DynamoDbRestarts(stack.table)


@pytest.fixture
def precedents(stack: FakeStack) -> DynamoDbPrecedents:
    return DynamoDbPrecedents(stack.table)


@pytest.fixture
def approvals(stack: FakeStack) -> DynamoDbApprovals:
    return DynamoDbApprovals(stack.table)
