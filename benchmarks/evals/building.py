"""Builds from a case what production would hold: the snapshot, the incident, the restarts."""

from datetime import UTC, datetime, timedelta

from benchmarks.evals.case import EvalCase, Found, PastRestart
from benchmarks.evals.classes import classified
from qlik_monitor.adapters.qlik_text import clean_text
from qlik_monitor.domain.anomaly import EVERY_SERVER, Anomaly, AnomalyKind, Evidence, Subject
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.evidence import evidence_of
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.task import TaskId, TaskSnapshot, TaskState

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""When every case happens."""
OPENED_AGO = timedelta(minutes=10)
LEASE = timedelta(minutes=30)
USUAL_SUMMARIES = {
    AnomalyKind.ABORTED: "stopped by an error",
    AnomalyKind.ERROR: "in error without a usual stop reason",
    AnomalyKind.STUCK: "nothing moved for 2400 s although there is work; "
    "apply side: changes wait and none is applied",
    AnomalyKind.FLAPPING: "went down 4 times within 6 h: a restart alone does not last",
    AnomalyKind.RECOVERY_LASTING: "Replicate has been retrying by itself for 2700 s",
    AnomalyKind.STOPPED_FOR_DDL: "stopped because a schema change came",
    AnomalyKind.LOW_DISK: "stopped because the server ran low on disk",
    AnomalyKind.LOW_MEMORY: "stopped because the server ran low on memory",
    AnomalyKind.LICENSE: "stopped because a licence limit was reached",
    AnomalyKind.STALE_STATE: "RUNNING without a process: its memory reads 0 MB, "
    "so the state may be stale",
}
_RUNS = {
    "source_latency_seconds": 1,
    "total_latency_seconds": 3,
    "counters": {"applied_inserts": 120000, "applied_transactions": 4000},
    "cdc_throughput": {"source_records": 50, "target_records": 50},
    "memory_mb": 410,
    "data_error_count": 0,
}
_DOWN = {"memory_mb": 0, "data_error_count": 0}


def snapshot_of(case: EvalCase) -> TaskSnapshot | None:
    """Return the reading of a case's task, cleaned and classified; None for a server."""
    if case.task is None:
        return None
    usual = _RUNS if case.state is TaskState.RUNNING else _DOWN
    fields = {
        "id": TaskId.parse(case.task),
        "observed_at": NOW,
        "state": case.state,
        "stop_reason": case.stop_reason,
        "message": clean_text(case.message),
        "tags": case.tags,
    }
    return classified(TaskSnapshot.model_validate(usual | case.readings | fields))


def incident_of(case: EvalCase) -> Incident:
    """Return the incident as it stands when it is evaluated."""
    snapshot = snapshot_of(case)
    return Incident(
        id=f"20260302T115000-{case.id}",
        subject=subject_of(case),
        cycle="evals",
        anomalies=tuple(_anomaly(found, snapshot) for found in case.found),
        members=("prod/a", "prod/b", "prod/c") if case.endpoint else (),
        snapshot=snapshot,
        error_class=snapshot.error_class if snapshot else ErrorClass.UNKNOWN,
        opened_at=NOW - OPENED_AGO,
        updated_at=NOW,
        lease_until=NOW + LEASE,
        attempt=1 + sum(not restart.other_incident for restart in case.history),
    )


def history_of(case: EvalCase) -> tuple[Restart, ...]:
    """Return the task's restarts, oldest first."""
    past = sorted(case.history, key=lambda one: -one.hours_ago)
    return tuple(_restart(case, number, one) for number, one in enumerate(past, 1))


def subject_of(case: EvalCase) -> Subject:
    """Return what the incident is about."""
    if case.endpoint is not None:
        return Subject(server=EVERY_SERVER, endpoint=case.endpoint)
    if case.task is None:
        return Subject(server=case.server or "")
    task = TaskId.parse(case.task)
    return Subject(server=task.server, task=task.task)


def _anomaly(found: Found, snapshot: TaskSnapshot | None) -> Anomaly:
    read = evidence_of(snapshot) if snapshot else ()
    more = (Evidence(name=name, value=clean_text(value)) for name, value in found.readings.items())
    summary = found.summary or USUAL_SUMMARIES.get(found.kind, "") or found.kind.value
    return Anomaly(
        kind=found.kind,
        severity=found.severity,
        summary=clean_text(summary, 1000),
        evidence=(*read, *more),
        where=found.where,
    )


def _restart(case: EvalCase, number: int, past: PastRestart) -> Restart:
    requested_at = NOW - timedelta(hours=past.hours_ago)
    here = f"20260302T115000-{case.id}"
    return Restart(
        task=TaskId.parse(case.task or "server/none"),
        incident_id=f"earlier-{number}" if past.other_incident else here,
        attempt=1 if past.other_incident else number,
        action=past.action,
        requested_at=requested_at,
        outcome=past.outcome,
        detail=clean_text(past.detail),
        finished_at=requested_at + timedelta(minutes=5),
    )
