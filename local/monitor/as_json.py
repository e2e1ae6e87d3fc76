"""The result for machines: one JSON object, in ASCII, so that no text can deceive a terminal."""

import json

from local.monitor.checkup import CheckedTask, Checkup
from qlik_monitor.domain.anomaly import Anomaly, AnomalyKind, Severity
from qlik_monitor.domain.redaction import redact

NOT_READ = Anomaly(
    kind=AnomalyKind.UNKNOWN,
    severity=Severity.WARNING,
    summary="health cannot be judged: its details could not be read",
)


def as_json(checkup: Checkup) -> str:
    """Write a result; unknown numbers are null."""
    return json.dumps(
        {
            "tasks": [_task(task) for task in checkup.tasks],
            "unread": [one.model_dump() for one in checkup.missed],
        },
        indent=1,
    )


def _task(task: CheckedTask) -> dict[str, object]:
    snapshot = task.snapshot
    return {
        "server": snapshot.id.server,
        "task": snapshot.id.task,
        "state": snapshot.state.value,
        "stop_reason": snapshot.stop_reason.value,
        "source_latency_seconds": snapshot.source_latency_seconds,
        "total_latency_seconds": snapshot.total_latency_seconds,
        "anomalies": [_anomaly(anomaly) for anomaly in _found(task)],
    }


def _found(task: CheckedTask) -> tuple[Anomaly, ...]:
    # Without a finding, a task of which the list alone is known would look healthy here.
    if task.snapshot.details_read or task.anomalies:
        return task.anomalies
    return (NOT_READ,)


def _anomaly(anomaly: Anomaly) -> dict[str, str]:
    return {
        "kind": anomaly.kind.value,
        "severity": anomaly.severity.value,
        "summary": redact(anomaly.summary),
    }
