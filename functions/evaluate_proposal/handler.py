"""Lambda `evaluate-proposal`: ask what to do about one incident, and decide what may happen.

    incident ──▶ fresh reading ──▶ model (or rules) proposes ──▶ evidence is weighed
             ──▶ policy decides ──▶ stored

An endpoint's incident gets one proposal for all the tasks that its outage aborted.

Input   {"incident_id", "cycle": name of the execution}
Output  {"decision", "action", "attempt", "approval_timeout_seconds", "verify_interval_seconds"}
"""

from datetime import timedelta
from typing import Any

from functions.evaluate_proposal.ask import propose
from functions.evaluate_proposal.group import Sources, evaluate_group
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_precedents import DynamoDbPrecedents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.composition import settings, the_table, utc_now
from qlik_monitor.composition_qlik import platform
from qlik_monitor.composition_rules import maintenance_of, opt_out_tags
from qlik_monitor.domain.actions import Action, Consent
from qlik_monitor.domain.approval import life_of
from qlik_monitor.domain.confidence import weighed
from qlik_monitor.domain.decision import Decision, DecisionKind
from qlik_monitor.domain.group_proposal import is_group
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.limits import LimitReading
from qlik_monitor.domain.limits_consulted import Spent, consult
from qlik_monitor.domain.policy import Case, Judged, PolicySettings, decide
from qlik_monitor.domain.precedent import NEWEST
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.observability import logger, observed
from qlik_monitor.settings import EvaluateProposalSettings

SUPERSEDED = "superseded"
"""Told in a decision's place when a person or a newer cycle has taken the incident over."""
TO_WRITE_SECONDS = 30.0
"""Kept of the function's time for what follows the readings of a group."""
LEASE = timedelta(minutes=30)
"""How long the workflow may take from a decision to its next step."""


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Evaluate one incident."""
    chosen = settings(EvaluateProposalSettings)
    incidents = DynamoDbIncidents(the_table(EvaluateProposalSettings))
    incident = incidents.get(event["incident_id"])
    if not incident.is_worked_on_by(event["cycle"]):
        logger.warning("incident taken over", incident=incident.id, status=incident.status.value)
        return _answer(incident, SUPERSEDED, "")
    policy = chosen.policy(opt_out_tags())
    if is_group(incident):
        seconds = context.get_remaining_time_in_millis() / 1000 - TO_WRITE_SECONDS
        judged = evaluate_group(incident, _sources(incidents), policy, utc_now(), seconds)
    else:
        judged = _evaluated(incident, policy)

    incident, proposal, decision = judged
    lease = LEASE + timedelta(seconds=chosen.approval_timeout_seconds)
    incidents.save(
        incident.moved_to(
            IncidentStatus.OPEN,
            utc_now(),
            lease=lease,
            proposal=proposal,
            decision=decision,
            reason="",
        )
    )
    _log(incident, proposal, decision)
    return _answer(incident, decision.kind.value, decision.action.value, decision.consent)


def _sources(incidents: DynamoDbIncidents) -> Sources:
    restarts = DynamoDbRestarts(the_table(EvaluateProposalSettings))
    return Sources(platform(EvaluateProposalSettings), incidents, restarts, _precedents())


def _precedents() -> DynamoDbPrecedents:
    return DynamoDbPrecedents(the_table(EvaluateProposalSettings))


def _evaluated(incident: Incident, policy: PolicySettings) -> Judged:
    incident = _refreshed(incident)
    spent = _spent(incident)
    history = spent.restarts if spent else ()
    precedents = _precedents().of(incident.error_class, NEWEST)
    limits = _limits(incident, spent, policy, None)
    proposal = propose(incident, history, policy, limits, precedents)
    proposal = weighed(proposal, incident, history, precedents)
    now, snapshot = utc_now(), incident.snapshot
    case = Case(
        incident=incident,
        proposal=proposal,
        snapshot=snapshot,
        limits=_limits(incident, spent, policy, proposal.action),
        maintenance=maintenance_of(snapshot, now) if snapshot else None,
    )
    decision = decide(case, policy)
    rests = spent.rests_until() if spent and decision.kind is DecisionKind.OBSERVE else None
    update = {"limits": case.limits, "decide_again_at": rests if rests and rests > now else None}
    return Judged(incident.model_copy(update=update), proposal, decision)


def _limits(
    incident: Incident, spent: Spent | None, policy: PolicySettings, action: Action | None
) -> tuple[LimitReading, ...]:
    if spent is None:
        return ()
    return consult(action, spent, policy.limits, incident.counts_from, utc_now())


def _answer(
    incident: Incident, decision: str, action: str, consent: Consent = Consent.PERSON
) -> dict[str, Any]:
    chosen = settings(EvaluateProposalSettings)
    timeout = timedelta(seconds=chosen.approval_timeout_seconds)
    return {
        "decision": decision,
        "action": action,
        "attempt": incident.attempt,
        "approval_timeout_seconds": int(life_of(consent, timeout).total_seconds()),
        "verify_interval_seconds": chosen.verify_interval_seconds,
    }


def _refreshed(incident: Incident) -> Incident:
    task = incident.subject.task_id
    if task is None:
        return incident
    snapshot = platform(EvaluateProposalSettings).read_task(task)
    if incident.snapshot:
        snapshot = snapshot.with_tags_of(incident.snapshot)
    update = {"snapshot": snapshot, "error_class": snapshot.error_class}
    return incident.model_copy(update=update)


def _spent(incident: Incident) -> Spent | None:
    task = incident.subject.task_id
    endpoints = incident.snapshot.endpoint_names if incident.snapshot else ()
    restarts = DynamoDbRestarts(the_table(EvaluateProposalSettings))
    return restarts.spent(task, endpoints) if task else None


def _log(incident: Incident, proposal: Proposal, decision: Decision) -> None:
    logger.info(
        "proposal decided",
        incident=incident.id,
        subject=str(incident.subject),
        action=proposal.action.value,
        confidence=proposal.confidence,
        stated_confidence=proposal.stated_confidence,
        made_by=proposal.made_by.value,
        decision=decision.kind.value,
        reasons=decision.reasons,
        tasks=[str(candidate.task) for candidate in incident.candidates],
    )
