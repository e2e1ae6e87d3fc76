"""Policy: what may happen to a proposal. It can only lower what was proposed, never raise it."""

from datetime import datetime
from typing import NamedTuple

from qlik_monitor.domain.actions import AUTOMATABLE, DESTRUCTIVE, Action
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.decision import Decision, DecisionKind
from qlik_monitor.domain.error_class import CURABLE, ErrorClass
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.domain.restart import Restart, RestartLimit
from qlik_monitor.domain.task import StopReason, TaskSnapshot, TaskState

STARTABLE = (TaskState.ERROR, TaskState.STOPPED)
ABORT_REASONS = (StopReason.FATAL_ERROR, StopReason.RECOVERABLE_ERROR)
ABORTED_KINDS = frozenset({AnomalyKind.ABORTED, AnomalyKind.ERROR})
EARLY_KINDS = frozenset({AnomalyKind.LAG_FORECAST})
"""Findings about the future: people are told, and nothing is done."""
TAG_FIELDS = frozenset({"assigned_tags"})
"""Tags as the Qlik clients name them in their notes."""
NEVER_RESUMED = frozenset(
    {ErrorClass.LICENSE, ErrorClass.CERTIFICATE, ErrorClass.AUTHENTICATION, ErrorClass.RESOURCE}
)
"""A restart does not cure these; a person must mend the cause first."""


class PolicySettings(Frozen):
    """The switches of the policy; everything that acts alone is off by default."""

    auto_restart_enabled: bool = False
    auto_restart_min_confidence: float = 0.85
    limit: RestartLimit = RestartLimit()
    opt_out_tags: frozenset[str] = frozenset()
    """Tags of tasks that are watched and never acted upon."""


class Case(Frozen):
    """What a decision is made on: a proposal, a fresh reading and the task's restarts so far."""

    incident: Incident
    proposal: Proposal
    snapshot: TaskSnapshot | None
    history: tuple[Restart, ...] = ()
    maintenance: str | None = None
    """The name of the window that lasts, if any."""
    now: datetime


class Judged(NamedTuple):
    """An incident, what is proposed about it, and what may happen to that."""

    incident: Incident
    proposal: Proposal
    decision: Decision


def decide(case: Case, settings: PolicySettings) -> Decision:
    """Decide what happens to a proposal.

    The order is: what must never be touched, what the proposal asks for, what its preconditions
    say, what the limit allows, and only then who may say yes.
    """
    if case.snapshot is None:
        return _escalate(case, not_about_a_task(case.incident))
    if off := hands_off(case.snapshot) or custom_alone(case.incident):
        return _leave_alone(case, case.snapshot, off)
    if over := _over(case.incident, case.snapshot):
        return _decision(case, DecisionKind.OBSERVE, over)
    if case.proposal.action is Action.WAIT:
        return _wait(case, case.snapshot)
    refusal = (
        _not_executable(case.proposal.action)
        or opted_out(case.snapshot, settings.opt_out_tags)
        or refusal_of(case.proposal.action, case.snapshot, case.incident.error_class)
        or limit_reached(case.history, settings.limit, case.now)
    )
    if refusal:
        return _escalate(case, refusal)
    return _allowed(case, case.snapshot, settings)


def foregone(
    incident: Incident, history: tuple[Restart, ...], settings: PolicySettings, now: datetime
) -> str | None:
    """Say why no proposal can change what happens, or None when one can."""
    if incident.snapshot is None:
        return not_about_a_task(incident)
    return (
        _only_early(incident)
        or hands_off(incident.snapshot)
        or opted_out(incident.snapshot, settings.opt_out_tags)
        or custom_alone(incident)
        or limit_reached(history, settings.limit, now)
    )


def not_about_a_task(incident: Incident) -> str:
    """Say why an incident without a task of its own is for people."""
    if incident.subject.endpoint is None:
        return "the incident is about a server, which a restart cannot cure"
    return "the incident is about an endpoint: restarts help only once a person has mended it"


def _only_early(incident: Incident) -> str | None:
    """Say why an early warning alone is never acted upon, or None if there is more."""
    if incident.kinds <= EARLY_KINDS | {AnomalyKind.CUSTOM}:
        return "it is a warning of what may come, and nothing is restarted for that"
    return None


def _over(incident: Incident, snapshot: TaskSnapshot) -> str | None:
    """Say why there is nothing to act upon any more, or not yet."""
    # A custom finding beside an abort must not make room for more than the abort alone does.
    only_aborted = incident.kinds - {AnomalyKind.CUSTOM} <= ABORTED_KINDS
    if snapshot.state is TaskState.RUNNING and only_aborted:
        return "the task is running again"
    return _only_early(incident)


def opted_out(snapshot: TaskSnapshot, opt_out_tags: frozenset[str]) -> str | None:
    """Say which tag keeps the agent from acting upon a task, or None."""
    if not opt_out_tags:
        return None
    if carried := sorted(opt_out_tags.intersection(snapshot.tags)):
        return f"the task is opted out of automation by its tag {carried[0]}"
    if any(note.partition(": ")[0] in TAG_FIELDS for note in snapshot.unknown_fields):
        return "the task's tags could not be read, and one of them may opt it out"
    return None


