"""Closed incidents in DynamoDB: an item each, written with the incident's end, listed by time.

| item | pk | sk |
|---|---|---|
| closed incident | `CLOSED#<month>` | time and id |
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from qlik_monitor.adapters.dynamodb import KEPT, expiry, store_errors
from qlik_monitor.domain.closed_incident import ClosedIncident

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

Places = tuple[tuple[str, ClosedIncident], ...]
"""Closed incidents, each with its place in the list."""


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

    def since(self, moment: datetime, now: datetime, most: int) -> Places:
        """Return those that were closed since a moment, the newest so many of them."""
        found = self.before("", now, most)
        return tuple((place, one) for place, one in found if one.closed_at >= moment)

    def _read(self, condition: Any, most: int) -> list[tuple[str, ClosedIncident]]:
        with store_errors("list closed incidents"):
            page = self._table.query(
                KeyConditionExpression=condition, ScanIndexForward=False, Limit=most
            )
        return [
            (str(item["sk"]), ClosedIncident.model_validate_json(str(item["document"])))
            for item in page["Items"]
        ]


def item_of(closed: ClosedIncident) -> dict[str, Any]:
    """Return the item of a closed incident."""
    return {
        "pk": f"CLOSED#{closed.closed_at.astimezone(UTC):%Y-%m}",
        "sk": f"{closed.closed_at.astimezone(UTC).isoformat(timespec='seconds')}#{closed.id}",
        "document": closed.model_dump_json(),
        "expires_at": expiry(closed.closed_at),
    }


def _months(newest: datetime, oldest: datetime) -> Iterator[str]:
    newest, oldest = newest.astimezone(UTC), oldest.astimezone(UTC)
    year, month = newest.year, newest.month
    while (year, month) >= (oldest.year, oldest.month):
        yield f"{year:04}-{month:02}"
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
