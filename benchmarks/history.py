"""`python -m benchmarks.history`: what the history of a fleet costs to write, keep and read.

Measured: the packed size of one reading, the DynamoDB write units that follow from it (one a
kilobyte of the item), what is kept after 35 days, and the CPU seconds of packing a cycle and of
finding one task in two weeks of items. Every number of every task is known and different, so that
real fleets are rather smaller. Network and DynamoDB's own time are left out.

Dollars are AWS's list prices in us-east-1, without free tiers: $0.625 a million write units,
$0.125 a million read units, $0.25 a gigabyte and month, and $0.20 more for point-in-time recovery.
"""

import argparse
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table

from qlik_monitor.adapters.dynamodb_history import KEPT
from qlik_monitor.adapters.history_codec import pack, unpack
from qlik_monitor.domain.history import HistoryPoint, point_of
from qlik_monitor.domain.task import (
    Backlog,
    Counters,
    FullLoad,
    StopReason,
    TaskId,
    TaskSnapshot,
    TaskState,
    Throughput,
)

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
INTERVAL = timedelta(minutes=5)
MONTH, READ_BACK = timedelta(days=30), timedelta(days=14)
UNIT_BYTES, READ_UNIT_BYTES, GIGABYTE = 1024, 4096, 2**30
WRITE_PRICE, READ_PRICE, KEEP_PRICE = 0.625e-6, 0.125e-6, 0.25 + 0.20
SERVER = "replicate-prod-01"
SYSTEMS = ("SAP", "CRM", "BILLING", "WAREHOUSE", "MES", "HR")
SUBJECTS = ("ORDERS", "CUSTOMERS", "INVOICES", "STOCK", "PRICES", "LEDGER")
TARGETS = ("SNOWFLAKE", "KAFKA", "S3", "SYNAPSE")
VARIETY = 48
"""Different readings that two weeks are made of."""


