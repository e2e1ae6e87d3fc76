"""Execution: whether a decided restart may still be carried out on the task as it is now."""

from collections.abc import Sequence
from datetime import datetime

from qlik_monitor.domain.actions import AUTOMATABLE, DESTRUCTIVE, EXECUTABLE, RULES, Action, Consent
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.approval import (
    Approval,
    ApprovalStatus,
    hash_of_proposal,
    too_few_agreed,
)
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.fingerprint import print_of
from qlik_monitor.domain.history import HistoryPoint, point_of
from qlik_monitor.domain.incident import IN_FLIGHT, Incident
from qlik_monitor.domain.interlude import interlude
from qlik_monitor.domain.policy import hands_off, misfit, opted_out, refusal_of
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.switches import Switches
from qlik_monitor.domain.task import Endpoint, FullLoad, TaskSnapshot, TaskState
from qlik_monitor.domain.verification import Verification
from qlik_monitor.domain.words import percent


def not_permitted(incident: Incident, approval: Approval | None) -> str | None:
    """Say why nobody permitted this restart, or None when somebody, or the policy, did."""
    decision = incident.decision
    if decision is None or incident.proposal is None:
        return "no decision is stored"
    if incident.status not in IN_FLIGHT:
        return f"the incident is {incident.status.value}"
    if decision.action not in EXECUTABLE:
        return f"{decision.action.value} is nothing that could be carried out"
    if decision.kind is DecisionKind.AUTO:
        # Whatever is stored: what no switch can let run needs a person.
        allowed = decision.action in AUTOMATABLE
        return None if allowed else f"{decision.action.value} is never done without a person"
    if decision.kind is not DecisionKind.NEEDS_APPROVAL:
        return f"the decision was {decision.kind.value}"
    return _not_approved(incident, approval)


def _not_approved(incident: Incident, approval: Approval | None) -> str | None:
    if approval is None:
        return "no approval is stored"
    if approval.status is not ApprovalStatus.APPROVED:
        return f"the approval is {approval.status.value}"
    if too_few := too_few_agreed(approval):
        return too_few
    if approval.proposal_hash != hash_of_proposal(incident):
        return "the approval was given for another proposal"
    return _too_weak(incident, approval)


def _too_weak(incident: Incident, approval: Approval) -> str | None:
    """Say that an approval is of too weak a kind, by the decision or by the action's own rule."""
    decision = incident.decision
    needed = (decision.consent, RULES[decision.action].consent) if decision else (Consent.STRONG,)
    for consent in needed:
        if not approval.consent.covers(consent):
            return (
                f"the approval is of kind {approval.consent.value}, and {consent.value} is needed"
            )
    return None


def switched_off(incident: Incident, switches: Switches) -> str | None:
    """Say which switch was turned off, or raised, since the decision, or None."""
    decision, proposal = incident.decision, incident.proposal
    if decision is None or proposal is None or decision.kind is not DecisionKind.AUTO:
        return None
    if off := switches.against(decision.action, incident.subject.server):
        return off[0]
    if proposal.confidence < switches.min_confidence:
        return (
            f"confidence {percent(proposal.confidence)} is below {percent(switches.min_confidence)}"
        )
    return None


def stale(
    incident: Incident,
    fresh: TaskSnapshot,
    opt_out_tags: frozenset[str] = frozenset(),
    readings: Sequence[HistoryPoint] = (),
) -> str | None:
    """Say how the task has changed since it was judged, or None when it is the same.

    `readings` are those stored of it since then, oldest first.
    """
    judged = incident.snapshot
    if judged is None or incident.decision is None or incident.proposal is None:
        return "no reading is stored to compare with"
    before, now = (judged.state, judged.stop_reason), (fresh.state, fresh.stop_reason)
    if before != now:
        return f"the task was {_pair(judged)} and is {_pair(fresh)} now"
    # The class that was decided on: an older release stored none with the reading.
    if fresh.error_class is not incident.error_class or _says_otherwise(incident, judged, fresh):
        return "the task's error is another one now"
    return (
        _healed(incident, judged, fresh)
        or interlude(point_of(judged), (*readings, point_of(fresh)))
        or hands_off(fresh)
        or opted_out(fresh.with_tags_of(judged), opt_out_tags)
        or refusal_of(incident.decision.action, fresh, incident.error_class)
        or misfit(incident.proposal, fresh)
        or _elsewhere(incident.decision.action, judged, fresh)
    )


