"""A group's proposal: which tasks of an endpoint's incident a resume may be proposed for.

One person answers once for all of them, so only what a resume would be allowed for by itself is
on the list, and nothing on it is ever resumed without that answer.
"""

from collections import Counter
from datetime import datetime

from qlik_monitor.domain.actions import ABORT_REASONS, Action
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.decision import Decision, DecisionKind
from qlik_monitor.domain.error_class import CURABLE, ErrorClass
from qlik_monitor.domain.fingerprint import print_of
from qlik_monitor.domain.group_limits import Member, within_limits
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.member import Candidate, named
from qlik_monitor.domain.policy import (
    Judged,
    PolicySettings,
    hands_off,
    not_about_a_task,
    opted_out,
    refusal_of,
)
from qlik_monitor.domain.proposal import Proposal, Proposer
from qlik_monitor.domain.rules import confidence_in_resume
from qlik_monitor.domain.task import TaskId, TaskSnapshot

MOST_MEMBERS = 50
"""So many tasks are read and resumed for one incident; what is beyond them, people resume."""
RESUMABLE = CURABLE | {ErrorClass.UNKNOWN}
"""Errors that may end with the outage; of all others it is known that a person has to mend them."""
BECAUSE = "one endpoint's incident: rules"


def is_group(incident: Incident) -> bool:
    """Tell whether an incident is about an endpoint that took tasks down."""
    endpoint = incident.subject.endpoint is not None
    return endpoint and AnomalyKind.ENDPOINT_TROUBLE in incident.kinds and bool(incident.members)


def members_of(incident: Incident) -> tuple[TaskId, ...]:
    """Name the members that are looked at."""
    return tuple(TaskId.parse(name) for name in incident.members[:MOST_MEMBERS])


def left_alone(member: Member, policy: PolicySettings) -> str | None:
    """Say why a member is no candidate, whatever the limits say, or None when it may be one."""
    snapshot = member.snapshot
    if snapshot is None:
        return "it could not be read"
    return (
        hands_off(snapshot)
        or refusal_of(Action.RESUME, snapshot, snapshot.error_class)
        or _no_abort(snapshot)
        or opted_out(snapshot, policy.opt_out_tags)
        or _needs_mending(snapshot.error_class)
        or ("it has an incident of its own" if member.has_own_incident else None)
    )


def _no_abort(snapshot: TaskSnapshot) -> str | None:
    if snapshot.stop_reason in ABORT_REASONS:
        return None
    return f"the task is {snapshot.state.value}/{snapshot.stop_reason.value}, which is no abort"


def _needs_mending(error_class: ErrorClass) -> str | None:
    if error_class in RESUMABLE:
        return None
    return f"an error of class {error_class.value} has to be mended by a person first"


def judge_group(
    incident: Incident, members: tuple[Member, ...], policy: PolicySettings, now: datetime
) -> Judged:
    """Propose and decide about all members at once; the incident holds which these are."""
    reasons = {member.task: left_alone(member, policy) for member in members}
    limited = within_limits(
        [member for member in members if reasons[member.task] is None], incident, policy, now
    )
    chosen, reasons = limited.chosen, reasons | limited.refused
    others = [(task, why) for task, why in reasons.items() if why is not None]
    candidates = tuple(_candidate(one.task, one.snapshot) for one in chosen if one.snapshot)
    update = {
        "candidates": candidates,
        "error_class": _commonest(candidates),
        "limits": limited.readings,
    }
    proposal = _proposal(incident, candidates, chosen)
    decision = decide_group(incident, proposal, candidates, others)
    return Judged(incident.model_copy(update=update), proposal, decision)


def decide_group(
    incident: Incident,
    proposal: Proposal,
    candidates: tuple[Candidate, ...],
    others: list[tuple[TaskId, str]],
) -> Decision:
    """Ask people about a resume of several tasks, or hand the incident over; never act alone."""
    endpoint = incident.subject.endpoint
    unseen = len(incident.members) - len(candidates) - len(others)
    rest = [f"{len(others)} others are left alone: {named(others)}"] if others else []
    rest += [f"{unseen} more are not looked at: the most at once is {MOST_MEMBERS}"] * bool(unseen)
    if not candidates or proposal.action is not Action.RESUME:
        reasons = (not_about_a_task(incident), *rest)
        return Decision(kind=DecisionKind.ESCALATE, action=Action.ESCALATE, reasons=reasons)
    what = f"resume {len(candidates)} tasks of endpoint {endpoint}"
    reasons = (f"{what}: one answer for all, approve once the endpoint is back", *rest)
    return Decision(kind=DecisionKind.NEEDS_APPROVAL, action=Action.RESUME, reasons=reasons)


def _candidate(task: TaskId, snapshot: TaskSnapshot) -> Candidate:
    return Candidate(
        task=task,
        state=snapshot.state,
        stop_reason=snapshot.stop_reason,
        error_class=snapshot.error_class,
        tags=snapshot.tags,
        endpoints=snapshot.endpoint_names,
        error_print=print_of(snapshot.message),
    )


def _proposal(
    incident: Incident, candidates: tuple[Candidate, ...], chosen: list[Member]
) -> Proposal:
    confidences = [
        confidence_in_resume(candidate.error_class, member.spent.restarts if member.spent else ())
        for candidate, member in zip(candidates, chosen, strict=True)
    ]
    resume = "These tasks were aborted together; once the endpoint is back, a resume picks up."
    nothing = "No task of it can be resumed now; a person has to look."
    return Proposal(
        action=Action.RESUME if candidates else Action.ESCALATE,
        confidence=min(confidences, default=0.6),
        cause=f"{_commonest(candidates).value}: {incident.anomalies[0].summary}"[:1000],
        reasoning=resume if candidates else nothing,
        evidence=tuple(anomaly.summary[:1000] for anomaly in incident.anomalies),
        made_by=Proposer.RULES,
        rules_because=BECAUSE,
    )


def _commonest(candidates: tuple[Candidate, ...]) -> ErrorClass:
    classes = Counter(candidate.error_class for candidate in candidates)
    return classes.most_common(1)[0][0] if classes else ErrorClass.UNKNOWN
