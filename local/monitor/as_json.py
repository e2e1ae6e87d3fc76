"""The result for machines: one JSON object, in ASCII, so that no text can deceive a terminal."""

import json

from local.monitor.checkup import CheckedTask, Checkup
from qlik_monitor.domain.redaction import redact


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
        "anomalies": [
            {
                "kind": anomaly.kind.value,
                "severity": anomaly.severity.value,
                "summary": redact(anomaly.summary),
            }
            for anomaly in task.anomalies
        ],
    }