@dataclass(frozen=True)
class Cost:
    """What one server costs."""

    tasks: int
    packed: int
    packing_seconds: float
    reading_seconds: float

    @property
    def item(self) -> int:
        """Bytes that DynamoDB counts: names and values of all attributes, and 100 for the item."""
        key = f"HISTORY#{SERVER}", "2026-03-02T12:00:00+00:00#0000"
        names = "pk", "sk", "packed", "expires_at"
        return self.packed + sum(map(len, key)) + sum(map(len, names)) + 8

    @property
    def write_units(self) -> int:
        """Write units of a cycle."""
        return math.ceil(self.item / UNIT_BYTES)

    @property
    def kept(self) -> int:
        """Bytes that are stored once the oldest readings begin to expire."""
        return (self.item + 100) * (KEPT // INTERVAL)

    @property
    def month(self) -> float:
        """Dollars a month."""
        writes = self.write_units * (MONTH // INTERVAL) * WRITE_PRICE
        return writes + self.kept / GIGABYTE * KEEP_PRICE

    @property
    def read_units(self) -> float:
        """Read units of two weeks, eventually consistent: of whichever task."""
        return self.item * (READ_BACK // INTERVAL) / READ_UNIT_BYTES / 2


def a_reading(tasks: int, number: int, seed: int) -> dict[str, HistoryPoint]:
    """Make one reading of a busy server; `number` counts the polls."""
    chance = random.Random(f"{seed}/{number}")
    now = BEGINNING + number * INTERVAL
    return {name: point_of(_snapshot(name, now, chance)) for name in _names(tasks)}


def _names(tasks: int) -> Sequence[str]:
    return [
        f"{SYSTEMS[n % 6]}_{SUBJECTS[n // 6 % 6]}_{n:04}_TO_{TARGETS[n % 4]}" for n in range(tasks)
    ]


def _snapshot(name: str, now: datetime, chance: random.Random) -> TaskSnapshot:
    return TaskSnapshot(
        id=TaskId(server=SERVER, task=name),
        observed_at=now + timedelta(seconds=chance.randrange(20)),
        state=chance.choices((TaskState.RUNNING, TaskState.STOPPED), (95, 5))[0],
        stop_reason=StopReason.NONE,
        source_latency_seconds=int(chance.expovariate(0.3)),
        total_latency_seconds=int(chance.expovariate(0.1)),
        counters=Counters(
            applied_inserts=chance.randrange(10**9),
            applied_updates=chance.randrange(10**9),
            applied_deletes=chance.randrange(10**8),
            applied_ddls=chance.randrange(20),
        ),
        backlog=Backlog(accumulated_in_memory=int(chance.expovariate(0.001))),
        cdc_throughput=Throughput(target_records=int(chance.expovariate(0.002))),
        full_load=FullLoad(completed=True, tables_with_error=chance.choices((0, 1), (98, 2))[0]),
        memory_mb=chance.randrange(100, 1500),
        cpu_percentage=chance.randrange(30),
        data_error_count=chance.choices((0, chance.randrange(500)), (95, 5))[0],
    )


def cost_of(tasks: int, seed: int) -> Cost:
    """Measure one server."""
    readings = [a_reading(tasks, number, seed) for number in range(VARIETY)]
    began = time.process_time()
    items = [pack(reading) for reading in readings]
    packing = (time.process_time() - began) / len(items)
    return Cost(
        tasks=tasks,
        packed=sum(map(len, items)) // len(items),
        packing_seconds=packing,
        reading_seconds=_reading_time(items, readings[0]),
    )


def _reading_time(items: Sequence[bytes], reading: Mapping[str, HistoryPoint]) -> float:
    wanted = sorted(reading)[len(reading) // 2]
    began = time.process_time()
    found = [unpack(items[n % len(items)]).point(wanted) for n in range(READ_BACK // INTERVAL)]
    assert all(found)
    return time.process_time() - began


def _table(costs: Sequence[Cost]) -> Table:
    table = Table(title=f"One server, a reading every {INTERVAL.seconds // 60} minutes")
    rows: dict[str, Callable[[Cost], str]] = {
        "tasks": lambda one: f"{one.tasks:,}",
        "bytes a task and reading": lambda one: f"{one.packed / one.tasks:.1f}",
        "item, bytes": lambda one: f"{one.item:,}",
        "write units a cycle": lambda one: f"{one.write_units}",
        "packing, CPU ms a cycle": lambda one: f"{one.packing_seconds * 1000:.1f}",
        f"kept after {KEPT.days} days, MB": lambda one: f"{one.kept / 2**20:.0f}",
        "dollars a month": lambda one: f"{one.month:.2f}",
        "two weeks of one task: MB read": lambda one: (
            f"{one.item * (READ_BACK // INTERVAL) / 2**20:.1f}"
        ),
        "... read units": lambda one: f"{one.read_units:,.0f}",
        "... dollars": lambda one: f"{one.read_units * READ_PRICE:.5f}",
        "... decoding, CPU s": lambda one: f"{one.reading_seconds:.2f}",
    }
    first, *others = rows.items()
    table.add_column(first[0])
    for cost in costs:
        table.add_column(first[1](cost), justify="right")
    for name, value in others:
        table.add_row(name, *(value(cost) for cost in costs))
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("--tasks", type=int, default=10_000, help="of the whole fleet")
    parser.add_argument("--servers", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    console = Console()
    console.print(_table([cost_of(tasks, chosen.seed) for tasks in (50, 500, 2000)]))
    for tasks, servers in dict.fromkeys(((200, 4), (chosen.tasks, chosen.servers))):
        one = cost_of(max(1, tasks // servers), chosen.seed)
        writes = one.write_units * servers
        console.print(
            f"{tasks:,} tasks on {servers} servers: {writes} write units a cycle "
            f"(an item a task: {tasks:,}), {writes * (MONTH // INTERVAL):,} a month, "
            f"{one.kept * servers / GIGABYTE:.2f} GB kept, ${one.month * servers:.2f} a month"
        )


if __name__ == "__main__":
    main()
