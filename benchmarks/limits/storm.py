"""A storm: the handler of `execute_restart`, called by many threads at the same moment."""

import inspect
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import functions.execute_restart.handler as execute_restart
from benchmarks.limits.world import CYCLE, World
from qlik_monitor.adapters.dynamodb import UNIT_BYTES
from qlik_monitor.composition import the_table
from qlik_monitor.domain.incident import Incident
from qlik_monitor.errors import Retryable
from qlik_monitor.settings import ExecuteRestartSettings

Meanwhile = Callable[[Callable[[], None]], None]
STEP_TRIES = 7
"""The state machine repeats a step that met a transient error six times."""
SETTING = re.compile(r"[A-Z]+(?:_[A-Z]+)+")


class PlentyOfTime:
    """Lambda's context, of which the handler reads the time alone."""

    def get_remaining_time_in_millis(self) -> int:
        """Say that there is time."""
        return 600_000


@dataclass
class Tally:
    """What a storm came to."""

    name: str
    asked: int = 0
    runs: int = 0
    """What Qlik's own log says."""
    answers: Counter[str] = field(default_factory=Counter)
    transactions: int = 0
    cancelled: int = 0
    write_units: int = 0
    seconds: float = 0.0
    steps_repeated: int = 0


def rage(
    name: str, world: World, incidents: list[Incident], meanwhile: Meanwhile | None = None
) -> Tally:
    """Let each incident be executed by a thread of its own, all at once; count what happens.

    `meanwhile` runs beside them: every second thread comes only when it calls what it is given.
    """
    tally, lock = Tally(name, asked=len(incidents)), threading.Lock()
    table = the_table(ExecuteRestartSettings)
    _count_writes(table, tally, lock)
    gate, second_wave = threading.Barrier(len(incidents)), threading.Event()

    def attempt(number: int, incident: Incident) -> None:
        gate.wait()
        if meanwhile and number % 2:
            second_wave.wait()
        answer = _execute(incident, tally, lock)
        with lock:
            tally.answers[_kind_of(answer)] += 1

    began = time.monotonic()
    with ThreadPoolExecutor(len(incidents) + 1) as pool:
        beside = pool.submit(meanwhile, second_wave.set) if meanwhile else None
        for done in [pool.submit(attempt, *numbered) for numbered in enumerate(incidents)]:
            done.result()
        if beside:
            beside.result()
    tally.seconds = time.monotonic() - began
    tally.runs = world.runs
    return tally


def _execute(incident: Incident, tally: Tally, lock: threading.Lock) -> dict[str, Any]:
    # Without its wrapper: log lines, metrics and traces are kept for one call at a time.
    handler: Any = inspect.unwrap(execute_restart.handler)
    event = {"incident_id": incident.id, "cycle": CYCLE, "attempt": incident.attempt}
    for _ in range(STEP_TRIES):
        try:
            answer: dict[str, Any] = handler(event, PlentyOfTime())
            return answer
        except Retryable:
            with lock:
                tally.steps_repeated += 1
    return {"status": "failed", "detail": "repeated too often"}


def _kind_of(answer: dict[str, Any]) -> str:
    """Name the kind of an answer: what was done, or the limit that refused."""
    detail = str(answer["detail"])
    if answer["status"] == "started":
        return "already under way" if "before" in detail else "executed"
    if "automation is paused" in detail:
        return "refused: paused"
    if "is RUNNING" in detail:
        return "refused: the task runs again"
    setting = SETTING.search(detail)
    return f"refused: {setting[0]}" if setting else detail


def _count_writes(table: Any, tally: Tally, lock: threading.Lock) -> None:
    def sent(model: Any, params: Any, **_: object) -> None:
        units = -(-len(params["body"]) // UNIT_BYTES)
        with lock:
            tally.write_units += 2 * units if model.name == "TransactWriteItems" else units

    def answered(http_response: Any, **_: object) -> None:
        with lock:
            tally.transactions += 1
            tally.cancelled += http_response.status_code != 200

    events = table.meta.client.meta.events
    for operation in ("PutItem", "TransactWriteItems"):
        events.register(f"before-call.dynamodb.{operation}", sent)
    events.register("after-call.dynamodb.TransactWriteItems", answered)
