"""The body of GetTaskDetails: every field of a Replicate task, spelled as the wire spells it."""

from local.mock_qlik.bodies import Body, spelled
from local.mock_qlik.clock import Clock
from local.mock_qlik.gauges import Gauges, hours_minutes_seconds
from local.mock_qlik.scenario_parts import EndpointSpec, Spelling
from local.mock_qlik.task import SimulatedTask

_KB_PER_ROW = 0.5
_ROWS_IN_MEMORY = 10_000
_LOADED_ROWS_PER_TABLE = 50_000


def task_details(task: SimulatedTask, clock: Clock, spelling: Spelling) -> Body:
    """Describe a task as GetTaskDetails does: here it is `task_stop_reason`."""
    now = clock.now()
    gauges = Gauges(task, task.visible(now), task.suspended(now))
    body = {
        spelling.details_type: "AemReplicateTaskInfoDetailed",
        **_identity(gauges, spelling),
        **_full_load(gauges, clock),
        **_changes(gauges, spelling),
        **_process(gauges),
    }
    return {"task": body} if spelling.task_wrapper else body


def _identity(gauges: Gauges, spelling: Spelling) -> Body:
    spec, symptoms = gauges.task.spec, gauges.seen.symptoms
    return {
        "name": spec.name,
        "description": spec.description,
        "state": spelled(symptoms.state, spelling),
        "task_stop_reason": symptoms.stop_reason,
        "message": symptoms.message,
        "source_endpoint": _endpoint(spec.source_endpoint),
        "target_endpoint": _endpoint(spec.target_endpoint),
        "profile": "unidirectional",
        "log_stream_staging": "",
        "assigned_tags": spec.tags,
        "options": {
            "full_load_enabled": spec.full_load_enabled,
            "apply_changes_enabled": True,
            "store_changes_enabled": False,
            "audit_changes_enabled": False,
        },
    }


def _endpoint(endpoint: EndpointSpec) -> Body:
    return {"name": endpoint.name, "type": endpoint.type}


def _full_load(gauges: Gauges, clock: Clock) -> Body:
    spec, loading = gauges.task.spec, gauges.loaded < 1
    completed = int(gauges.loaded * spec.tables)
    records = spec.tables * _LOADED_ROWS_PER_TABLE
    errors = len(gauges.suspended)
    began = gauges.seen.since if loading else -spec.uptime_seconds
    throughput = 5_000 if loading else 0
    return {
        "full_load_counters": {
            "tables_completed_count": completed - errors,
            "tables_loading_count": min(1, spec.tables - completed),
            "tables_queued_count": max(0, spec.tables - completed - 1),
            "tables_with_error_count": errors,
            "records_completed_count": int(records * gauges.loaded),
            "estimated_records_for_all_tables_count": records,
        },
        "full_load_completed": not loading,
        "full_load_start": clock.date(began),
        "full_load_end": "" if loading else clock.date(began + spec.full_load_seconds),
        "full_load_throughput": _throughput(throughput, throughput),
    }


def _throughput(source: int, target: int) -> Body:
    return {
        "source_throughput_records_count": source,
        "source_throughput_volume": int(source * _KB_PER_ROW),
        "target_throughput_records_count": target,
        "target_throughput_volume": int(target * _KB_PER_ROW),
    }


def _changes(gauges: Gauges, spelling: Spelling) -> Body:
    flow = _throughput(gauges.source_rate, gauges.rate)
    return {
        "cdc_event_counters": {
            "applied_insert_count": gauges.applied // 2,
            "applied_update_count": gauges.applied - gauges.applied // 2 - gauges.applied // 10,
            "applied_delete_count": gauges.applied // 10,
            "applied_ddl_count": 0,
        },
        "cdc_throughput": {name: {"current": value} for name, value in flow.items()},
        "cdc_transactions_counters": _transactions(gauges),
        "cdc_latency": _latency(gauges, spelling),
    }


def _latency(gauges: Gauges, spelling: Spelling) -> Body:
    if not gauges.alive:
        down = spelling.latency_when_down
        return {"source_latency": down, "total_latency": down}
    return {
        "source_latency": hours_minutes_seconds(gauges.source_latency),
        "total_latency": hours_minutes_seconds(gauges.total_latency),
    }


def _transactions(gauges: Gauges) -> Body:
    in_memory = min(_ROWS_IN_MEMORY, gauges.waiting)
    on_disk = gauges.waiting - in_memory
    in_progress = gauges.in_transaction
    return {
        "commit_change_records_count": gauges.applied,
        "rollback_transaction_count": 0,
        "rollback_change_records_count": 0,
        "rollback_change_volume_mb": 0,
        "applied_transactions_in_progress_count": 1 if in_progress else 0,
        "applied_records_in_progress_count": in_progress,
        "applied_comitted_transaction_count": gauges.applied // 10,
        "applied_records_comitted_count": gauges.applied,
        "applied_volume_comitted_mb": int(gauges.applied * _KB_PER_ROW / 1024),
        "incoming_accumulated_changes_in_memory_count": in_progress // 10,
        "incoming_accumulated_changes_on_disk_count": 0,
        "incoming_applying_changes_in_memory_count": in_memory,
        "incoming_applying_changes_on_disk_count": on_disk,
    }


def _process(gauges: Gauges) -> Body:
    # Sampled from the task's process: without one they are 0.
    memory = 150 + int(gauges.jitter * 20) + gauges.waiting // 1_000
    return {
        "memory_mb": memory if gauges.alive else 0,
        "disk_usage_mb": gauges.waiting // 2_000,
        "cpu_percentage": 2 + int(gauges.jitter * 6) if gauges.busy else 0,
        "data_error_count": int(gauges.seen.data_errors),
    }
