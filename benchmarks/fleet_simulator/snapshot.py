"""What Qlik Replicate would show of a task at a moment: noisy, rounded, and sometimes silent."""

from random import Random

from benchmarks.fleet_simulator.profile import Profile
from benchmarks.fleet_simulator.symptoms import Symptoms
from benchmarks.fleet_simulator.task_model import TaskModel
from benchmarks.fleet_simulator.timeline import moment
from qlik_monitor.adapters.error_catalogue_file import built_in_catalogue
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.task import (
    Backlog,
    Counters,
    Endpoint,
    FullLoad,
    TaskSnapshot,
    TaskState,
    Throughput,
)

RECORD_KILOBYTES = 0.4
IN_MEMORY_AT_MOST = 50_000
"""Changes beyond these are kept on disk."""


def snapshot_of(model: TaskModel, at: float) -> TaskSnapshot:
    """Read and classify a task as a poll does."""
    snapshot = _read(model, at)
    error_class = built_in_catalogue().class_of(snapshot)
    if error_class is ErrorClass.UNKNOWN:
        return snapshot
    return snapshot.model_copy(update={"error_class": error_class})


def _read(model: TaskModel, at: float) -> TaskSnapshot:
    shown, profile = model.shown, model.profile
    if shown.details_unread:
        return TaskSnapshot(
            id=model.id,
            observed_at=moment(at),
            state=shown.state,
            stop_reason=shown.stop_reason,
            message=shown.message,
            details_read=False,
        )
    # A start that Enterprise Manager has not learnt of yet shows what was there before it.
    alive = shown.alive and not model.stale_left
    if not shown.process_gone:  # else Enterprise Manager shows what it read last
        model.latencies = _latencies(model)
    source_latency, total_latency = model.latencies
    return TaskSnapshot(
        id=model.id,
        observed_at=moment(at),
        state=shown.state,
        stop_reason=shown.stop_reason,
        message=shown.message,
        source_endpoint=Endpoint(name=profile.source_endpoint, type="Oracle"),
        target_endpoint=Endpoint(name=profile.target_endpoint, type="Snowflake"),
        source_latency_seconds=source_latency,
        total_latency_seconds=total_latency,
        counters=_counters(model),
        backlog=_backlog(model, alive),
        cdc_throughput=_throughput(model, alive),
        full_load_throughput=_load_speed(model, alive),
        full_load=_full_load(model, shown),
        unknown_fields=shown.malformed,
        **_process(model, alive),
    )


def _latencies(model: TaskModel) -> tuple[int | None, int | None]:
    shown, profile = model.shown, model.profile
    if shown.malformed or not shown.runs:
        return None, None
    if shown.looks_idle:
        return 0, 0
    if shown.loading and model.loaded < 1 and not profile.latency_while_loading:
        return 0, 0
    oldest = model.pipeline.oldest()
    if oldest is None and not model.source_speed:
        return shown.false_latency, shown.false_latency
    return _read_latencies(model, model.now - oldest if oldest is not None else 0.0)


def _read_latencies(model: TaskModel, behind: float) -> tuple[int | None, int | None]:
    profile, uniform = model.profile, model.randomness.random
    at_source = model.pipeline.at_source.oldest()
    source = uniform() * 3 + (model.now - at_source if at_source is not None else 0.0)
    source += profile.clock_skew
    handling = 1 + uniform() * 4 + uniform() * profile.apply_every
    total = max(behind + profile.clock_skew, source) + handling + model.shown.false_latency
    if source < 0:
        # Qlik writes a negative latency in no form that could be read as a time.
        return (None if profile.skew_reads_none else 0), max(0, round(total))
    return round(source), max(0, round(total))


def _counters(model: TaskModel) -> Counters:
    total, missing = model.applied_total, model.profile.missing
    return Counters(
        applied_inserts=int(total * 0.5),
        applied_updates=int(total * 0.4),
        applied_deletes=int(total * 0.1),
        applied_ddls=None if "ddls" in missing else 0,
        applied_transactions=None if "transactions" in missing else int(total * 0.2),
        applied_records=int(total),
        full_load_records=int(model.loaded * model.profile.loads_records),
        full_load_tables=int(model.loaded * model.profile.tables),
    )


