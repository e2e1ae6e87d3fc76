"""The bodies of Qlik Cloud's responses."""

from typing import Any

from local.mock_qlik.behaviour import Reading
from local.mock_qlik.clock import Clock
from local.mock_qlik.fleet import SimulatedServer
from local.mock_qlik.gauges import Gauges, hours_minutes_seconds
from local.mock_qlik.kinds import Kind
from local.mock_qlik.task import SimulatedTask
from local.mock_qlik.vocabulary import StopReason, TaskState

type Body = dict[str, Any]

SPACE = "mock-space"
_OWNER = "mock-owner"
# Cloud has no RECOVERY: a task that retries by itself counts as running.
_RUN_STATES = {
    TaskState.RUNNING: "RUNNING",
    TaskState.RECOVERY: "RUNNING",
    TaskState.ERROR: "FAILED",
    TaskState.STOPPED: "FAILED",
}
_ENDS = {
    StopReason.NORMAL: "CANCELED",
    StopReason.FULL_LOAD_ONLY_FINISHED: "COMPLETED",
    StopReason.STOPPED_AFTER_FULL_LOAD: "COMPLETED",
    StopReason.STOPPED_AFTER_CACHED_EVENTS: "COMPLETED",
}


def project(server: SimulatedServer) -> Body:
    """Describe a server as a project."""
    return {
        "id": server.cloud_id,
        "name": server.spec.name,
        "description": server.spec.description,
        "ownerId": _OWNER,
        "spaceId": SPACE,
    }


def data_task(task: SimulatedTask) -> Body:
    """Describe a task as a data task."""
    return {
        "id": task.cloud_id,
        "name": task.spec.name,
        "type": "REPLICATION",
        "description": task.spec.description,
        "ownerId": _OWNER,
        "spaceId": SPACE,
    }


def runtime_state(task: SimulatedTask, server: SimulatedServer, clock: Clock) -> Body:
    """Describe how a data task runs."""
    seen = task.visible(clock.now())
    gauges = Gauges(task, seen, task.suspended(clock.now()))
    return {
        "name": task.spec.name,
        "type": "REPLICATION",
        "runReadiness": _readiness(task, seen),
        "lastRun": {
            **_last_run(seen, clock),
            "fullLoad": _full_load(gauges),
            "cdcStatus": _changes(gauges),
            "general": {
                "datasetCount": task.spec.tables,
                "datasetsInErrorCount": len(gauges.suspended),
                "gatewayName": server.spec.name,
                "gatewayTaskName": task.spec.name,
            },
        },
    }


def datasets(task: SimulatedTask, now: float) -> list[Body]:
    """Describe a data task's datasets."""
    suspended = task.suspended(now)
    return [_dataset(table, table in suspended) for table in task.tables]


def _dataset(table: str, in_error: bool) -> Body:
    return {
        "name": table,
        "fullLoad": {"state": "COMPLETED"},
        "cdcStatus": {"state": "ERROR" if in_error else "PROCESSING"},
        "dataReadiness": "ERROR" if in_error else "READY",
    }


def _readiness(task: SimulatedTask, seen: Reading) -> Body:
    if seen.symptoms.state.active:
        return {"state": "ALREADY_RUNNING", "message": ""}
    if task.spec.kind is Kind.LICENCE:
        return {"state": "NOT_RUNNABLE", "message": seen.symptoms.message}
    return {"state": "READY_TO_RUN", "message": ""}


def _last_run(seen: Reading, clock: Clock) -> Body:
    symptoms = seen.symptoms
    state = _RUN_STATES[symptoms.state]
    if symptoms.state is TaskState.STOPPED:
        state = _ENDS.get(symptoms.stop_reason, state)
    ended = seen.at if symptoms.state.active else max(seen.since, seen.run_began)
    run: Body = {
        "state": state,
        "message": symptoms.message,
        "startTime": clock.date(seen.run_began),
        "duration": hours_minutes_seconds(ended - seen.run_began),
        "errors": [],
    }
    if not symptoms.state.active:
        run["endTime"] = clock.date(ended)
    if state == "FAILED":
        error = {"title": "The task failed", "detail": symptoms.message}
        run["errors"] = [{"code": symptoms.stop_reason, **error}]
    return run


def _full_load(gauges: Gauges) -> Body:
    tables = gauges.task.spec.tables
    completed = int(gauges.loaded * tables)
    return {
        "queuedCount": max(0, tables - completed - 1),
        "loadingCount": min(1, tables - completed),
        "completedCount": completed - len(gauges.suspended),
        "errorCount": len(gauges.suspended),
    }


def _changes(gauges: Gauges) -> Body:
    return {
        "latency": hours_minutes_seconds(gauges.total_latency),
        "accumulatingChangesCount": gauges.in_transaction,
        "applyingChangesCount": gauges.waiting,
        "incomingChangesCount": gauges.source_rate,
        "throughputInKilobytesPerSecond": gauges.rate // 2,
        "totalProcessedCount": gauges.applied,
    }
