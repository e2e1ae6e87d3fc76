"""Secrets are planted wherever Qlik and the model write, and looked for wherever the agent does.

The committed state machine runs with the real handlers and the real clients, against the mock Qlik
and the mock OpenAI; AWS is moto. Whatever came out of it is searched.
"""

import importlib
import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, cast

import boto3
import pytest

from functions.evaluate_proposal import ask
from local.explain.__main__ import main as explain
from local.mock_openai import MockOpenAI
from local.mock_openai.scenario import Scenario
from local.mock_qlik import MockQlik
from qlik_monitor import composition, composition_qlik
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.observability import logger
from tests.fakes.aws import FakeStack, fake_stack
from tests.fakes.running import run
from tests.integration.functions.approving import Browser
from tests.workflow.machine import Machine, machine
from tests.workflow.test_whole_product import NAMES, SETTINGS, forget

MESSAGE, TAG, ENDPOINT = "Planted-Message-1", "Planted-Tag-2", "Planted-Endpoint-3"
URL, SERVER, FIELD = "Planted-Url-4", "Planted-Server-5", "Planted-Field-6"
REFUSAL, UNREAD, FAILURE = "Planted-Refusal-7", "Planted-Unread-8", "Planted-Failure-9"
MODEL, KEY = "Planted-Model-10", "sk-Planted0Key0Of0The0Model0"
FORMS = {
    "Planted-Oracle-11": "connect scott/Planted-Oracle-11@//db:1521/orcl failed",
    "Planted-Sql-12": "ALTER USER app IDENTIFIED BY Planted-Sql-12 failed",
    "ghp_PlantedGitHub13aaaaaaaaaaaaa": "ghp_PlantedGitHub13aaaaaaaaaaaaa was refused",
    "xoxb-Planted-Slack-14-0123456789": "xoxb-Planted-Slack-14-0123456789 was refused",
    "ASIAPLANTED150123456": "key ASIAPLANTED150123456 was refused",
    "PlantedSas16": "GET https://lake.blob.core.windows.net/c?sv=1&sig=PlantedSas16%3D",
    "Planted-Prose-17": "the password is Planted-Prose-17",
    "Planted-Argument-18": "sqlplus --password Planted-Argument-18",
    "Planted-Json-19": 'sent {"client_secret": "Planted-Json-19"}',
    "PlantedPem20": "-----BEGIN RSA PRIVATE KEY----- PlantedPem20 -----END RSA PRIVATE KEY-----",
}
"""Other forms of secrets, each within a text; together they are one message."""
OF_QLIK = (MESSAGE, TAG, ENDPOINT, URL, SERVER, FIELD, REFUSAL, UNREAD, FAILURE, *FORMS)
OF_THE_MODEL = (MODEL, KEY)


def aborted(name: str, **changes: object) -> dict[str, object]:
    usual = {"name": name, "kind": "aborted", "onset_seconds": -60, "source_endpoint": f"of {name}"}
    return usual | {"target_endpoint": f"to {name}"} | changes


def error(text: str, code: str = "AEM_INNER_ERR") -> str:
    return json.dumps({"error_code": code, "error_message": text})


FLEET: dict[str, Any] = {
    "stale_seconds": 0,
    "servers": [
        {
            "name": "prod",
            "tasks": [
                {"name": "well"},
                aborted("asked", message=f"connection lost; pwd={MESSAGE}"),
                aborted("tagged", tags=[f"token={TAG}"], message="connection timed out"),
                aborted("named", source_endpoint=f"Server=db;Uid=sa;Pwd={ENDPOINT};"),
                aborted(
                    "hopeless",
                    message=f"connection to jdbc:postgresql://app:{URL}@db:5432/sales was lost",
                    cured_after_resumes="never",
                ),
                aborted("refused", message="connection reset by peer"),
                aborted("forms", message="; ".join(FORMS.values())),
                {"name": "odd"},
                {"name": "unread"},
            ],
        },
        {
            "name": "lost",
            "state": "ERROR",
            "message": f"cannot connect: Authorization: Bearer {SERVER}-0123456789",
        },
    ],
    "faults": [
        {
            "kind": "malformed",
            "path": "tasks/odd$",
            "body": json.dumps(
                {
                    "name": "odd",
                    "state": "ERROR",
                    "task_stop_reason": f"secret={FIELD}",
                    "message": "connection lost",
                    "memory_mb": f"secret={FIELD}",
                    "assigned_tags": f"secret={FIELD}",
                }
            ),
        },
        {"kind": "status", "path": "tasks/unread$", "body": error(f"api_key: {UNREAD}")},
        {
            "kind": "status",
            "path": "refused.*action=run",
            "method": "POST",
            "body": error(f"cannot run: pwd={REFUSAL}"),
        },
    ],
}
ANSWER = {
    "action": "resume",
    "confidence": 0.9,
    "cause": f"the login with password={MODEL} failed",
    "reasoning": f"I was told {KEY}; a resume picks up.",
    "evidence": [f"password: {MODEL}", KEY, "FATAL_ERROR"],
}


@dataclass
class World:
    """The product, what stands around it, and all that came out of it."""

    cycle: Machine
    stack: FakeStack
    qlik: MockQlik
    openai: MockOpenAI
    pages: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    executions: list[str] = field(default_factory=list)

    def start(self, name: str) -> str:
        self.executions.append(self.cycle.start(name))
        return self.executions[-1]

    def opened(self) -> tuple[Incident, ...]:
        return DynamoDbIncidents(self.stack.table).all_open()

    def histories(self) -> list[str]:
        states = boto3.client("stepfunctions")
        told: list[str] = []
        for arn in self.executions:
            described = states.describe_execution(executionArn=arn)
            history = states.get_execution_history(executionArn=arn, maxResults=1000)
            told += [str(described), *(str(event) for event in history["events"])]
        return told


