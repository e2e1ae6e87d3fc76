"""Policy: what may happen to a proposal. It can only lower what was proposed, never raise it."""

from typing import NamedTuple

from qlik_monitor.domain.actions import (
    ABORT_REASONS,
    AUTOMATABLE,
    DESTRUCTIVE,
    DOWN,
    RULES,
    Action,
    Consent,
)
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.class_actions import SENSIBLE
from qlik_monitor.domain.decision import Decision, DecisionKind
from qlik_monitor.domain.error_class import CURABLE, ErrorClass
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.limits import BACKOFF, LimitReading, Limits, reason_of, refused_by
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.proposal import Proposal, Proposer
from qlik_monitor.domain.redaction import BLOT
from qlik_monitor.domain.switches import Switches
from qlik_monitor.domain.table_name import TableName
from qlik_monitor.domain.task import StopReason, TaskSnapshot, TaskState
from qlik_monitor.domain.words import percent

ABORTED_KINDS = frozenset({AnomalyKind.ABORTED, AnomalyKind.ERROR})
EARLY_KINDS = frozenset({AnomalyKind.LAG_FORECAST})
"""Findings about the future: people are told, and nothing is done."""
TAG_FIELDS = frozenset({"assigned_tags"})
"""Tags as the Qlik clients name them in their notes."""


class PolicySettings(Frozen):
    """The switches of the policy; everything that acts alone is off by default."""

    switches: Switches = Switches()
    limits: Limits = Limits()
    opt_out_tags: frozenset[str] = frozenset()
    """Tags of tasks that are watched and never acted upon."""


class Case(Frozen):
    """What a decision is made on: a proposal, a fresh reading, and the limits over a restart."""

    incident: Incident
    proposal: Proposal
    snapshot: TaskSnapshot | None
    limits: tuple[LimitReading, ...] = ()
    """The limits over one more restart, as they were consulted."""
    maintenance: str | None = None
    """The name of the window that lasts, if any."""


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
        _not_carried_out(case.proposal, settings.switches)
        or opted_out(case.snapshot, settings.opt_out_tags)
        or refusal_of(case.proposal.action, case.snapshot, case.incident.error_class)
        or misfit(case.proposal, case.snapshot)
    )
    limited = _limited(case)
    if refusal:
        # A limit that is spent is told beside: without it nobody sees why nothing was proposed.
        also = limited.reasons if limited and limited.kind is DecisionKind.ESCALATE else ()
        return _decision(case, DecisionKind.ESCALATE, refusal, *also)
    return limited or _allowed(case, case.snapshot, settings)


