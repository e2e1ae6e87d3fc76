"""The whole product in one process: the committed state machine with the real handlers.

Qlik is a fake with behaviour; AWS is moto. On the way every call to AWS is noted with the function
that made it, and held against what Terraform grants that function: no more, no less.
"""

import importlib
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from functions.approval_api import opening
from functions.evaluate_proposal import ask
from functions.request_approval import decided
from qlik_monitor import composition, composition_qlik
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.incident import IncidentStatus
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import ActionAnswer, Endpoint, StopReason, TaskSnapshot, TaskState
from qlik_monitor.errors import QlikUnavailable
from tests.contract.terraform.catalogue import functions as catalogue
from tests.fakes.aws import FakeStack, fake_stack, forget_secrets
from tests.fakes.builders import ENDPOINTS, LOST_POSITION, a_proposal, a_snapshot, a_stalled
from tests.fakes.platform import FakePlatform
from tests.fakes.running import run
from tests.integration.functions.approving import Browser, no_mail_to
from tests.workflow.machine import Machine, machine

NAMES = sorted(catalogue())
SETTINGS = {
    "QLIK_API_ENDPOINT": "https://qem.example",
    "APPROVAL_BASE_URL": "https://api.example/live",
    "APPROVAL_TIMEOUT_SECONDS": "20",
    "AUTO_RESTART_ENABLED": "true",
    "AUTO_RESTART_SERVERS": "*",
    "AUTO_RESTART_ACTIONS": "resume",
    "AUTO_RESTART_MIN_CONFIDENCE": "0.1",
    "RESTART_BACKOFF_SECONDS": "1",
    "VERIFY_INTERVAL_SECONDS": "1",
    "VERIFY_SETTLE_SECONDS": "0",
    "VERIFY_HEALTHY_READINGS": "2",
    "VERIFY_MAX_CHECKS": "4",
    "OPENAI_SECRET_ARN": "",
}
GRANTED = {"publish_notices": ("sns:Publish",), "resume_executions": ("states:SendTaskSuccess",)}
"""Secrets are left out: Powertools reads them in a session of its own."""
RARELY = {
    "report_cycle": {"dynamodb:UpdateItem"},  # where somebody has paused the agent
    "verify_recovery": {"dynamodb:BatchGetItem"},  # where a restart failed: the pause after it
    "evaluate_proposal": {"dynamodb:UpdateItem"},  # where a model is asked
    "execute_restart": {"dynamodb:Query"},  # when the step runs a second time
}
"""Granted for paths that this walk through the product does not take."""
SERVICES = {"stepfunctions": "states"}
_running: ContextVar[str] = ContextVar("the function that runs")


@dataclass
class Product:
    """Everything together, with what was called of AWS by which function."""

    cycle: Machine
    stack: FakeStack
    qlik: FakePlatform
    used: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def incident_status(self) -> list[IncidentStatus]:
        """The status of every open incident."""
        return [one.status for one in DynamoDbIncidents(self.stack.table).all_open()]


def aborted(name: str = "orders", message: str = "connection lost") -> TaskSnapshot:
    return a_snapshot(
        task=name, state=TaskState.ERROR, stop_reason=StopReason.FATAL_ERROR, message=message
    )


