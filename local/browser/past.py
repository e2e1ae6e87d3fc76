"""Gives a stack that has just begun a day to look back on, so that charts have a line to show."""

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Key

from qlik_monitor.adapters.dynamodb_cycles import DynamoDbCycles
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.dynamodb_servers import DynamoDbServers
from qlik_monitor.adapters.history_codec import unpack
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.task import TaskState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

SPAN = timedelta(hours=24)
INTERVAL = timedelta(minutes=10)
LOAD_HOURS = 1.2
"""How long a task's daily load takes to swell."""
LOAD_SECONDS = 150
"""How far the latency of the busiest rises with it."""


MADE_UP = (
    "The day before this run is made up: readings and cycles, so that charts have a line to show. "
    "What the console says from now on was read."
)


def give_a_past_once_read(table: "Table", now: datetime) -> bool:
    """Do what `give_a_past` does if a cycle has ended; tell whether it was done."""
    if not DynamoDbCycles(table).newest(now, 1):
        return False
    give_a_past(table, now)
    return True


def give_a_past(table: "Table", now: datetime) -> None:
    """Store a day of readings of every task whose newest reading is known, and its cycles."""
    chance = random.Random(1)
    history = DynamoDbHistory(table)
    newest = {server.name: _newest(table, server.name) for server in DynamoDbServers(table).all()}
    for at in _moments(now):
        for server, points in newest.items():
            history.save(server, dict(_earlier(points, at, now, chance)), at)
        tasks = sum(map(len, newest.values()))
        cycle = f"past-{at:%Y%m%dT%H%M}"
        DynamoDbCycles(table).record(
            CycleReport(id=cycle, finished_at=at, servers=len(newest), tasks=tasks)
        )


def _moments(now: datetime) -> Iterator[datetime]:
    # The last one lies a little before the stack began.
    yield from (now - INTERVAL * number for number in range(SPAN // INTERVAL, 0, -1))


def _newest(table: "Table", server: str) -> dict[str, HistoryPoint]:
    page = table.query(
        KeyConditionExpression=Key("pk").eq(f"HISTORY#{server}"), ScanIndexForward=False, Limit=1
    )
    found = {}
    for item in page["Items"]:
        packed = unpack(bytes(item["packed"]))  # type: ignore[arg-type]
        found = {task: packed.point(task) for task in packed.places}
    return {task: point for task, point in found.items() if point}


def _earlier(
    points: Mapping[str, HistoryPoint], at: datetime, now: datetime, chance: random.Random
) -> Iterator[tuple[str, HistoryPoint]]:
    hours = (now - at) / timedelta(hours=1)
    for number, (task, point) in enumerate(sorted(points.items())):
        if point.state is TaskState.STOPPED:
            yield task, replace(point, at=at)
            continue
        # Each task has its load at an hour of its own.
        load = math.exp(-(((hours - 3 - number % 18) / LOAD_HOURS) ** 2))
        usual = point.target_records_per_second or 40 + 25 * (number % 7)
        latency = int(1 + chance.uniform(0, 3) + load * LOAD_SECONDS * (1 + number % 4) / 4)
        yield (
            task,
            replace(
                point,
                at=at,
                state=TaskState.RUNNING,
                total_latency_seconds=latency,
                source_latency_seconds=min(latency, 2),
                waiting=latency * usual // 8,
                target_records_per_second=int(usual * (1 + 2 * load) * chance.uniform(0.85, 1.1)),
                memory_mb=int((point.memory_mb or 180) + 40 * load),
                data_error_count=0,
            ),
        )