def foregone(
    incident: Incident, limits: tuple[LimitReading, ...], settings: PolicySettings
) -> str | None:
    """Say why no proposal can change what happens, or None when one can.

    A pause between two restarts settles nothing: what people have to mend is told them at once.
    """
    refused = refused_by(limits)
    if incident.snapshot is None:
        return not_about_a_task(incident)
    return (
        _only_early(incident)
        or hands_off(incident.snapshot)
        or opted_out(incident.snapshot, settings.opt_out_tags)
        or custom_alone(incident)
        or (reason_of(refused) if refused and refused.name != BACKOFF else None)
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
    if snapshot.state in DOWN:
        # Nobody would hear of it again: a task that is down stays down until somebody acts.
        return _escalate(case, f"waiting does not help: the task is {snapshot.state.value}")
    return _decision(case, DecisionKind.OBSERVE, "the proposal is to wait")


def _not_carried_out(proposal: Proposal, switches: Switches) -> str | None:
    """Say why an action is left to people, whatever the task is like, or None."""
    action = proposal.action
    if action is Action.ESCALATE:
        return "the proposal is to ask a person"
    if action not in DESTRUCTIVE:
        return None
    if proposal.made_by is Proposer.RULES:
        return f"{action.value} rewrites data: it is never what the rules fall back on"
    if not switches.destructive_actions_enabled:
        return f"{action.value} rewrites data: DESTRUCTIVE_ACTIONS_ENABLED is off, people do it"
    return None


def misfit(proposal: Proposal, snapshot: TaskSnapshot) -> str | None:
    """Say what a reload lacks in the fresh reading, or None."""
    if proposal.action not in DESTRUCTIVE:
        return None
    if not snapshot.details_read:
        return f"{proposal.action.value} rewrites data, and the task's details could not be read"
    ends = (snapshot.source_endpoint, snapshot.target_endpoint)
    if any(end is None or BLOT in end.name for end in ends):
        return f"{proposal.action.value} rewrites data, and an endpoint's name could not be read"
    return _no_table(proposal.table, snapshot) if proposal.action is Action.RELOAD_TABLE else None


def _no_table(table: str | None, snapshot: TaskSnapshot) -> str | None:
    """Say why no table can be reloaded: none is named, or none is in error."""
    if table is None:
        return "reload_table needs the name of one table, and the proposal names none"
    if fault := TableName.fault_of(table):
        return f"reload_table needs the name of one table: {fault}"
    if not snapshot.full_load.tables_with_error:
        return "reload_table needs a table in error, and the task shows none"
    return None


def _limited(case: Case) -> Decision | None:
    """Hand over what a limit refuses; what merely has to rest a while is decided again then."""
    refused = refused_by(case.limits)
    reason = reason_of(refused)
    if refused is None or reason is None:
        return None
    kind = DecisionKind.OBSERVE if refused.name == BACKOFF else DecisionKind.ESCALATE
    return _decision(case, kind, reason)


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
    states = RULES[action].starts_from
    if states and snapshot.state not in states:
        needs = "running" if TaskState.RUNNING in states else "stopped"
        return f"{_NAMES[action]} needs a {needs} task, and it is {snapshot.state.value}"
    mends = action is Action.RELOAD_TABLE and mends_a_table(snapshot, error_class)
    if action not in SENSIBLE[error_class] and not mends:
        return f"{_NAMES[action]} does not cure an error of class {error_class.value}"
    return None


def mends_a_table(snapshot: TaskSnapshot, error_class: ErrorClass) -> bool:
    """Tell whether a table may be loaded anew though the class is unknown.

    Qlik often counts a table in error without a word about it.
    """
    return error_class is ErrorClass.UNKNOWN and bool(snapshot.full_load.tables_with_error)


_NAMES = {
    Action.RESUME: "a resume",
    Action.STOP_AND_RESUME: "a stop and resume",
    Action.RESUME_FROM_CHECKPOINT: "a resume from the checkpoint",
    Action.RELOAD_TABLE: "a reload of a table",
    Action.RELOAD_TARGET: "a reload of the target",
    Action.WAIT: "waiting",
    Action.ESCALATE: "asking a person",
}


def _allowed(case: Case, snapshot: TaskSnapshot, settings: PolicySettings) -> Decision:
    action, confidence = case.proposal.action, case.proposal.confidence
    if against := _against_auto(case, snapshot, settings.switches):
        consent = Consent.STRONG if action in DESTRUCTIVE else Consent.PERSON
        return _decision(case, DecisionKind.NEEDS_APPROVAL, *against, consent=consent)
    reason = f"{_NAMES[action]} that is harmless as a rule, with confidence {percent(confidence)}"
    return _decision(case, DecisionKind.AUTO, reason, consent=Consent.SWITCHES)


def _against_auto(case: Case, snapshot: TaskSnapshot, switches: Switches) -> list[str]:
    action, confidence = case.proposal.action, case.proposal.confidence
    if action not in AUTOMATABLE:
        return [f"{action.value} is never done without a person"]
    kinds, minimum, error_class = (
        case.incident.kinds,
        switches.min_confidence,
        case.incident.error_class,
    )
    resume = action is Action.RESUME
    fits = AnomalyKind.ABORTED in kinds if resume else AnomalyKind.STUCK in kinds
    curable = error_class in CURABLE or (not resume and error_class is ErrorClass.UNKNOWN)
    what = "only an aborted task is resumed" if resume else "only a stuck task is stopped"
    checks = (
        (fits, f"{what} without a person"),
        (AnomalyKind.FLAPPING not in kinds, "a task that flaps needs more than that"),
        (curable, f"errors of class {error_class.value} are not known as curable"),
        (confidence >= minimum, f"confidence {percent(confidence)} is below {percent(minimum)}"),
        (snapshot.details_read, "the task's details could not be read"),
        (case.maintenance is None, f"maintenance '{case.maintenance}' lasts: a person decides"),
    )
    off = switches.against(action, snapshot.id.server)
    return [*off, *(reason for holds, reason in checks if not holds)]


def _decision(
    case: Case, kind: DecisionKind, *reasons: str, consent: Consent = Consent.NOBODY
) -> Decision:
    return Decision(kind=kind, action=case.proposal.action, reasons=reasons, consent=consent)


def _escalate(case: Case, reason: str) -> Decision:
    return _decision(case, DecisionKind.ESCALATE, reason)
