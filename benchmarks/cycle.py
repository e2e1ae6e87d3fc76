"""`python -m benchmarks.cycle`: what a cycle over a large fleet costs in the domain and the store.

Measured: CPU seconds of finding anomalies in all tasks, and of packing what is remembered of them;
the packed size, and the DynamoDB write units that follow from it (one a kilobyte). Reading Qlik is
left out. All tasks are healthy and move between the two readings.
"""

import argparse
import math
import random
import time
from datetime import UTC, datetime, timedelta
from itertools import count

from qlik_monitor.adapters.dynamodb_progress import CHUNK, pack
from qlik_monitor.domain.finding import find
from qlik_monitor.domain.monitoring import review
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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cycle", description=__doc__)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--servers", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    thresholds = Thresholds()
    first = find(a_reading(chosen.tasks, chosen.servers, 0, chosen.seed), {}, thresholds)
    second = a_reading(chosen.tasks, chosen.servers, 1, chosen.seed)

    began = time.process_time()
    findings = find(second, first.progress, thresholds)
    review("cycle", second, findings, (), (str(number) for number in count()))
    found = time.process_time() - began

    began = time.process_time()
    sizes = [
        len(pack(dict(list(tasks.items())[start : start + CHUNK])))
        for tasks in findings.progress.values()
        for start in range(0, len(tasks), CHUNK)
    ]
    packed = time.process_time() - began

    units = sum(math.ceil(size / UNIT_BYTES) for size in sizes)
    print(f"{chosen.tasks} tasks on {chosen.servers} servers, seed {chosen.seed}")
    print(f"anomalies found     {len(findings.anomalies)}")
    print(f"detection           {found:.2f} s of CPU, {found / chosen.tasks * 1e6:.0f} us a task")
    print(f"packing             {packed:.2f} s of CPU")
    print(f"remembered          {sum(sizes) / 1024:.0f} kB in {len(sizes)} items")
    print(f"DynamoDB            {units} write units a cycle (an item a task: {chosen.tasks})")


if __name__ == "__main__":
    main()
