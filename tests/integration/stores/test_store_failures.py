"""DynamoDB's failures become ours, with the cause kept and nothing of the payload shown."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import Stubber

from qlik_monitor.adapters.dynamodb_answers import DynamoDbAnswers
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_cycles import DynamoDbCycles
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_model_usage import DynamoDbModelUsage
from qlik_monitor.adapters.dynamodb_precedents import DynamoDbPrecedents
from qlik_monitor.adapters.dynamodb_progress import DynamoDbProgress
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.domain.approval import ApprovalStatus
from qlik_monitor.domain.audit import asked
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.model_budget import Hold, ModelBudget, Usage
from qlik_monitor.domain.progress import TaskProgress
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.errors import IncidentChanged, StoreUnavailable
from tests.fakes.answering import say
from tests.fakes.builders import (
    NOON,
    TASK,
    TASK_TOKEN,
    a_precedent,
    a_proposal,
    a_restart,
    a_snapshot,
    an_approval,
    an_incident,
)
from tests.fakes.history import a_point

Doing = Callable[[Any], object]
OPERATIONS: dict[str, tuple[str, Doing]] = {
    "open an incident": (
        "transact_write_items",
        lambda table: DynamoDbIncidents(table).open(an_incident()),
    ),
    "read an incident": ("get_item", lambda table: DynamoDbIncidents(table).get("i-1")),
    "save an incident": (
        "transact_write_items",
        lambda table: DynamoDbIncidents(table).save(an_incident()),
    ),
    "close an incident": (
        "transact_write_items",
        lambda table: DynamoDbIncidents(table).close(an_incident()),
    ),
    "list incidents": ("query", lambda table: DynamoDbIncidents(table).all_open()),
    "read restarts": ("query", lambda table: DynamoDbRestarts(table).of(TASK)),
    "reserve a restart": (
        "batch_get_item",
        lambda table: DynamoDbRestarts(table).reserve(a_restart(), Limits()),
    ),
    "record a restart": (
        "put_item",
        lambda table: DynamoDbRestarts(table).record(
            a_restart(), RestartOutcome.ACCEPTED, "", NOON
        ),
    ),
    "keep a precedent": ("put_item", lambda table: DynamoDbPrecedents(table).add(a_precedent())),
    "read precedents": (
        "query",
        lambda table: DynamoDbPrecedents(table).of(ErrorClass.CONNECTION, 5),
    ),
    "request an approval": (
        "put_item",
        lambda table: DynamoDbApprovals(table).request(an_approval(), TASK_TOKEN),
    ),
    "read an approval": ("get_item", lambda table: DynamoDbApprovals(table).get("a-1")),
    "answer an approval": (
        "get_item",
        lambda table: say(DynamoDbApprovals(table), "a-1", ApprovalStatus.APPROVED, NOON),
    ),
    "add to an audit trail": (
        "put_item",
        lambda table: DynamoDbAudit(table).add(asked(an_approval(), "ana", NOON)),
    ),
    "read an audit trail": ("query", lambda table: DynamoDbAudit(table).of("i-1")),
    "read a token": ("get_item", lambda table: DynamoDbApprovals(table).task_token("a-1")),
    "mark a delivery": (
        "transact_write_items",
        lambda table: DynamoDbApprovals(table).delivered(an_approval(), NOON),
    ),
    "record a cycle": (
        "put_item",
        lambda table: DynamoDbCycles(table).record(CycleReport(id="c", finished_at=NOON)),
    ),
    "remember a failure": (
        "put_item",
        lambda table: DynamoDbCycles(table).failure_is_news("E", NOON),
    ),
    "list failures": ("query", lambda table: DynamoDbCycles(table).failures(NOON)),
    "forget a failure": ("delete_item", lambda table: DynamoDbCycles(table).forget(("E",))),
    "set aside for the model": (
        "update_item",
        lambda table: DynamoDbModelUsage(table).reserve(
            Usage(calls=1), ModelBudget.of_dollars(1, 1, 1.0), NOON
        ),
    ),
    "settle for the model": (
        "update_item",
        lambda table: DynamoDbModelUsage(table).settle(
            Hold(id="h", day="2026-03-02", usage=Usage(calls=1)), Usage()
        ),
    ),
    "read what the model took": (
        "get_item",
        lambda table: DynamoDbModelUsage(table).of("2026-03-02"),
    ),
    "read an answer": ("get_item", lambda table: DynamoDbAnswers(table).get("f", NOON)),
    "keep an answer": (
        "put_item",
        lambda table: DynamoDbAnswers(table).keep("f", a_proposal(), NOON, timedelta(hours=1)),
    ),
    "load progress": ("query", lambda table: DynamoDbProgress(table).load("prod")),
    "save progress": (
        "put_item",
        lambda table: DynamoDbProgress(table).save(
            "prod", {"orders": TaskProgress.first(a_snapshot())}
        ),
    ),
    "save history": (
        "put_item",
        lambda table: DynamoDbHistory(table).save("prod", {"orders": a_point()}, NOON),
    ),
    "read history": ("query", lambda table: DynamoDbHistory(table).of(TASK, NOON, NOON)),
    "list tasks with history": ("query", lambda table: DynamoDbHistory(table).tasks("prod")),
}


@pytest.fixture
def stubbed() -> Iterator[tuple[Any, Stubber]]:
    table = boto3.resource("dynamodb").Table("agent")
    with Stubber(table.meta.client) as stubber:
        yield table, stubber


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_refusal_of_dynamodb_is_worth_another_try(
    name: str, stubbed: tuple[Any, Stubber]
) -> None:
    table, stubber = stubbed
    call, doing = OPERATIONS[name]
    stubber.add_client_error(call, "ProvisionedThroughputExceededException", "slow down")
    with pytest.raises(StoreUnavailable, match="ProvisionedThroughputExceededException") as raised:
        doing(table)
    assert raised.value.__cause__ is not None
    assert TASK_TOKEN not in str(raised.value)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_lost_connection_is_worth_another_try(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_args: object, **_named: object) -> None:
        raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", lost)
    table = boto3.resource("dynamodb").Table("agent")
    with pytest.raises(StoreUnavailable, match="ConnectTimeoutError"):
        OPERATIONS[name][1](table)


def test_a_transaction_that_others_disturbed_is_worth_another_try(
    stubbed: tuple[Any, Stubber],
) -> None:
    table, stubber = stubbed
    stubber.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields={"CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}]},
    )
    with pytest.raises(StoreUnavailable, match="TransactionCanceledException"):
        DynamoDbIncidents(table).open(an_incident())


@pytest.mark.parametrize("code", ["ConditionalCheckFailed", "TransactionConflict"])
def test_a_write_that_was_taken_already_or_met_another_one_asks_for_a_new_reading(
    code: str, stubbed: tuple[Any, Stubber]
) -> None:
    # botocore sends it again, and the second one fails on the first one's version.
    table, stubber = stubbed
    stubber.add_client_error(
        "transact_write_items",
        "TransactionCanceledException",
        modeled_fields={"CancellationReasons": [{"Code": code}, {"Code": "None"}]},
    )
    with pytest.raises(IncidentChanged):
        DynamoDbIncidents(table).save(an_incident())
