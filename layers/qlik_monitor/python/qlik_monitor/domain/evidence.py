"""Evidence: the readings behind a finding, as text for people and for the model.

A task that is down has no process to measure, and Qlik sends zeros for it: they are told as what
they are, silence.
"""

from collections.abc import Iterator

from qlik_monitor.domain.actions import DOWN
from qlik_monitor.domain.anomaly import Evidence
from qlik_monitor.domain.task import TaskSnapshot


def evidence_of(snapshot: TaskSnapshot) -> Iterator[Evidence]:
    """Say what was read of a task, the unknown included."""
    speed = _silent if snapshot.state in DOWN else _with_unit
    count = _at_least_one if snapshot.state in DOWN else _with_unit
    readings: dict[str, object] = {
        "state": snapshot.state.value,
        "stop reason": snapshot.stop_reason.value,
        "total latency": speed(snapshot.total_latency_seconds, "s"),
        "source latency": speed(snapshot.source_latency_seconds, "s"),
        "changes waiting": count(snapshot.backlog.waiting(), "records"),
        "target throughput": speed(snapshot.cdc_throughput.target_records, "records/s"),
        "tables with error": count(snapshot.full_load.tables_with_error, ""),
        "data errors": count(snapshot.data_error_count, ""),
        "memory": speed(snapshot.memory_mb, "MB"),
        "last message": snapshot.message or "(none)",
    }
    for name, value in readings.items():
        yield Evidence(name=name, value=str(value))


def _with_unit(value: int | None, unit: str) -> str:
    return "unknown" if value is None else f"{value} {unit}".strip()


def _silent(value: int | None, unit: str) -> str:
    return "unknown" if value is None else "not running"


def _at_least_one(value: int | None, unit: str) -> str:
    return _with_unit(value or None, unit)