class _Lines(logging.Handler):
    """Keeps each line as CloudWatch would have it."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines
        self.setFormatter(logger.registered_formatter)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    handlers = {name: importlib.import_module(f"functions.{name}.handler") for name in NAMES}
    modules = [composition, composition_qlik, ask, *handlers.values()]
    answers: list[str] = []

    def function(name: str) -> Any:
        def call(event: dict[str, Any]) -> Any:
            answer = run(handlers[name].handler, event)
            answers.append(json.dumps([event, answer]))
            return answer

        return call

    with ExitStack() as opened:
        qlik = opened.enter_context(MockQlik(FLEET, speed=1))
        qlik.served.watch(OF_QLIK)
        scenario = Scenario.model_validate({"default": {"answer": ANSWER}})
        openai = opened.enter_context(MockOpenAI(scenario))
        cycle = opened.enter_context(machine(**{name: function(name) for name in NAMES}))
        stack = opened.enter_context(fake_stack())
        made = World(cycle, stack, qlik, openai, answers=answers)
        stack.write_secret("QLIK_SECRET_ARN", {"api_token": qlik.credentials.api_token})
        stack.write_secret("OPENAI_SECRET_ARN", {"api_key": openai.api_key})
        environment = SETTINGS | stack.secret_arns | {"TABLE_NAME": stack.table_name}
        environment |= {
            "TOPIC_ARN": stack.topic_arn,
            "QLIK_API_ENDPOINT": qlik.url,
            "OPENAI_BASE_URL": openai.url,
            "AUTO_RESTART_ENABLED": "false",
            "APPROVAL_TIMEOUT_SECONDS": "60",
            "VERIFY_MAX_CHECKS": "2",
            "MAX_RESTART_ATTEMPTS": "1",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        forget(modules)
        listener = _Lines(made.lines)
        logger.addHandler(listener)
        yield made
        cast("Any", logger).removeHandler(listener)
        forget(modules)


def answer_each(world: World, decision: str) -> None:
    """Open every link twice, answer it, and look once more."""
    for told in [one for one in world.stack.told if one.kind == "approval_requested"]:
        browser = Browser.of(told.body)
        answers = [browser.get(), browser.post(decision=decision, comment=""), browser.get()]
        world.pages += [one.html for one in answers]


def explained(world: World, incidents: tuple[Incident, ...], capfd: Any) -> list[str]:
    capfd.readouterr()
    for incident in incidents:
        for more in ([], ["--json"]):
            assert explain([incident.id, "--table", world.stack.table_name, *more]) == 0
    assert explain(["--table", world.stack.table_name]) == 0
    printed = capfd.readouterr()
    return [printed.out, printed.err]


def test_no_planted_secret_comes_out_anywhere(
    world: World, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    execution = world.start("first")
    asked = {"asked", "tagged", "named", "hopeless", "refused"}
    world.cycle.wait_for_calls("request_approval", len(asked))
    incidents = world.opened()
    answer_each(world, "approve")
    assert world.cycle.wait(execution)["status"] == "SUCCEEDED"

    world.qlik.control.add_fault(kind="status", path="servers", body=error(f"token: {FAILURE}"))
    assert world.cycle.wait(world.start("second"))["status"] == "FAILED"

    printed = capfd.readouterr()
    searched = {
        "what the model was asked": [one.model_dump_json() for one in world.openai.requests],
        "log lines": world.lines,
        "all that was printed": [printed.out, printed.err],
        "records of every logger": [caplog.text],
        "inputs and outputs of the functions": world.answers,
        "executions": world.histories(),
        "the table": [str(item) for item in world.stack.dump()],
        "messages": [f"{one.subject}\n{one.body}" for one in world.stack.told],
        "pages": world.pages,
        "make explain": explained(world, incidents, capfd),
    }

    assert {one.subject.task for one in incidents} >= asked
    # A secret that was never sent proves nothing, and neither does a place without a word.
    assert [text for text in OF_QLIK if not world.qlik.served.times(text)] == []
    assert [place for place, texts in searched.items() if not "".join(texts)] == []
    found = [
        f"{text} in {place}"
        for place, texts in searched.items()
        for text in (*OF_QLIK, *OF_THE_MODEL)
        if any(text.casefold() in one.casefold() for one in texts)
    ]
    assert found == []


def test_the_search_would_find_what_is_there(world: World) -> None:
    execution = world.start("first")
    world.cycle.wait_for_calls("request_approval", 5)
    told = [one for one in world.opened() if one.status is IncidentStatus.AWAITING_APPROVAL]
    answer_each(world, "reject")
    world.cycle.wait(execution)
    # What stands beside a secret comes through: the texts themselves were not merely dropped.
    documents = "".join(one.model_dump_json() for one in told)
    for beside in ("connection lost; pwd=[redacted]", "Server=db;Uid=sa;Pwd=[redacted];"):
        assert beside in documents
        assert beside in "".join(world.pages)
    asked = "".join(one.model_dump_json() for one in world.openai.requests)
    assert "connection lost; pwd=[redacted]" in asked
