"""Maps Enterprise Manager's task list and task details to snapshots."""

from collections.abc import Mapping
from datetime import datetime

from qlik_monitor.adapters.qlik_fields import Fields
from qlik_monitor.domain.task import (
    Backlog,
    Counters,
    Endpoint,
    FullLoad,
    StopReason,
    TaskId,
    TaskSnapshot,
    TaskState,
    Throughput,
)

# The documentation says RECOVERING in one place, and working clients parse RECOVERY.
STATES = {"RECOVERING": TaskState.RECOVERY}


def listed_task(task: TaskId, item: Mapping[str, object], observed_at: datetime) -> TaskSnapshot:
    """Map one entry of GetTaskList."""
    return _snapshot(task, Fields(_common(item)), observed_at, details_read=False)


def task_snapshot(
    task: TaskId,
    details: Mapping[str, object],
    observed_at: datetime,
    item: Mapping[str, object] | None = None,
) -> TaskSnapshot:
    """Map GetTaskDetails; what it leaves out is taken from the task's entry in the list."""
    known = {name: value for name, value in details.items() if value is not None}
    fields = Fields({**_common(item or {}), **known})
    return _snapshot(task, fields, observed_at, details_read=True)


def _common(item: Mapping[str, object]) -> dict[str, object]:
    """Name an entry of the list's fields as the details do."""
    reason = item.get("stop_reason", item.get("task_stop_reason"))
    return {
        "state": item.get("state"),
        "task_stop_reason": reason,
        "message": item.get("message"),
        "assigned_tags": item.get("assigned_tags"),
    }


def _snapshot(
    task: TaskId, fields: Fields, observed_at: datetime, *, details_read: bool
) -> TaskSnapshot:
    state = fields.choice(TaskState, ("state",), TaskState.UNKNOWN, STATES)
    latency = fields.inner("cdc_latency")
    total_latency = latency.clock("total_latency")
    if details_read and state is TaskState.RUNNING and latency.raw("total_latency") is None:
        _expect_latency(fields)
    values = {
        "stop_reason": fields.choice(
            StopReason, ("task_stop_reason", "stop_reason"), StopReason.UNKNOWN, {}
        ),
        "message": fields.text("message"),
        "tags": fields.texts("assigned_tags"),
        "source_endpoint": _endpoint(fields.inner("source_endpoint")),
        "target_endpoint": _endpoint(fields.inner("target_endpoint")),
        "source_latency_seconds": latency.clock("source_latency"),
        "counters": _counters(fields),
        "backlog": _backlog(fields.inner("cdc_transactions_counters")),
        "cdc_throughput": _throughput(fields.inner("cdc_throughput")),
        "full_load_throughput": _throughput(fields.inner("full_load_throughput")),
        "full_load": _full_load(fields),
        "memory_mb": fields.count("memory_mb"),
        "disk_usage_mb": fields.count("disk_usage_mb"),
        "cpu_percentage": fields.count("cpu_percentage"),
        "data_error_count": fields.count("data_error_count"),
    }
    return TaskSnapshot.model_validate(
        {
            "id": task,
            "observed_at": observed_at,
            "state": state,
            "total_latency_seconds": total_latency,
            "details_read": details_read,
            **values,
            "unknown_fields": fields.notes,
        }
    )


def _expect_latency(fields: Fields) -> None:
    """Note a missing latency, except on a task that only loads and so has none."""
    options = fields.inner("options")
    if (options.flag("apply_changes_enabled"), options.flag("store_changes_enabled")) != (
        False,
        False,
    ):
        fields.note("cdc_latency.total_latency", "missing")


def _endpoint(fields: Fields) -> Endpoint | None:
    name = fields.text("name")
    return Endpoint(name=name, type=fields.text("type") or None) if name else None


def _counters(fields: Fields) -> Counters:
    events = fields.inner("cdc_event_counters")
    changes = fields.inner("cdc_transactions_counters")
    load = fields.inner("full_load_counters")
    return Counters(
        applied_inserts=events.count("applied_insert_count"),
        applied_updates=events.count("applied_update_count"),
        applied_deletes=events.count("applied_delete_count"),
        applied_ddls=events.count("applied_ddl_count"),
        # "comitted" is how Qlik spells it; a release that mends the spelling is read as well.
        applied_transactions=changes.count(
            "applied_comitted_transaction_count", "applied_committed_transaction_count"
        ),
        applied_records=changes.count(
            "applied_records_comitted_count", "applied_records_committed_count"
        ),
        full_load_records=load.count("records_completed_count"),
        full_load_tables=load.count("tables_completed_count"),
    )


def _backlog(changes: Fields) -> Backlog:
    return Backlog(
        accumulated_in_memory=changes.count("incoming_accumulated_changes_in_memory_count"),
        accumulated_on_disk=changes.count("incoming_accumulated_changes_on_disk_count"),
        applying_in_memory=changes.count("incoming_applying_changes_in_memory_count"),
        applying_on_disk=changes.count("incoming_applying_changes_on_disk_count"),
        transactions_in_progress=changes.count("applied_transactions_in_progress_count"),
        records_in_progress=changes.count("applied_records_in_progress_count"),
    )


def _throughput(speeds: Fields) -> Throughput:
    return Throughput(
        source_records=speeds.current("source_throughput_records_count"),
        source_kilobytes=speeds.current("source_throughput_volume"),
        target_records=speeds.current("target_throughput_records_count"),
        target_kilobytes=speeds.current("target_throughput_volume"),
    )


def _full_load(fields: Fields) -> FullLoad:
    load = fields.inner("full_load_counters")
    return FullLoad(
        completed=fields.flag("full_load_completed"),
        tables_completed=load.count("tables_completed_count"),
        tables_loading=load.count("tables_loading_count"),
        tables_queued=load.count("tables_queued_count"),
        tables_with_error=load.count("tables_with_error_count"),
    )
