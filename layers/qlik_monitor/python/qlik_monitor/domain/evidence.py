"""Evidence: the readings behind a finding, as text for people and for the model."""

from collections.abc import Iterator

from qlik_monitor.domain.anomaly import Evidence
from qlik_monitor.domain.task import TaskSnapshot


def evidence_of(snapshot: TaskSnapshot) -> Iterator[Evidence]:
    """Say what was read of a task, the unknown included."""
    readings: dict[str, object] = {
        "state": snapshot.state.value,
        "stop reason": snapshot.stop_reason.value,
        "total latency": _with_unit(snapshot.total_latency_seconds, "s"),
        "source latency": _with_unit(snapshot.source_latency_seconds, "s"),
        "changes waiting": _with_unit(snapshot.backlog.waiting(), "records"),
        "target throughput": _with_unit(snapshot.cdc_throughput.target_records, "records/s"),
        "tables with error": _with_unit(snapshot.full_load.tables_with_error, ""),
        "data errors": _with_unit(snapshot.data_error_count, ""),
        "memory": _with_unit(snapshot.memory_mb, "MB"),
        "last message": snapshot.message or "(none)",
    }
    for name, value in readings.items():
        yield Evidence(name=name, value=str(value))


def _with_unit(value: int | None, unit: str) -> str:
    return "unknown" if value is None else f"{value} {unit}".strip()
