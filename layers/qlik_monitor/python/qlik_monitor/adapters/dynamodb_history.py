"""History in DynamoDB: one packed item a server and cycle, whose expiry is its only end.

| item | pk | sk |
|---|---|---|
| one reading of a server's tasks | `HISTORY#<server>` | `<UTC time to the second>#<chunk>` |

An item a task would cost a write unit for each; packed, some hundred tasks share one. A second
chunk begins where an item would come near DynamoDB's limit of 400 kB.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from qlik_monitor.adapters.dynamodb import expiry, pages, second_of, store_errors
from qlik_monitor.adapters.history_codec import UnknownForm, pack, unpack
from qlik_monitor.domain.history import HistoryPoint, TaskHistory

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

    from qlik_monitor.domain.task import TaskId

KEPT = timedelta(days=35)
"""Five weeks: four of each weekday to compare with, and one that is under way."""
CHUNK_BYTES = 350_000
SLACK = timedelta(minutes=10)
"""A reading of the fleet is over within minutes, so each task's time lies that near its item's."""
LOOKED_THROUGH = 20
"""Newest items in which the names of a server's tasks are looked up."""
LAST_SECOND = "~"
"""Sorts behind every chunk of a second."""


class DynamoDbHistory:
    """Fits `HistoryStore`."""

    def __init__(
        self, table: "Table", kept: timedelta = KEPT, chunk_bytes: int = CHUNK_BYTES
    ) -> None:
        """Keep history in this table for so long."""
        self._table, self._kept, self._chunk_bytes = table, kept, chunk_bytes

    def save(self, server: str, points: Mapping[str, HistoryPoint], now: datetime) -> None:
        """Keep one reading; the same reading saved again takes the same place."""
        for number, packed in enumerate(self._chunks(points)):
            item: dict[str, Any] = {
                "pk": f"HISTORY#{server}",
                "sk": f"{second_of(now)}#{number:04}",
                "packed": packed,
                "expires_at": expiry(now, self._kept),
            }
            with store_errors(f"save history of {server}"):
                self._table.put_item(Item=item)

    def of(
        self,
        task: "TaskId",
        since: datetime,
        until: datetime,
        seen: Callable[[datetime], None] = lambda _moment: None,
    ) -> TaskHistory:
        """Return a task's points between two moments; `seen` hears how far the reading has come."""
        ends = (second_of(since - SLACK), second_of(until + SLACK) + LAST_SECOND)
        condition = Key("pk").eq(f"HISTORY#{task.server}") & Key("sk").between(*ends)
        # By time: a task that moved from one chunk to another counts once.
        points: dict[datetime, HistoryPoint] = {}
        unreadable = 0
        doing, wanted = f"read history of {task.server}", "sk, packed"
        for page in pages(self._table, doing, condition, ProjectionExpression=wanted):
            for item in page:
                try:
                    point = unpack(_packed(item)).point(task.task)
                except UnknownForm:
                    unreadable += 1
                    continue
                if point and since <= point.at <= until:
                    points[point.at] = point
            if page:
                seen(datetime.fromisoformat(str(page[-1]["sk"]).partition("#")[0]))
        return TaskHistory(tuple(points[at] for at in sorted(points)), unreadable)

    def tasks(self, server: str) -> frozenset[str]:
        """Return the names of the tasks in a server's newest readings."""
        with store_errors(f"read history of {server}"):
            page = self._table.query(
                KeyConditionExpression=Key("pk").eq(f"HISTORY#{server}"),
                ScanIndexForward=False,
                Limit=LOOKED_THROUGH,
            )
        return frozenset(name for item in page["Items"] for name in _names(item))

    def _chunks(self, points: Mapping[str, HistoryPoint]) -> Iterator[bytes]:
        if not points:
            return
        packed = pack(points)
        if len(packed) <= self._chunk_bytes or len(points) == 1:
            yield packed
            return
        names = sorted(points)
        for half in (names[: len(names) // 2], names[len(names) // 2 :]):
            yield from self._chunks({name: points[name] for name in half})


def _packed(item: Mapping[str, Any]) -> bytes:
    return bytes(item["packed"])


def _names(item: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        return tuple(unpack(_packed(item)).places)
    except UnknownForm:
        return ()