def custom_alone(incident: Incident) -> str | None:
    """Say that nothing but an alerting rule's expression found the task ill, or None."""
    if incident.kinds == {AnomalyKind.CUSTOM}:
        return "only an alerting rule found it, and such a finding leads to no action"
    return None


def _leave_alone(case: Case, snapshot: TaskSnapshot, reason: str) -> Decision:
    told = case.incident.kinds & {AnomalyKind.RECOVERY_LASTING, AnomalyKind.CUSTOM}
    if snapshot.state is TaskState.RECOVERY and not told:
        return _decision(case, DecisionKind.OBSERVE, reason)
    if snapshot.state is TaskState.STOPPED and case.incident.stopped_by_agent:
        return _escalate(case, f"THIS AGENT STOPPED IT AND IT DOES NOT RUN AGAIN: {reason}")
    return _escalate(case, reason)


def _wait(case: Case, snapshot: TaskSnapshot) -> Decision:
    if snapshot.state in STARTABLE:
        # Nobody would hear of it again: a task that is down stays down until somebody acts.
        return _escalate(case, f"waiting does not help: the task is {snapshot.state.value}")
    return _decision(case, DecisionKind.OBSERVE, "the proposal is to wait")


def _not_executable(action: Action) -> str | None:
    if action is Action.ESCALATE:
        return "the proposal is to ask a person"
    if action in DESTRUCTIVE:
        return f"{action.value} rewrites data: this agent never does it itself"
    if action not in AUTOMATABLE:
        return f"{action.value} is for people to carry out"
    return None


def limit_reached(history: tuple[Restart, ...], limit: RestartLimit, now: datetime) -> str | None:
    """Say that a task has had as many restarts as it may, or None."""
    times = tuple(restart.requested_at for restart in history)
    if not limit.is_reached(times, now):
        return None
    count, hours = len(limit.recent(times, now)), limit.window.total_seconds() / 3600
    return f"MAX_RESTART_ATTEMPTS={limit.attempts} is reached: {count} restarts within {hours:g} h"


def hands_off(snapshot: TaskSnapshot) -> str | None:
    """Say why nobody but a person may touch this task, or None when it may be touched."""
    if snapshot.state is TaskState.UNKNOWN:
        return "the task's state is unknown"
    if snapshot.state is TaskState.RECOVERY:
        return "Replicate is retrying by itself"
    if snapshot.state is TaskState.STOPPED and snapshot.stop_reason not in ABORT_REASONS:
        return f"the task is STOPPED/{snapshot.stop_reason.value}, which no restart may undo"
    if snapshot.state is TaskState.ERROR and snapshot.stop_reason not in (
        *ABORT_REASONS,
        StopReason.NONE,
    ):
        return f"the task is ERROR/{snapshot.stop_reason.value}, which this agent does not know"
    return None


def refusal_of(action: Action, snapshot: TaskSnapshot, error_class: ErrorClass) -> str | None:
    """Say which precondition of an action the fresh reading breaks, or None."""
    if action is Action.RESUME and snapshot.state not in STARTABLE:
        return f"a resume needs a stopped task, and it is {snapshot.state.value}"
    if action is Action.STOP_AND_RESUME and snapshot.state is not TaskState.RUNNING:
        return f"a stop needs a running task, and it is {snapshot.state.value}"
    if error_class in NEVER_RESUMED and snapshot.state in STARTABLE:
        return f"a restart does not cure an error of class {error_class.value}"
    return None


def _allowed(case: Case, snapshot: TaskSnapshot, settings: PolicySettings) -> Decision:
    if against := _against_auto(case, snapshot, settings):
        return _decision(case, DecisionKind.NEEDS_APPROVAL, *against)
    reason = f"a curable abort, resumed with confidence {case.proposal.confidence:.2f}"
    return _decision(case, DecisionKind.AUTO, reason)


def _against_auto(case: Case, snapshot: TaskSnapshot, settings: PolicySettings) -> list[str]:
    action, confidence = case.proposal.action, case.proposal.confidence
    minimum, error_class = settings.auto_restart_min_confidence, case.incident.error_class
    checks = (
        (settings.auto_restart_enabled, "AUTO_RESTART_ENABLED is off: a person decides"),
        (action is Action.RESUME, f"{action.value} is never done without a person"),
        (AnomalyKind.ABORTED in case.incident.kinds, "only an aborted task is restarted alone"),
        (AnomalyKind.FLAPPING not in case.incident.kinds, "a task that flaps needs more than that"),
        (error_class in CURABLE, f"errors of class {error_class.value} are not known as curable"),
        (confidence >= minimum, f"confidence {confidence:.2f} is below {minimum:.2f}"),
        (snapshot.details_read, "the task's details could not be read"),
        (case.maintenance is None, f"maintenance '{case.maintenance}' lasts: a person decides"),
    )
    return [reason for holds, reason in checks if not holds]


def _decision(case: Case, kind: DecisionKind, *reasons: str) -> Decision:
    return Decision(kind=kind, action=case.proposal.action, reasons=reasons)


def _escalate(case: Case, reason: str) -> Decision:
    return _decision(case, DecisionKind.ESCALATE, reason)
