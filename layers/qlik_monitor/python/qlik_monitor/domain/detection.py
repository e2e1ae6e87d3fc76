"""Detection: which anomalies one reading shows, given what is remembered of earlier ones.

The rules follow what operators of Replicate do by hand: RECOVERY is hands-off until it lasts, a
person's stop is never an anomaly, a stop by low disk or licence belongs to the server, and a task
is stuck only if several readings in a row say so.
"""

from collections.abc import Iterator
from datetime import timedelta

from qlik_monitor.domain.anomaly import Anomaly, AnomalyKind, Evidence, Severity
from qlik_monitor.domain.progress import TaskProgress
from qlik_monitor.domain.task import StopReason, TaskSnapshot, TaskState
from qlik_monitor.domain.thresholds import Thresholds

ABORTS = frozenset({StopReason.FATAL_ERROR, StopReason.RECOVERABLE_ERROR})
NOT_RUNNING = (TaskState.STOPPED, TaskState.ERROR, TaskState.RECOVERY)
BY_DESIGN = frozenset(
    {
        StopReason.NONE,
        StopReason.NORMAL,
        StopReason.FULL_LOAD_ONLY_FINISHED,
        StopReason.STOPPED_AFTER_FULL_LOAD,
        StopReason.STOPPED_AFTER_CACHED_EVENTS,
    }
)
"""Stops that someone meant: never an anomaly, never started by this agent."""
BY_RESOURCE = {
    StopReason.STOPPED_LOW_DISK_SPACE: (AnomalyKind.LOW_DISK, "the server ran low on disk"),
    StopReason.STOPPED_LOW_MEMORY: (AnomalyKind.LOW_MEMORY, "the server ran low on memory"),
    StopReason.EXPRESS_LICENSE_LIMITS_REACHED: (AnomalyKind.LICENSE, "a licence limit was reached"),
    StopReason.STOPPED_AFTER_DDL_APPLY: (AnomalyKind.STOPPED_FOR_DDL, "a schema change came"),
}
LATENCY_FIELDS = frozenset(
    {"cdc_latency", "cdc_latency.source_latency", "cdc_latency.total_latency"}
    | {"lastRun.cdcStatus", "lastRun.cdcStatus.latency"}
)
JUDGED_FIELDS = LATENCY_FIELDS | {"state", "task_stop_reason", "lastRun", "lastRun.state"}
"""Fields without which a verdict cannot be given, as the Qlik clients name them in their notes."""
EMPTY = "''"


def detect(
    snapshot: TaskSnapshot, progress: TaskProgress, thresholds: Thresholds
) -> tuple[Anomaly, ...]:
    """Find every anomaly of one task.

    `progress` has this reading folded in already (see `progress.advance`).
    """
    return tuple(_anomalies(snapshot, progress, thresholds))


def _anomalies(
    snapshot: TaskSnapshot, progress: TaskProgress, thresholds: Thresholds
) -> Iterator[Anomaly]:
    yield from _unknown(snapshot, progress, thresholds)
    match snapshot.state:
        case TaskState.ERROR:
            yield _aborted(snapshot)
        case TaskState.STOPPED:
            yield from _stopped(snapshot)
        case TaskState.RECOVERY:
            yield from _recovering(snapshot, progress, thresholds)
        case TaskState.RUNNING:
            yield from _running(snapshot, progress, thresholds)
    yield from _errors(snapshot, progress, thresholds)


def _unknown(
    snapshot: TaskSnapshot, progress: TaskProgress, thresholds: Thresholds
) -> Iterator[Anomaly]:
    unclear = [note for note in snapshot.unknown_fields if _matters(note, snapshot.state)]
    if snapshot.state is TaskState.UNKNOWN and not unclear:
        known = "not a state this agent knows" if snapshot.details_read else "could not be read"
        unclear = [f"state: {known}"]
    if snapshot.state is TaskState.STOPPED and snapshot.stop_reason is StopReason.UNKNOWN:
        unclear = unclear or ["stop_reason: not a reason this agent knows"]
    if snapshot.state is TaskState.RUNNING and _unread_for_long(progress, thresholds):
        unclear.append("details: could not be read")
    if unclear:
        summary = "health cannot be judged: " + "; ".join(unclear)
        yield _anomaly(AnomalyKind.UNKNOWN, Severity.WARNING, summary, snapshot)


def _matters(note: str, state: TaskState) -> bool:
    field, _, seen = note.partition(": ")
    # A task that does not run has no latency, and some releases say so with an empty text.
    if seen == EMPTY and field in LATENCY_FIELDS and state in NOT_RUNNING:
        return False
    return field in JUDGED_FIELDS


def _unread_for_long(progress: TaskProgress, thresholds: Thresholds) -> bool:
    return progress.unread_readings >= thresholds.unread_readings


