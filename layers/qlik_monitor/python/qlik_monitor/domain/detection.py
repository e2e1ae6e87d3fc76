"""Detection: which anomalies one reading shows, given what is remembered of earlier ones.

The rules follow what operators of Replicate do by hand: RECOVERY is hands-off until it lasts, a
person's stop is never an anomaly, a stop by low disk or licence belongs to the server, and a task
is stuck only if several readings in a row say so.
"""

from collections.abc import Iterator
from datetime import timedelta

from qlik_monitor.domain.anomaly import Anomaly, AnomalyKind, Severity
from qlik_monitor.domain.baseline import Baseline
from qlik_monitor.domain.evidence import evidence_of
from qlik_monitor.domain.progress import ABORTS, TaskProgress
from qlik_monitor.domain.running import Look, running
from qlik_monitor.domain.task import ServerSnapshot, StopReason, TaskSnapshot, TaskState
from qlik_monitor.domain.thresholds import Thresholds

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
    snapshot: TaskSnapshot,
    progress: TaskProgress,
    thresholds: Thresholds,
    *,
    baseline: Baseline = (),
    server: ServerSnapshot | None = None,
) -> tuple[Anomaly, ...]:
    """Find every anomaly of one task.

    `progress` has this reading folded in already (see `progress.advance`); `baseline` is what the
    task did at this hour on earlier days.
    """
    look = Look(snapshot, progress, thresholds, progress.samples, baseline, server)
    return tuple(_anomalies(look))


def _anomalies(look: Look) -> Iterator[Anomaly]:
    snapshot, progress, thresholds = look.snapshot, look.progress, look.thresholds
    yield from _unknown(snapshot, progress, thresholds)
    match snapshot.state:
        case TaskState.ERROR:
            yield _aborted(snapshot)
        case TaskState.STOPPED:
            yield from _stopped(snapshot)
        case TaskState.RECOVERY:
            yield from _recovering(snapshot, progress, thresholds)
        case TaskState.RUNNING if snapshot.details_read:
            yield from running(look)
    yield from _flapping(snapshot, progress, thresholds)
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


def _flapping(
    snapshot: TaskSnapshot, progress: TaskProgress, thresholds: Thresholds
) -> Iterator[Anomaly]:
    now = snapshot.observed_at
    recent = [onset for onset in progress.onsets if now - onset <= thresholds.flapping_window]
    if len(recent) < thresholds.flapping_onsets or now - recent[-1] > thresholds.flapping_quiet:
        return
    hours = thresholds.flapping_window.total_seconds() / 3600
    summary = f"went down {len(recent)} times within {hours:g} h: a restart alone does not last"
    yield _anomaly(AnomalyKind.FLAPPING, Severity.WARNING, summary, snapshot)


def _errors(
    snapshot: TaskSnapshot, progress: TaskProgress, thresholds: Thresholds
) -> Iterator[Anomaly]:
    tables = snapshot.full_load.tables_with_error
    if tables and snapshot.state in (TaskState.RUNNING, TaskState.STOPPED):
        summary = f"{tables} table(s) suspended or in error"
        yield _anomaly(AnomalyKind.TABLE_ERRORS, Severity.WARNING, summary, snapshot)
    rose_at = progress.data_errors_rose_at
    # Errors of long ago, seen for the first time, have not risen.
    if rose_at == progress.known_since and not thresholds.one_look:
        return
    if rose_at and snapshot.observed_at - rose_at <= thresholds.data_errors_recent:
        summary = f"data errors rose to {snapshot.data_error_count}"
        yield _anomaly(AnomalyKind.DATA_ERRORS, Severity.WARNING, summary, snapshot)


def _anomaly(
    kind: AnomalyKind, severity: Severity, summary: str, snapshot: TaskSnapshot
) -> Anomaly:
    return Anomaly(
        kind=kind, severity=severity, summary=summary, evidence=tuple(evidence_of(snapshot))
    )


def _seconds(lasted: timedelta) -> str:
    return f"{int(lasted.total_seconds())} s"
