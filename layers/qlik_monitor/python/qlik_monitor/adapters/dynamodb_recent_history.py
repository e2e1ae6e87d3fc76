"""History read for a page: the newest readings of many servers, or a few readings of long spans.

The items are those of `dynamodb_history`. A page must be quick whatever the fleet's size, so
servers are asked at once, a task's number is read only where it is shown, and a long span is read
at even distances instead of whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import ConditionBase, Key

from qlik_monitor.adapters.dynamodb import second_of, store_errors
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.history_codec import Packed, UnknownForm, unpack
from qlik_monitor.domain.history import HistoryPoint, TaskHistory
from qlik_monitor.domain.task import TaskId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

READINGS = 12
"""Of a server, an hour of the default interval."""
AT_ONCE = 10
"""As many connections as boto3 keeps."""
WHOLE_BYTES = 12_000_000
"""What is read of a span at most; beyond it, samples are. It takes DynamoDB about a second."""
SAMPLES = 168
"""Of a long span: one an hour of a week, one each two hours of a fortnight."""
CHUNKS_OF_A_READING = 4
ITEMS_OF_A_PAGE = 100


class RecentReadings:
    """A server's newest readings, newest first, unpacked no further than asked."""

    def __init__(self, readings: Sequence[tuple[datetime, tuple[Packed, ...]]]) -> None:
        self._readings = readings

    @property
    def moments(self) -> tuple[datetime, ...]:
        """When they were made."""
        return tuple(at for at, _ in self._readings)

    def newest(self) -> dict[str, HistoryPoint]:
        """Return the newest point of each task that stands in any of them."""
        found: dict[str, HistoryPoint] = {}
        for _, chunks in self._readings:
            for packed in chunks:
                missing = packed.places.keys() - found.keys()
                if len(missing) == len(packed.places):
                    found |= packed.points()
                    continue
                points = ((name, packed.point(name)) for name in missing)
                found |= {name: point for name, point in points if point}
        return found

    def of(self, task: str) -> tuple[HistoryPoint | None, ...]:
        """Return one task's points, oldest first; None for a reading that it is not in."""
        return tuple(
            next((p for p in (packed.point(task) for packed in chunks) if p), None)
            for _, chunks in reversed(self._readings)
        )


class RecentHistory:
    """Reads history for a page."""

    def __init__(self, table: "Table") -> None:
        """Read from this table."""
        self._table, self._name = table, table.name
        # Clients may be shared by threads, resources may not.
        self._client: Any = table.meta.client

    def of_servers(
        self, servers: Sequence[str], readings: int = READINGS
    ) -> dict[str, RecentReadings]:
        """Return the newest readings of each server."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            found = threads.map(lambda server: self._of_server(server, readings), servers)
            return dict(zip(servers, found, strict=True))

    def of_task(self, task: TaskId, since: datetime, until: datetime) -> tuple[TaskHistory, bool]:
        """Return a task's points, oldest first, and whether they are samples of what is stored."""
        if self._expected_bytes(task.server, until - since) <= WHOLE_BYTES:
            return DynamoDbHistory(self._table).of(task, since, until), False
        return self.sampled(task, since, until), True

    def since(self, task: TaskId, moment: datetime) -> tuple[HistoryPoint, ...]:
        """Return a task's points after a moment, oldest first.

        Of more than is read for a page, the older ones are left out.
        """
        condition = Key("pk").eq(f"HISTORY#{task.server}") & Key("sk").gt(second_of(moment))
        found: dict[datetime, HistoryPoint] = {}
        read = 0
        for item in self._items(condition, ITEMS_OF_A_PAGE, newest_first=True):
            read += len(bytes(item["packed"]))
            packed = _unpacked(item)
            point = packed.point(task.task) if packed else None
            if point and point.at > moment:
                found.setdefault(point.at, point)
            if read > WHOLE_BYTES:
                break
        return tuple(found[at] for at in sorted(found))

    def sampled(
        self, task: TaskId, since: datetime, until: datetime, samples: int = SAMPLES
    ) -> TaskHistory:
        """Return at most so many of a task's points, oldest first, at even distances."""
        step = (until - since) / samples
        slots = [(since + n * step, since + (n + 1) * step) for n in range(samples)]
        with ThreadPoolExecutor(AT_ONCE) as threads:
            found = list(threads.map(lambda slot: self._first_of(task, *slot), slots))
        points = {point.at: point for point, _ in found if point}
        unreadable = sum(bad for _, bad in found)
        return TaskHistory(tuple(points[at] for at in sorted(points)), unreadable)

    def _expected_bytes(self, server: str, span: timedelta) -> float:
        """Guess from a server's newest items how much a span of them is."""
        condition = Key("pk").eq(f"HISTORY#{server}")
        newest = list(islice(self._items(condition, READINGS, newest_first=True), READINGS))
        if len(newest) < 2:
            return 0.0
        ends = [datetime.fromisoformat(str(item["sk"]).partition("#")[0]) for item in newest]
        covered = max(ends[0] - ends[-1], timedelta(seconds=1))
        return sum(len(bytes(item["packed"])) for item in newest) * (span / covered)

    def _of_server(self, server: str, readings: int) -> RecentReadings:
        found: dict[datetime, list[Packed]] = {}
        condition = Key("pk").eq(f"HISTORY#{server}")
        for item in self._items(condition, readings + CHUNKS_OF_A_READING, newest_first=True):
            at = datetime.fromisoformat(str(item["sk"]).partition("#")[0])
            if at not in found and len(found) == readings:
                break
            if packed := _unpacked(item):
                found.setdefault(at, []).append(packed)
        return RecentReadings([(at, tuple(chunks)) for at, chunks in found.items()])

    def _first_of(
        self, task: TaskId, begins: datetime, ends: datetime
    ) -> tuple[HistoryPoint | None, int]:
        """Return the first point of a task within a slot, and how many items nobody could read."""
        # The end belongs to the next slot; `~` would sort behind all chunks of its second.
        between = Key("sk").between(second_of(begins), second_of(ends - timedelta(seconds=1)) + "~")
        condition = Key("pk").eq(f"HISTORY#{task.server}") & between
        unreadable = 0
        for tried, item in enumerate(self._items(condition, 1)):
            packed = _unpacked(item)
            unreadable += packed is None
            if packed and (point := packed.point(task.task)):
                return point, 0
            if tried + 1 == CHUNKS_OF_A_READING:
                break
        return None, unreadable

    def _items(
        self, condition: ConditionBase, limit: int, *, newest_first: bool = False
    ) -> Iterator[Mapping[str, Any]]:
        asked = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ProjectionExpression": "sk, packed",
            "ScanIndexForward": not newest_first,
            "Limit": limit,
        }
        while True:
            with store_errors("read history"):
                page = self._client.query(**asked)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _unpacked(item: Mapping[str, Any]) -> Packed | None:
    try:
        return unpack(bytes(item["packed"]))
    except UnknownForm:
        return None
