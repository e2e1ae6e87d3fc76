"""Builders: each hides what does not matter to a test; say only what does."""

from datetime import UTC, datetime, timedelta
from typing import Any

from qlik_monitor.adapters.error_catalogue_file import built_in_catalogue
from qlik_monitor.domain.actions import AUTOMATABLE, Action, Consent
from qlik_monitor.domain.anomaly import (
    EVERY_SERVER,
    Anomaly,
    AnomalyKind,
    Evidence,
    Severity,
    Subject,
)
from qlik_monitor.domain.approval import Answer, Approval, ApprovalStatus, Way, hash_of_proposal
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.decision import Decision, DecisionKind
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.fingerprint import print_of
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.member import Candidate
from qlik_monitor.domain.policy import Case
from qlik_monitor.domain.precedent import Precedent
from qlik_monitor.domain.proposal import Proposal, Proposer
from qlik_monitor.domain.restart import Restart, RestartOutcome
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.domain.switches import Switches
from qlik_monitor.domain.task import (
    Backlog,
    Counters,
    FleetReading,
    ServerSnapshot,
    ServerState,
    StopReason,
    TaskId,
    TaskSnapshot,
    TaskState,
    Throughput,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TASK = TaskId(server="prod", task="orders")
LOST_CONNECTION = "ORA-03113: end-of-file on communication channel"
TASK_TOKEN = "task-token-that-nobody-may-see"


def later(**duration: float) -> datetime:
    """Return a moment after NOON: `later(minutes=5)`."""
    return NOON + timedelta(**duration)


def a_snapshot(**changes: Any) -> TaskSnapshot:
    """A task that runs and moves, read at noon; `task` may be given as a plain name.

    Its error has the class that the built-in catalogue gives it, unless one is given.
    """
    if isinstance(name := changes.pop("task", None), str):
        changes["id"] = TaskId(server=TASK.server, task=name)
    usual: dict[str, Any] = {
        "id": TASK,
        "observed_at": NOON,
        "state": TaskState.RUNNING,
        "stop_reason": StopReason.NONE,
        "source_latency_seconds": 1,
        "total_latency_seconds": 2,
        "counters": Counters(applied_inserts=100, applied_transactions=10, applied_records=100),
        "backlog": Backlog(
            accumulated_in_memory=0,
            accumulated_on_disk=0,
            applying_in_memory=0,
            applying_on_disk=0,
            records_in_progress=0,
        ),
        "cdc_throughput": Throughput(source_records=50, target_records=50),
        "memory_mb": 200,
        "data_error_count": 0,
    }
    snapshot = TaskSnapshot.model_validate(usual | changes)
    return snapshot if "error_class" in changes else classified(snapshot)


def classified(snapshot: TaskSnapshot) -> TaskSnapshot:
    """Return it with the class that the built-in catalogue gives its error."""
    error_class = built_in_catalogue().class_of(snapshot)
    return snapshot.model_copy(update={"error_class": error_class})


def an_aborted(**changes: Any) -> TaskSnapshot:
    """A task that lost its connection and stopped."""
    return a_snapshot(
        **{
            "state": TaskState.ERROR,
            "stop_reason": StopReason.FATAL_ERROR,
            "message": LOST_CONNECTION,
            "memory_mb": 0,
        }
        | changes
    )


def a_stalled(**changes: Any) -> TaskSnapshot:
    """A task that runs with changes waiting."""
    return a_snapshot(**{"backlog": Backlog(accumulated_in_memory=500)} | changes)


def an_anomaly(kind: AnomalyKind = AnomalyKind.ABORTED, **changes: Any) -> Anomaly:
    """A critical finding."""
    usual: dict[str, Any] = {
        "kind": kind,
        "severity": Severity.CRITICAL,
        "summary": f"summary of {kind.value}",
        "evidence": (Evidence(name="state", value="ERROR"),),
    }
    return Anomaly.model_validate(usual | changes)


def a_proposal(action: Action = Action.RESUME, **changes: Any) -> Proposal:
    """A confident proposal of the model."""
    usual: dict[str, Any] = {
        "action": action,
        "confidence": 0.95,
        "cause": "The connection was lost.",
        "reasoning": "It is back, so a resume picks up.",
        "evidence": (LOST_CONNECTION,),
        "made_by": Proposer.MODEL,
        "model": "gpt-4o",
    }
    return Proposal.model_validate(usual | changes)


def a_decision(kind: DecisionKind = DecisionKind.NEEDS_APPROVAL, **changes: Any) -> Decision:
    """A decision to ask a person about a resume."""
    usual: dict[str, Any] = {"kind": kind, "action": Action.RESUME, "reasons": ("a reason",)}
    return Decision.model_validate(usual | changes)


def an_incident(**changes: Any) -> Incident:
    """An incident of an aborted task, just opened; its class is its snapshot's, unless given."""
    snapshot = changes.get("snapshot", an_aborted())
    usual: dict[str, Any] = {
        "id": "20260302T120000-0123456789ab",
        "subject": Subject(server=TASK.server, task=TASK.task),
        "cycle": "cycle-1",
        "anomalies": (an_anomaly(),),
        "snapshot": snapshot,
        "error_class": snapshot.error_class if snapshot else ErrorClass.UNKNOWN,
        "opened_at": NOON,
        "updated_at": NOON,
        "lease_until": later(minutes=30),
    }
    return Incident.model_validate(usual | changes)


def a_decided(**changes: Any) -> Incident:
    """An incident with a proposal and a decision."""
    return an_incident(**{"proposal": a_proposal(), "decision": a_decision()} | changes)


LOST_POSITION = "the requested log position no longer exists: ORA-00308"


ENDPOINTS = {"source_endpoint": {"name": "ERP"}, "target_endpoint": {"name": "DWH"}}
"""Where a reload reads, and what it empties."""


def a_target_reload(**changes: Any) -> Incident:
    """An incident whose reload of all tables waits for a strong approval."""
    usual: dict[str, Any] = {
        "snapshot": an_aborted(message=LOST_POSITION, **ENDPOINTS),
        "error_class": ErrorClass.LOG_POSITION_LOST,
        "proposal": a_proposal(Action.RELOAD_TARGET),
        "decision": a_decision(action=Action.RELOAD_TARGET, consent=Consent.STRONG),
    }
    return an_incident(**usual | changes)


def a_table_reload(**changes: Any) -> Incident:
    """An incident whose reload of the table SALES.ORDERS waits for a strong approval."""
    usual: dict[str, Any] = {
        "anomalies": (an_anomaly(AnomalyKind.TABLE_ERRORS),),
        "snapshot": a_snapshot(
            message="Table 'SALES'.'ORDERS' was suspended",
            full_load={"tables_with_error": 2},
            **ENDPOINTS,
        ),
        "error_class": ErrorClass.TABLE_SUSPENDED,
        "proposal": a_proposal(Action.RELOAD_TABLE, table="SALES.ORDERS"),
        "decision": a_decision(action=Action.RELOAD_TABLE, consent=Consent.STRONG),
    }
    return an_incident(**usual | changes)


def in_status(status: IncidentStatus, **changes: Any) -> Incident:
    """An incident in a status."""
    return an_incident(status=status, **changes)


def a_case(**changes: Any) -> Case:
    """What a decision is made on: a curable abort and a confident proposal to resume."""
    usual: dict[str, Any] = {
        "incident": an_incident(),
        "proposal": a_proposal(),
        "snapshot": an_aborted(),
    }
    return Case.model_validate(usual | changes)


def a_restart(**changes: Any) -> Restart:
    """A first resume, requested at noon."""
    usual: dict[str, Any] = {
        "task": TASK,
        "incident_id": "20260302T120000-0123456789ab",
        "attempt": 1,
        "action": Action.RESUME,
        "requested_at": NOON,
    }
    return Restart.model_validate(usual | changes)


def a_precedent(**changes: Any) -> Precedent:
    """A resume of another task that helped, an hour ago."""
    usual: dict[str, Any] = {
        "task": TaskId(server=TASK.server, task="customers"),
        "incident_id": "20260302T110000-another",
        "attempt": 1,
        "at": later(hours=-1),
        "kinds": (AnomalyKind.ABORTED,),
        "error_class": ErrorClass.CONNECTION,
        "action": Action.RESUME,
        "made_by": Proposer.MODEL,
        "confidence": 0.8,
        "stated_confidence": 0.9,
        "outcome": RestartOutcome.RECOVERED,
        "detail": "2 healthy readings in a row",
    }
    return Precedent.model_validate(usual | changes)


def a_key(**changes: Any) -> SigningKey:
    """A signing key."""
    return SigningKey.model_validate({"key_id": "k1", "key": "a-long-secret-signing-key"} | changes)


def an_approval(incident: Incident | None = None, **changes: Any) -> Approval:
    """A pending approval of an incident's proposal, open for an hour."""
    about = incident or a_decided()
    usual: dict[str, Any] = {
        "id": "Abcdefghijklmnopqrstuvwx",
        "incident_id": about.id,
        "attempt": about.attempt,
        "proposal_hash": hash_of_proposal(about),
        "requested_at": NOON,
        "expires_at": later(hours=1),
    }
    approval = Approval.model_validate(usual | changes)
    if approval.answers or approval.status is ApprovalStatus.PENDING:
        return approval
    # Somebody must have said so.
    answer = an_answer(
        approval.status,
        by=approval.approvers[0],
        at=approval.decided_at or NOON,
        comment=approval.comment,
    )
    return approval.model_copy(update={"answers": (answer,)})


def an_answer(status: ApprovalStatus = ApprovalStatus.APPROVED, **changes: Any) -> Answer:
    """A yes of whoever has the link, five minutes past noon."""
    usual: dict[str, Any] = {
        "by": ANYONE,
        "status": status,
        "at": later(minutes=5),
        "way": Way.LINK,
    }
    return Answer.model_validate(usual | changes)


def a_strong_approval(incident: Incident, **changes: Any) -> Approval:
    """A strong approval that was given five minutes past noon, with a reason."""
    usual: dict[str, Any] = {
        "consent": Consent.STRONG,
        "status": ApprovalStatus.APPROVED,
        "decided_at": later(minutes=5),
        "comment": "agreed with the owners",
    }
    return an_approval(incident, **usual | changes)


def a_server(name: str = TASK.server, **changes: Any) -> ServerSnapshot:
    """A server that is read."""
    return ServerSnapshot.model_validate({"name": name, "state": ServerState.MONITORED} | changes)


def a_reading(*tasks: TaskSnapshot, **changes: Any) -> FleetReading:
    """A reading of these tasks and their servers."""
    names = sorted({snapshot.id.server for snapshot in tasks} | {TASK.server})
    usual: dict[str, Any] = {
        "observed_at": tasks[0].observed_at if tasks else NOON,
        "servers": tuple(a_server(name) for name in names),
        "tasks": tasks,
    }
    return FleetReading.model_validate(usual | changes)


def a_group_incident(*names: str, **changes: Any) -> Incident:
    """An incident of the endpoint `Oracle PROD`, which took these tasks of `prod` down."""
    usual: dict[str, Any] = {
        "subject": Subject(server=EVERY_SERVER, endpoint="Oracle PROD"),
        "anomalies": (an_anomaly(AnomalyKind.ENDPOINT_TROUBLE),),
        "members": tuple(f"prod/{name}" for name in names or ("a", "b", "c")),
        "snapshot": None,
        "error_class": ErrorClass.UNKNOWN,
    }
    return an_incident(**usual | changes)


def a_candidate(name: str = "a", **changes: Any) -> Candidate:
    """A member that lost its connection with the others."""
    usual: dict[str, Any] = {
        "task": TaskId(server="prod", task=name),
        "state": TaskState.ERROR,
        "stop_reason": StopReason.FATAL_ERROR,
        "error_class": ErrorClass.CONNECTION,
        "error_print": print_of(LOST_CONNECTION),
    }
    return Candidate.model_validate(usual | changes)


def a_decided_group(*names: str, **changes: Any) -> Incident:
    """A group whose resume a person is asked about."""
    members = names or ("a", "b", "c")
    usual: dict[str, Any] = {
        "candidates": tuple(a_candidate(name) for name in members),
        "proposal": a_proposal(),
        "decision": a_decision(),
    }
    return a_group_incident(*members, **usual | changes)


def switched_on(min_confidence: float = 0.85, **changes: Any) -> Switches:
    """All switches for automatic restarts on, on every server."""
    usual: dict[str, Any] = {
        "auto_restart_enabled": True,
        "servers": ("*",),
        "actions": AUTOMATABLE,
        "min_confidence": min_confidence,
    }
    return Switches.model_validate(usual | changes)