def _aborted(snapshot: TaskSnapshot) -> Anomaly:
    known = snapshot.stop_reason in ABORTS
    kind = AnomalyKind.ABORTED if known else AnomalyKind.ERROR
    text = "stopped by an error" if known else "in error without a usual stop reason"
    return _anomaly(kind, Severity.CRITICAL, text, snapshot)


def _stopped(snapshot: TaskSnapshot) -> Iterator[Anomaly]:
    if snapshot.stop_reason in ABORTS:
        yield _aborted(snapshot)
    elif snapshot.stop_reason in BY_RESOURCE:
        kind, text = BY_RESOURCE[snapshot.stop_reason]
        yield _anomaly(kind, Severity.CRITICAL, f"stopped because {text}", snapshot)


def _recovering(
    snapshot: TaskSnapshot, progress: TaskProgress, thresholds: Thresholds
) -> Iterator[Anomaly]:
    lasted = snapshot.observed_at - progress.state_since
    if lasted >= thresholds.recovery:
        summary = f"Replicate has been retrying by itself for {_seconds(lasted)}"
        yield _anomaly(AnomalyKind.RECOVERY_LASTING, Severity.WARNING, summary, snapshot)


def _running(
    snapshot: TaskSnapshot, progress: TaskProgress, thresholds: Thresholds
) -> Iterator[Anomaly]:
    if not snapshot.details_read:
        return
    if snapshot.memory_mb == 0 and snapshot.observed_at > progress.state_since:
        summary = "RUNNING without a process: its memory reads 0 MB, so the state may be stale"
        yield _anomaly(AnomalyKind.STALE_STATE, Severity.CRITICAL, summary, snapshot)
    rested = snapshot.observed_at - progress.moved_at
    if rested >= thresholds.stuck and _has_work(snapshot, thresholds):
        summary = f"nothing moved for {_seconds(rested)} although there is work"
        yield _anomaly(AnomalyKind.STUCK, Severity.CRITICAL, summary, snapshot)
        return
    yield from _lagging(snapshot, progress, thresholds)
    if _has_collapsed(progress, thresholds):
        usual = progress.usual_records_per_second or 0.0
        summary = f"throughput fell to a tenth of the usual {usual:.0f} records/s with a backlog"
        yield _anomaly(AnomalyKind.THROUGHPUT_COLLAPSE, Severity.WARNING, summary, snapshot)


def _has_work(snapshot: TaskSnapshot, thresholds: Thresholds) -> bool:
    # A quiet source has no backlog and no latency: that is idle, not stuck.
    if snapshot.backlog.waiting() or snapshot.full_load.tables_loading:
        return True
    latencies = (snapshot.source_latency_seconds, snapshot.total_latency_seconds)
    return any(
        value is not None and value >= thresholds.stuck.total_seconds() for value in latencies
    )


def _lagging(
    snapshot: TaskSnapshot, progress: TaskProgress, thresholds: Thresholds
) -> Iterator[Anomaly]:
    latency = snapshot.total_latency_seconds
    if latency is None or latency < thresholds.lag.total_seconds():
        return
    drains = (progress.latency_change_seconds or 0) < 0
    loads = bool(snapshot.full_load.tables_loading)
    summary = f"{latency} s behind the source"
    if progress.transaction_grows:
        summary += ", while one large transaction is being applied"
    elif loads:
        summary += ", while tables are being loaded"
    elif drains:
        summary += ", and catching up"
    mild = progress.transaction_grows or loads or drains
    severity = Severity.WARNING if mild else Severity.CRITICAL
    yield _anomaly(AnomalyKind.LAGGING, severity, summary, snapshot)


def _has_collapsed(progress: TaskProgress, thresholds: Thresholds) -> bool:
    return (
        progress.collapsed_readings >= thresholds.collapse_readings
        and progress.usual_readings >= thresholds.collapse_usual_readings
        and (progress.usual_records_per_second or 0.0)
        >= thresholds.collapse_usual_records_per_second
    )


def _errors(
    snapshot: TaskSnapshot, progress: TaskProgress, thresholds: Thresholds
) -> Iterator[Anomaly]:
    tables = snapshot.full_load.tables_with_error
    if tables and snapshot.state in (TaskState.RUNNING, TaskState.STOPPED):
        summary = f"{tables} table(s) suspended or in error"
        yield _anomaly(AnomalyKind.TABLE_ERRORS, Severity.WARNING, summary, snapshot)
    rose_at = progress.data_errors_rose_at
    if rose_at and snapshot.observed_at - rose_at <= thresholds.data_errors_recent:
        summary = f"data errors rose to {snapshot.data_error_count}"
        yield _anomaly(AnomalyKind.DATA_ERRORS, Severity.WARNING, summary, snapshot)


def _anomaly(
    kind: AnomalyKind, severity: Severity, summary: str, snapshot: TaskSnapshot
) -> Anomaly:
    return Anomaly(
        kind=kind, severity=severity, summary=summary, evidence=tuple(evidence_of(snapshot))
    )


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


def _seconds(lasted: timedelta) -> str:
    return f"{int(lasted.total_seconds())} s"
