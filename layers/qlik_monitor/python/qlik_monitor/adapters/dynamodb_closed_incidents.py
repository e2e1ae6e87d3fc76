"""Closed incidents in DynamoDB: written with the incident's end, listed by time and by task.

| item | pk | sk |
|---|---|---|
| closed incident | `CLOSED#<month>` | time and id |
| the same, of each task that it befell | `TASK#<server/task>` | `CLOSED#`, time and id |

That costs two write units for each task, which is one as a rule.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from qlik_monitor.adapters.dynamodb import KEPT, expiry, second_of, store_errors
from qlik_monitor.adapters.dynamodb_restart_items import task_pk
from qlik_monitor.domain.closed_incident import ClosedIncident, tasks_of
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.task import TaskId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

Places = tuple[tuple[str, ClosedIncident], ...]
"""Closed incidents, each with its place in the list."""
OF_TASK = "CLOSED#"
"""What the sort key of a task's closed incident begins with."""


class DynamoDbClosedIncidents:
    """Lists what was closed, newest first."""

    def __init__(self, table: "Table") -> None:
        """Read them from this table."""
        self._table = table

    def before(self, place: str, now: datetime, most: int) -> Places:
        """Return so many that were closed before a place of the list; "" is its beginning."""
        found: list[tuple[str, ClosedIncident]] = []
        newest = datetime.fromisoformat(place.partition("#")[0]) if place else now
        for month in _months(newest, now - KEPT):
            listed = Key("pk").eq(f"CLOSED#{month}")
            condition = listed & Key("sk").lt(place) if place else listed
            found += self._read(condition, most - len(found))
            if len(found) >= most:
                break
        return tuple(found)

    def of_task(self, task: TaskId, since: datetime, most: int) -> tuple[ClosedIncident, ...]:
        """Return those that befell a task and were closed since then, the newest so many."""
        span = Key("sk").between(f"{OF_TASK}{second_of(since)}", f"{OF_TASK}~")
        return tuple(one for _, one in self._read(Key("pk").eq(task_pk(task)) & span, most))

    def _read(self, condition: Any, most: int) -> list[tuple[str, ClosedIncident]]:
        with store_errors("list closed incidents"):
            page = self._table.query(
                KeyConditionExpression=condition, ScanIndexForward=False, Limit=most
            )
        return [
            (str(item["sk"]), ClosedIncident.model_validate_json(str(item["document"])))
            for item in page["Items"]
        ]


def items_of(incident: Incident) -> list[dict[str, Any]]:
    """Return the items of a closed incident: that of the list, and one for each of its tasks."""
    closed = ClosedIncident.of(incident)
    place = f"{second_of(closed.closed_at)}#{closed.id}"
    keys = [(f"CLOSED#{closed.closed_at.astimezone(UTC):%Y-%m}", place)]
    keys += [(task_pk(task), f"{OF_TASK}{place}") for task in tasks_of(incident)]
    content = {"document": closed.model_dump_json(), "expires_at": expiry(closed.closed_at)}
    return [{"pk": pk, "sk": sk} | content for pk, sk in keys]


def _months(newest: datetime, oldest: datetime) -> Iterator[str]:
    newest, oldest = newest.astimezone(UTC), oldest.astimezone(UTC)
    year, month = newest.year, newest.month
    while (year, month) >= (oldest.year, oldest.month):
        yield f"{year:04}-{month:02}"
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