def _says_otherwise(incident: Incident, judged: TaskSnapshot, fresh: TaskSnapshot) -> bool:
    """Tell whether another error of the same class has come: of another table, say."""
    action = incident.decision.action if incident.decision else Action.ESCALATE
    if judged.state is TaskState.RUNNING and action not in DESTRUCTIVE:
        return False  # what is said of a task that runs need not be an error, and comes and goes
    return print_of(judged.message) != print_of(fresh.message)


def _elsewhere(action: Action, judged: TaskSnapshot, fresh: TaskSnapshot) -> str | None:
    """Say that a reload would empty or read something else than what was shown, or None."""
    if action not in DESTRUCTIVE:
        return None
    for which in ("source_endpoint", "target_endpoint"):
        before, now = getattr(judged, which), getattr(fresh, which)
        if before != now:
            words = which.replace("_", " ")
            return f"the task's {words} was {_name(before)} and is {_name(now)} now"
    return None


def _name(endpoint: Endpoint | None) -> str:
    return endpoint.name if endpoint else "unknown"


def _healed(incident: Incident, judged: TaskSnapshot, fresh: TaskSnapshot) -> str | None:
    """Say what a stop and resume was to cure and is gone: an answer may take a person hours."""
    if AnomalyKind.STUCK in incident.kinds and judged.counters != fresh.counters:
        return "the task moves again"
    if fresh.state is not TaskState.RUNNING:
        return None  # latency and memory say nothing of a task that is down
    if AnomalyKind.STALE_STATE in incident.kinds and not judged.memory_mb and fresh.memory_mb:
        return "the task has a process again"
    before, now = judged.total_latency_seconds, fresh.total_latency_seconds
    if AnomalyKind.LAGGING in incident.kinds and before and now is not None and now < before:
        return f"the task catches up: it was {before} s behind and is {now} s now"
    return None


def _pair(snapshot: TaskSnapshot) -> str:
    return f"{snapshot.state.value}/{snapshot.stop_reason.value}"


def restart_of(incident: Incident, now: datetime) -> Restart:
    """Make the write-ahead record of the decided restart; call only what `stale` let pass."""
    task, decision, proposal = incident.subject.task_id, incident.decision, incident.proposal
    if task is None or decision is None:
        raise ValueError(f"incident {incident.id} has no task or no decision to execute")
    return Restart(
        task=task,
        incident_id=incident.id,
        attempt=incident.attempt,
        action=decision.action,
        requested_at=now,
        approval_id=incident.approval_id,
        endpoints=incident.snapshot.endpoint_names if incident.snapshot else (),
        error_class=incident.error_class,
        confidence=proposal.confidence if proposal else None,
        made_by=proposal.made_by.value if proposal else "",
        table=_table(incident),
    )


def _table(incident: Incident) -> str | None:
    reloads = incident.decision and incident.decision.action is Action.RELOAD_TABLE
    return incident.proposal.table if reloads and incident.proposal else None


def verification_of(incident: Incident | None, now: datetime) -> Verification:
    """Begin a verification that looks for the effect of what was decided; None is for a group."""
    if incident is None or incident.decision is None:
        return Verification(started_at=now)
    load = incident.snapshot.full_load if incident.snapshot else FullLoad()
    return Verification(
        started_at=now,
        action=incident.decision.action,
        tables_with_error=load.tables_with_error,
    )