def _backlog(model: TaskModel, alive: bool) -> Backlog:
    captured = model.pipeline.to_apply.records
    if alive and not captured and model.source_speed and not model.shown.looks_idle:
        delay = model.profile.apply_every or 2.0
        captured = model.source_speed * delay * model.randomness.random()
    waiting = int(captured) if alive or model.shown.runs else 0
    in_memory = min(waiting, IN_MEMORY_AT_MOST)
    in_progress = int(model.in_progress)
    if alive and not in_progress:
        # Small transactions come and go while changes are applied, as the clock would have it.
        in_progress = int(model.apply_speed * (model.now * 0.618 % 2.0))
    return Backlog(
        accumulated_in_memory=in_memory // 2,
        accumulated_on_disk=waiting - in_memory,
        applying_in_memory=in_memory - in_memory // 2,
        applying_on_disk=None if "on_disk" in model.profile.missing else 0,
        transactions_in_progress=1 if in_progress else 0,
        records_in_progress=in_progress,
    )


def _throughput(model: TaskModel, alive: bool) -> Throughput:
    if not alive:
        return Throughput(
            source_records=0, source_kilobytes=0, target_records=0, target_kilobytes=0
        )
    source = int(_momentary(model.source_speed, model.randomness))
    target = int(_momentary(_apply_speed(model), model.randomness))
    return Throughput(
        source_records=source,
        source_kilobytes=int(source * RECORD_KILOBYTES),
        target_records=target,
        target_kilobytes=int(target * RECORD_KILOBYTES),
    )


def _apply_speed(model: TaskModel) -> float:
    if model.symptoms.transaction == "grows":
        return model.profile.capacity * 0.7
    return model.apply_speed


def _momentary(average: float, randomness: Random) -> float:
    return average * randomness.uniform(0.4, 1.6) if average else 0.0


def _load_speed(model: TaskModel, alive: bool) -> Throughput:
    if not (alive and model.shown.loading and model.loaded < 1):
        return Throughput(target_records=0)
    profile = model.profile
    speed = model.symptoms.load * profile.loads_records / profile.load_seconds
    return Throughput(target_records=int(_momentary(speed, model.randomness)))


def _full_load(model: TaskModel, shown: Symptoms) -> FullLoad:
    profile = model.profile
    done = int(model.loaded * profile.tables)
    left = profile.tables - done if shown.loading and model.loaded < 1 else 0
    loading = min(5, left)
    return FullLoad(
        completed=left == 0,
        tables_completed=profile.tables - left,
        tables_loading=loading,
        tables_queued=None if "queued" in profile.missing else left - loading,
        tables_with_error=shown.tables_with_error,
    )


def _process(model: TaskModel, alive: bool) -> dict[str, int | None]:
    profile, random = model.profile, model.randomness.random
    late = model.just_started and (profile.slow_start or random() < 0.3)
    there = alive and not late
    return {
        "memory_mb": int(300 + random() * 80) if there else 0,
        "disk_usage_mb": None if "disk" in profile.missing else _disk(model),
        "cpu_percentage": _cpu(model, profile) if there else 0,
        "data_error_count": int(model.data_errors),
    }


def _disk(model: TaskModel) -> int:
    return int(max(0.0, model.pipeline.to_apply.records - IN_MEMORY_AT_MOST) / 2000) + 5


def _cpu(model: TaskModel, profile: Profile) -> int | None:
    if "cpu" in profile.missing:
        return None
    return min(95, int(100 * model.apply_speed / profile.capacity * model.randomness.random()) + 1)


def is_well(model: TaskModel, lag_seconds: float) -> bool:
    """Tell whether a reading would show a task that runs and is not far behind."""
    shown = model.shown
    if shown.state is not TaskState.RUNNING or not shown.alive or model.stale_left:
        return False
    return model.latency < lag_seconds and not (shown.malformed or shown.tables_with_error)