@pytest.fixture
def product(monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    handlers = {name: importlib.import_module(f"functions.{name}.handler") for name in NAMES}
    qlik, used = FakePlatform(), defaultdict[str, set[str]](set)

    def note(model: Any, params: Any, **_: object) -> None:
        if name := _running.get(""):
            used[name] |= actions_of(model, params)

    def function(name: str) -> Any:
        def call(event: dict[str, Any]) -> Any:
            token = _running.set(name)
            try:
                return run(handlers[name].handler, event)
            finally:
                _running.reset(token)

        return call

    with machine(**{name: function(name) for name in NAMES}) as cycle, fake_stack() as stack:
        environment = SETTINGS | stack.secret_arns | {"TABLE_NAME": stack.table_name}
        environment |= {"TOPIC_ARN": stack.topic_arn, "OPENAI_SECRET_ARN": ""}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        for module in handlers.values():
            if hasattr(module, "platform"):
                monkeypatch.setattr(module, "platform", cache(lambda _kind: qlik))
        pause = SimpleNamespace(sleep=lambda _seconds: None)
        monkeypatch.setattr(handlers["execute_restart"], "time", pause)
        forget([composition, composition_qlik, ask, opening, decided, *handlers.values()])
        session: Any = boto3.DEFAULT_SESSION
        session.events.register("before-call", note)
        yield Product(cycle, stack, qlik, used)
        session.events.unregister("before-call", note)
        forget([composition, composition_qlik, ask, opening, decided, *handlers.values()])


def actions_of(model: Any, params: Any) -> set[str]:
    """Name the permissions that a call needs; a transaction needs those of its parts."""
    service = model.service_model.service_name
    if model.name != "TransactWriteItems":
        return {f"{SERVICES.get(service, service)}:{model.name}"}
    parts = json.loads(params["body"])["TransactItems"]
    return {f"dynamodb:{kind}Item" for part in parts for kind in part}


def forget(modules: list[Any]) -> None:
    for module in modules:
        for value in list(vars(module).values()):
            if clear := getattr(value, "cache_clear", None):
                clear()
    forget_secrets()


@contextmanager
def browsing(product: Product, whom: str = "") -> Iterator[Browser]:
    """Give a browser with the newest link; what it asks runs as the function behind the API."""
    told = [
        one
        for one in product.stack.told
        if one.kind.endswith("approval_requested") and whom in (one.approver, "")
    ][-1]
    token = _running.set("approval_api")
    try:
        yield Browser.of(told.body)
    finally:
        _running.reset(token)


def answer(
    product: Product, decision: str, comment: str = "", whom: str = "", **typed: str
) -> None:
    """Answer the newest link, or somebody's newest."""
    with browsing(product, whom) as browser:
        assert browser.get().status == 200
        assert browser.post(decision=decision, comment=comment, **typed).status == 200


def until(product: Product, function: str) -> None:
    """Wait until the workflow has called a function."""
    product.cycle.wait_for_call(function)


def test_an_aborted_task_is_found_restarted_alone_and_verified(product: Product) -> None:
    product.qlik.put(aborted())
    assert product.cycle.run()["status"] == "SUCCEEDED"
    assert product.qlik.actions == ["run"]
    assert product.incident_status() == []
    assert [one.kind for one in product.stack.told] == ["closed"]
    [restart] = DynamoDbRestarts(product.stack.table).of(aborted().id)
    assert restart.outcome is RestartOutcome.RECOVERED


@pytest.mark.parametrize(("decision", "actions"), [("approve", ["stop", "run"]), ("reject", [])])
def test_a_stuck_task_is_restarted_only_when_a_person_says_so(
    product: Product, monkeypatch: pytest.MonkeyPatch, decision: str, actions: list[str]
) -> None:
    monkeypatch.setenv("STUCK_TASK_THRESHOLD_SECONDS", "1")
    monkeypatch.setenv("VERIFY_MAX_CHECKS", "1")
    product.qlik.put(a_stalled())
    executions: list[str] = []
    while not product.cycle.waits_for("request_approval", seconds=0.5):
        executions.append(product.cycle.start(f"cycle-{len(executions)}"))
    answer(product, decision)
    for execution in executions:
        product.cycle.wait(execution)
    assert product.qlik.actions[:2] == actions


def test_a_restart_that_never_helps_is_repeated_to_its_limit_and_no_further(
    product: Product,
) -> None:
    product.qlik.put(aborted())
    product.qlik.answers["run"] = [ActionAnswer(accepted=True, state=TaskState.RUNNING)] * 9
    assert product.cycle.run()["status"] == "SUCCEEDED"
    assert product.qlik.actions == ["run"] * 3
    assert product.incident_status() == [IncidentStatus.ESCALATED]
    assert "MAX_RESTART_ATTEMPTS" in product.stack.told[-1].body


class ReloadingAnalyst:
    """A model that always wants the target reloaded, and is sure of it."""

    def propose(self, _facts: object) -> Proposal:
        """Propose it."""
        return a_proposal(Action.RELOAD_TARGET, confidence=1.0)


@pytest.mark.parametrize(("decision", "options"), [("approve", ["RELOAD_TARGET"]), ("reject", [])])
def test_a_target_is_reloaded_only_on_a_strong_yes_and_then_verified(
    product: Product, monkeypatch: pytest.MonkeyPatch, decision: str, options: list[str]
) -> None:
    monkeypatch.setenv("DESTRUCTIVE_ACTIONS_ENABLED", "true")
    monkeypatch.setattr(ask, "analyst", ReloadingAnalyst)
    lost = aborted(message=LOST_POSITION)
    known = {name: Endpoint(**said) for name, said in ENDPOINTS.items()}
    product.qlik.put(lost.model_copy(update=known))
    execution = product.cycle.start()
    until(product, "request_approval")
    assert product.qlik.actions == []
    answer(product, decision, comment="agreed with the owners", typed="prod/orders")
    assert product.cycle.wait(execution)["status"] == "SUCCEEDED"
    assert [option.value for option in product.qlik.options] == options
    kinds = ["destructive_approval_requested", "closed" if options else "rejected"]
    assert [one.kind for one in product.stack.told] == kinds


def test_a_model_that_always_wants_a_reload_reloads_nothing_while_that_is_off(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTO_RESTART_MIN_CONFIDENCE", "0")
    monkeypatch.setattr(ask, "analyst", ReloadingAnalyst)
    product.qlik.put(aborted(message=LOST_POSITION))
    assert product.cycle.run()["status"] == "SUCCEEDED"
    assert product.qlik.actions == []
    assert product.incident_status() == [IncidentStatus.ESCALATED]
    assert "DESTRUCTIVE_ACTIONS_ENABLED is off" in product.stack.told[-1].body


@pytest.fixture
def asked(product: Product, monkeypatch: pytest.MonkeyPatch) -> str:
    """A cycle that waits for a person to approve the resume of an aborted task."""
    monkeypatch.setenv("AUTO_RESTART_ENABLED", "false")
    product.qlik.put(aborted())
    execution = product.cycle.start("asked")
    until(product, "request_approval")
    return execution


def test_a_yes_to_a_task_that_a_later_cycle_saw_running_is_void_and_people_hear_why(
    product: Product, asked: str
) -> None:
    product.qlik.put(a_snapshot())
    [incident] = DynamoDbIncidents(product.stack.table).all_open()
    assert incident.snapshot is not None
    # History tells seconds apart, and cycles are minutes apart everywhere but here.
    while utc_now() < incident.snapshot.observed_at + timedelta(seconds=1):
        time.sleep(0.05)
    assert product.cycle.run("later")["status"] == "SUCCEEDED"
    with browsing(product) as browser:
        assert "A yes would lead to nothing" in browser.get().html
        given = browser.post(decision="approve")
        assert product.cycle.wait(asked)["status"] == "SUCCEEDED"
        pages = [given, browser.get()]
    reason = "the task was ERROR when people were asked, and is RUNNING"
    for page in pages:
        assert page.status == 410
        assert reason in page.html
    assert product.qlik.actions == []
    assert product.incident_status() == [IncidentStatus.ESCALATED]
    assert product.stack.told[-1].kind == "escalated"
    assert reason in product.stack.told[-1].body
    assert "execute_restart" not in product.cycle.names


CHANGED = {
    "another error": (
        aborted(message="ORA-01017: invalid username/password; logon denied"),
        "error is another one now",
    ),
    "recovered": (a_snapshot(), "and is RUNNING/NONE now"),
    "stopped by a person": (
        a_snapshot(state=TaskState.STOPPED, stop_reason=StopReason.NORMAL),
        "and is STOPPED/NORMAL now",
    ),
}


@pytest.mark.parametrize(("now", "reason"), CHANGED.values(), ids=CHANGED)
def test_a_yes_to_what_has_changed_since_acts_on_nothing_and_says_so_at_once_and_later(
    product: Product, asked: str, now: TaskSnapshot, reason: str
) -> None:
    product.qlik.put(now)
    with browsing(product) as browser:
        given = browser.post(decision="approve")
        assert product.cycle.wait(asked)["status"] == "SUCCEEDED"
        pages = [given, browser.get()]
    for page in pages:
        assert page.status == 200
        assert "The incident is <strong>escalated</strong> now" in page.html
        assert reason in page.html
    assert product.qlik.actions == []
    assert product.incident_status() == [IncidentStatus.ESCALATED]
    assert reason in product.stack.told[-1].body


def an_outage(product: Product, count: int) -> list[str]:
    """Take down tasks that share an endpoint; return them as `server/task`."""
    names = [f"t{n}" for n in range(count)]
    for name in names:
        update = {"source_endpoint": Endpoint(name="Oracle PROD")}
        product.qlik.put(aborted(name).model_copy(update=update))
    return [f"prod/{name}" for name in names]


def test_an_endpoint_s_outage_is_one_incident_one_approval_and_one_run_of_each_task(
    product: Product,
) -> None:
    tasks = an_outage(product, 6)
    execution = product.cycle.start()
    until(product, "request_approval")
    [incident] = DynamoDbIncidents(product.stack.table).all_open()
    assert (str(incident.subject), incident.members) == ("endpoint Oracle PROD", tuple(tasks))
    assert product.qlik.actions == []
    answer(product, "approve")
    assert product.cycle.wait(execution)["status"] == "SUCCEEDED"
    assert [about for call, about in product.qlik.calls if call == "run"] == tasks
    assert product.incident_status() == []
    assert [one.kind for one in product.stack.told] == ["approval_requested", "closed"]
    assert product.cycle.names.count("evaluate_proposal") == 1


def test_of_an_outage_that_one_task_does_not_survive_people_hear_which(product: Product) -> None:
    tasks = an_outage(product, 6)
    product.qlik.answers["run"] = [ActionAnswer(accepted=True, state=TaskState.RUNNING)]
    execution = product.cycle.start()
    until(product, "request_approval")
    answer(product, "approve")
    assert product.cycle.wait(execution)["status"] == "SUCCEEDED"
    assert [about for call, about in product.qlik.calls if call == "run"] == tasks
    assert product.incident_status() == [IncidentStatus.ESCALATED]
    told = product.stack.told[-1]
    assert told.kind == "escalated"
    assert "5 recovered: prod/t1, prod/t2, prod/t3, prod/t4, prod/t5" in told.body
    assert "1 did not recover: prod/t0" in told.body


def test_an_outage_whose_resume_is_rejected_leaves_every_task_alone(product: Product) -> None:
    an_outage(product, 6)
    execution = product.cycle.start()
    until(product, "request_approval")
    answer(product, "reject")
    assert product.cycle.wait(execution)["status"] == "SUCCEEDED"
    assert product.qlik.actions == []
    assert product.incident_status() == [IncidentStatus.REJECTED]


def test_an_unreachable_qlik_is_an_incident_and_its_end_is_told(product: Product) -> None:
    product.qlik.put(a_snapshot())
    product.qlik.failure = QlikUnavailable("GET /servers: 500")
    assert product.cycle.run("first")["status"] == "FAILED"
    assert product.cycle.run("second")["status"] == "FAILED"
    product.qlik.failure = None
    assert product.cycle.run("third")["status"] == "SUCCEEDED"
    assert [one.kind for one in product.stack.told] == ["cycle_failed", "cycle_works_again"]


@contextmanager
def a_dead_token() -> Iterator[None]:
    """Let the workflow wait with no token that is stored; moto takes those of failed tries."""
    dead = True

    def refuse(**_: object) -> Any:
        error = {"Error": {"Code": "TaskTimedOut", "Message": "it does not exist any more"}}
        return (AWSResponse("", 400, HTTPHeaders(), None), error) if dead else None

    session: Any = boto3.DEFAULT_SESSION
    session.events.register("before-call.stepfunctions.SendTaskSuccess", refuse)
    opening.workflow.cache_clear()
    try:
        yield
    finally:
        session.events.unregister("before-call.stepfunctions.SendTaskSuccess", refuse)
        dead = False


def an_answer_between_two_tries(
    product: Product, monkeypatch: pytest.MonkeyPatch, needed: int
) -> None:
    """Let the mail to one of two fail, the other one answer, and the step try again."""
    monkeypatch.setenv("APPROVERS", "ana,ben")
    monkeypatch.setenv("APPROVALS_NEEDED", f"low={needed}")
    composition.settings.cache_clear()
    product.qlik.put(aborted(f"needs-{needed}"))
    asking, told = product.cycle.functions["request_approval"], len(product.stack.told)

    def ana() -> str:
        asked = [one for one in product.stack.told[told:] if one.approver == "ana"]
        return asked[0].body

    def second_try(event: dict[str, Any]) -> Any:
        product.cycle.functions["request_approval"] = asking
        token = _running.set("approval_api")
        try:
            with a_dead_token():
                given = Browser.of(ana()).post(decision="approve")
            assert given.status == (410 if needed == 1 else 200)
        finally:
            _running.reset(token)
        return asking(event)

    def first_try(event: dict[str, Any]) -> Any:
        product.cycle.functions["request_approval"] = second_try
        with no_mail_to("ben"):
            return asking(event)

    product.cycle.functions["request_approval"] = first_try
    done = product.cycle.done.count("request_approval")
    execution = product.cycle.start(f"needs-{needed}")
    product.cycle.wait_for_calls("request_approval", done + 1)
    if needed == 2:
        answer(product, "approve", whom="ben")
    assert product.cycle.wait(execution)["status"] == "SUCCEEDED"
    for name in ("APPROVERS", "APPROVALS_NEEDED"):
        monkeypatch.delenv(name)
    composition.settings.cache_clear()


@pytest.mark.parametrize("needed", [1, 2])
def test_an_answer_between_two_tries_of_asking_counts_and_the_task_is_restarted_once(
    product: Product, monkeypatch: pytest.MonkeyPatch, needed: int
) -> None:
    monkeypatch.setenv("AUTO_RESTART_ENABLED", "false")
    an_answer_between_two_tries(product, monkeypatch, needed)
    assert product.qlik.actions == ["run"]
    assert product.incident_status() == []
    asked = [one.approver for one in product.stack.told if one.kind == "approval_requested"]
    assert asked == ["ana", "ben"][:needed]
    assert product.cycle.names.count("request_approval") == 2


def test_each_function_is_granted_what_it_calls_and_nothing_more(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTO_RESTART_ENABLED", "false")
    product.qlik.put(aborted("approved"))
    execution = product.cycle.start("approved")
    until(product, "request_approval")
    answer(product, "approve")
    product.cycle.wait(execution)
    an_answer_between_two_tries(product, monkeypatch, needed=2)
    an_answer_between_two_tries(product, monkeypatch, needed=1)

    product.qlik.put(aborted("observed", "licence expired"))
    product.cycle.run("escalated")
    healthy = a_snapshot(task="observed", observed_at=aborted().observed_at + timedelta(hours=1))
    product.qlik.put(healthy)
    product.cycle.run("closed")

    product.qlik.failure = QlikUnavailable("500")
    product.cycle.run("failed")
    product.qlik.failure = None
    product.cycle.run("again")

    # The console has a walk of its own: tests/integration/functions/test_console_permissions.py
    for name, entry in ((n, e) for n, e in catalogue().items() if n != "console"):
        granted = {f"dynamodb:{action}" for action in entry.table}
        granted |= {action for grant in entry.grants for action in GRANTED.get(grant, ())}
        assert product.used[name] <= granted, name
        assert granted - product.used[name] <= RARELY.get(name, set()), name
