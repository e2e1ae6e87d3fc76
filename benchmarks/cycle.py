"""`python -m benchmarks.cycle`: what a cycle over a large fleet costs in the domain and the store.

Measured, in CPU seconds of one core: unpacking what is remembered of all tasks and the baselines of
the present hour, made of two weeks of history; finding anomalies, putting those with one cause
together and comparing with the open incidents; packing again. Also the packed sizes, and the
DynamoDB write units that follow from them (one a kilobyte). Reading Qlik is left out. All tasks
are healthy and move; two hours of readings fill their windows before anything is measured.
"""

import argparse
import math
import random
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

from qlik_monitor.adapters.dynamodb_baselines import pack as pack_baselines
from qlik_monitor.adapters.dynamodb_baselines import unpack as unpack_baselines
from qlik_monitor.adapters.dynamodb_progress import CHUNK, pack, unpack
from qlik_monitor.domain.baseline import Baseline, HourRow, day_of
from qlik_monitor.domain.finding import find
from qlik_monitor.domain.monitoring import review
from qlik_monitor.domain.progress import TaskProgress
from qlik_monitor.domain.sample import seconds_of
from qlik_monitor.domain.task import (
    Backlog,
    Counters,
    FleetReading,
    FullLoad,
    ServerSnapshot,
    ServerState,
    StopReason,
    TaskId,
    TaskSnapshot,
    TaskState,
    Throughput,
)
from qlik_monitor.domain.thresholds import Thresholds

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
INTERVAL = timedelta(minutes=5)
UNIT_BYTES = 1024
READINGS_BEFORE = 24
"""Two hours: as many samples as a window keeps."""


def a_reading(tasks: int, servers: int, number: int, seed: int) -> FleetReading:
    """Make one reading of a healthy fleet; `number` counts the polls."""
    randomness = random.Random(seed + number)
    now = BEGINNING + number * INTERVAL
    names = [f"server-{index}" for index in range(servers)]
    return FleetReading(
        observed_at=now,
        servers=tuple(ServerSnapshot(name=name, state=ServerState.MONITORED) for name in names),
        tasks=tuple(
            _snapshot(TaskId(server=names[index % servers], task=f"TASK_{index}"), now, randomness)
            for index in range(tasks)
        ),
    )


def _snapshot(task: TaskId, now: datetime, randomness: random.Random) -> TaskSnapshot:
    applied = int((now - BEGINNING).total_seconds()) * 40 + randomness.randrange(100)
    return TaskSnapshot(
        id=task,
        observed_at=now,
        state=TaskState.RUNNING,
        stop_reason=StopReason.NONE,
        source_latency_seconds=randomness.randrange(3),
        total_latency_seconds=randomness.randrange(3, 9),
        counters=Counters(applied_inserts=applied, applied_records=applied),
        backlog=Backlog(accumulated_in_memory=randomness.randrange(50), applying_in_memory=0),
        cdc_throughput=Throughput(target_records=randomness.randrange(20, 60)),
        full_load=FullLoad(completed=True, tables_with_error=0),
        memory_mb=randomness.randrange(200, 900),
        data_error_count=0,
    )


def remembered(chosen: argparse.Namespace) -> dict[str, dict[str, TaskProgress]]:
    """Play the readings that fill every task's window."""
    memory: dict[str, dict[str, TaskProgress]] = {}
    for number in range(READINGS_BEFORE):
        print(f"reading {number + 1} of {READINGS_BEFORE}", end="\r", file=sys.stderr)
        reading = a_reading(chosen.tasks, chosen.servers, number, chosen.seed)
        memory = find(reading, memory, Thresholds()).progress
    return memory


def two_weeks(names: Iterable[str], day: int, seed: int) -> dict[str, Baseline]:
    """Make the baselines of one hour: a row a day."""
    randomness = random.Random(seed)
    days = range(day - 14, day)
    return {
        name: tuple(HourRow(d, randomness.randrange(3, 90), randomness.randrange(99)) for d in days)
        for name in names
    }


def packed(memory: dict[str, dict[str, TaskProgress]]) -> list[bytes]:
    """Pack as the store does."""
    return [
        pack(dict(list(tasks.items())[start : start + CHUNK]))
        for tasks in memory.values()
        for start in range(0, len(tasks), CHUNK)
    ]


@contextmanager
def measured(spent: dict[str, float], what: str) -> Iterator[None]:
    """Note the CPU seconds that something takes."""
    began = time.process_time()
    yield
    spent[what] = time.process_time() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cycle", description=__doc__)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--servers", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    memory = remembered(chosen)
    reading = a_reading(chosen.tasks, chosen.servers, READINGS_BEFORE, chosen.seed)
    day = day_of(seconds_of(reading.observed_at))
    stored = {server: packed({server: tasks}) for server, tasks in memory.items()}
    of_hour = {
        server: pack_baselines(two_weeks(tasks, day, chosen.seed))
        for server, tasks in memory.items()
    }
    spent: dict[str, float] = {}
    with measured(spent, "unpacking memory"):
        memory = {
            server: {name: one for chunk in chunks for name, one in unpack(chunk).items()}
            for server, chunks in stored.items()
        }
    with measured(spent, "unpacking baselines"):
        usual = {server: unpack_baselines(chunk) for server, chunk in of_hour.items()}
    with measured(spent, "detection"):
        findings = find(reading, memory, Thresholds(), usual)
        review("cycle", reading, findings, (), (str(number) for number in count()))
    with measured(spent, "packing memory"):
        chunks = packed(findings.progress)

    units = sum(math.ceil(len(chunk) / UNIT_BYTES) for chunk in chunks)
    hourly = sum(math.ceil(len(chunk) / UNIT_BYTES) for chunk in of_hour.values())
    rows = sum(len(one) for tasks in usual.values() for one in tasks.values())
    print(f"{chosen.tasks} tasks on {chosen.servers} servers, seed {chosen.seed}, {rows} rows")
    print(f"anomalies found     {len(findings.anomalies)}")
    for what, seconds in (*spent.items(), ("assessed in all", sum(spent.values()))):
        print(f"{what:<20}{seconds:.2f} s of CPU, {seconds / chosen.tasks * 1e6:.0f} us a task")
    print(f"remembered          {sum(map(len, chunks)) / 1024:.0f} kB in {len(chunks)} items")
    print(f"DynamoDB            {units} write units a cycle (an item a task: {chosen.tasks})")
    print(f"                    {hourly} more each hour, for baselines of two weeks")


if __name__ == "__main__":
    main()
