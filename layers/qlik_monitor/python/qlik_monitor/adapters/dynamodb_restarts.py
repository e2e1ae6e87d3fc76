"""Restart history in DynamoDB: written ahead of each call, and limited by a conditional write.

| item | pk | sk |
|---|---|---|
| restart | `TASK#<server/task>` | `RESTART#<incident id>#<attempt>` |
| budget: the times of recent restarts | `TASK#<server/task>` | `BUDGET` |
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import cancellation_codes, expiry, pages, store_errors
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.restart import Reservation, Restart, RestartLimit, RestartOutcome
from qlik_monitor.domain.task import TaskId
from qlik_monitor.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

TRIES = 20
"""How often a reservation is tried anew when others write the same budget at the same time."""


class DynamoDbRestarts:
    """Fits `RestartHistory`."""

    def __init__(self, table: "Table") -> None:
        """Keep restarts in this table."""
        self._table = table

    def of(self, task: TaskId) -> tuple[Restart, ...]:
        """Return a task's restarts, oldest first (incident ids begin with their time)."""
        condition = Key("pk").eq(_task(task)) & Key("sk").begins_with("RESTART#")
        read = pages(self._table, f"read restarts of {task}", condition, ConsistentRead=True)
        documents = (str(item["document"]) for page in read for item in page)
        return tuple(Restart.model_validate_json(document) for document in documents)

    def reserve(self, restart: Restart, limit: RestartLimit) -> Reservation:
        """Write the restart and its place in the budget in one transaction, or neither.

        The budget's version is the condition: of any number of racers each place has one winner.
        """
        for _ in range(TRIES):
            version, times = self._budget(restart.task)
            if self._exists(restart):
                return Reservation.ALREADY_RESERVED
            if limit.is_reached(times, restart.requested_at):
                return Reservation.LIMIT_REACHED
            kept = (*limit.recent(times, restart.requested_at), restart.requested_at)
            outcome = self._write_ahead(restart, version, kept)
            if outcome is not None:
                return outcome
        raise StoreUnavailable(f"reserve a restart of {restart.task}: too many others at once")

    def record(
        self, restart: Restart, outcome: RestartOutcome, detail: str, now: datetime
    ) -> Restart:
        """Write down what became of a restart."""
        changed = restart.model_copy(
            update={"outcome": outcome, "detail": redact(detail)[:500], "finished_at": now}
        )
        with store_errors(f"record a restart of {restart.task}"):
            self._table.put_item(Item=_item(changed))
        return changed

    def _write_ahead(
        self, restart: Restart, version: int, times: tuple[datetime, ...]
    ) -> Reservation | None:
        client: Any = self._table.meta.client
        try:
            with store_errors(f"reserve a restart of {restart.task}"):
                client.transact_write_items(
                    TransactItems=[
                        {"Put": self._new(restart)},
                        {"Put": self._next_budget(restart, version, times)},
                    ]
                )
        except ClientError as error:
            taken = cancellation_codes(error)[:1] == ["ConditionalCheckFailed"]
            return Reservation.ALREADY_RESERVED if taken else None
        return Reservation.GRANTED

    def _new(self, restart: Restart) -> dict[str, Any]:
        return {
            "TableName": self._table.name,
            "Item": _item(restart),
            "ConditionExpression": "attribute_not_exists(pk)",
        }

    def _next_budget(
        self, restart: Restart, version: int, times: tuple[datetime, ...]
    ) -> dict[str, Any]:
        item = _budget_key(restart.task) | {
            "version": version + 1,
            "times": [time.astimezone(UTC).isoformat() for time in times],
            "expires_at": expiry(restart.requested_at),
        }
        return {
            "TableName": self._table.name,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk) OR version = :seen",
            "ExpressionAttributeValues": {":seen": version},
        }

    def _budget(self, task: TaskId) -> tuple[int, tuple[datetime, ...]]:
        with store_errors(f"read the budget of {task}"):
            answer = self._table.get_item(Key=_budget_key(task), ConsistentRead=True)
        item: dict[str, Any] = dict(answer.get("Item", {}))
        times = tuple(datetime.fromisoformat(str(time)) for time in item.get("times", []))
        return int(item.get("version", 0)), times

    def _exists(self, restart: Restart) -> bool:
        with store_errors(f"read a restart of {restart.task}"):
            return "Item" in self._table.get_item(Key=_key(restart), ConsistentRead=True)


def _task(task: TaskId) -> str:
    return f"TASK#{task}"


def _budget_key(task: TaskId) -> dict[str, str]:
    return {"pk": _task(task), "sk": "BUDGET"}


def _key(restart: Restart) -> dict[str, str]:
    return {
        "pk": _task(restart.task),
        "sk": f"RESTART#{restart.incident_id}#{restart.attempt:04}",
    }


def _item(restart: Restart) -> dict[str, Any]:
    return _key(restart) | {
        "document": restart.model_dump_json(),
        "outcome": restart.outcome.value,
        "expires_at": expiry(restart.requested_at),
    }
