"""Rewriting: what a reload does to a target, and what must hold at the moment of its call.

A warrant holds the facts and no conclusion: it is judged anew right before the call, so that
nothing that was concluded, stored or forged earlier can stand in for a person's strong yes.
"""

import hmac

from qlik_monitor.domain.actions import DESTRUCTIVE, Action, Consent
from qlik_monitor.domain.approval import (
    STRONG_LIFE,
    Approval,
    ApprovalStatus,
    hash_of_proposal,
    too_few_agreed,
)
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.proposal import Proposer
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.task import FullLoad


class Warrant(Frozen):
    """What a destructive call rests on."""

    incident: Incident
    approval: Approval | None
    enabled: bool
    """Whether reloads are switched on now; that may have changed since the approval."""


def unwarranted(warrant: Warrant, restart: Restart) -> str | None:
    """Say why data must not be rewritten, or None when a strong approval says it may."""
    incident, approval = warrant.incident, warrant.approval
    if restart.action not in DESTRUCTIVE:
        return f"{restart.action.value} rewrites nothing, and goes another way"
    if not warrant.enabled:
        return "DESTRUCTIVE_ACTIONS_ENABLED is off"
    if not _is_of(restart, incident):
        return "the warrant is for another restart"
    return _not_decided(incident, restart) or _not_agreed(incident, approval, restart)


def _is_of(restart: Restart, incident: Incident) -> bool:
    due = (incident.id, incident.attempt, incident.subject.task_id)
    return (restart.incident_id, restart.attempt, restart.task) == due


def _not_decided(incident: Incident, restart: Restart) -> str | None:
    decision, proposal = incident.decision, incident.proposal
    if decision is None or proposal is None:
        return "no decision is stored"
    checks = (
        (decision.action is proposal.action is restart.action, "another action was decided"),
        (decision.kind is DecisionKind.NEEDS_APPROVAL, f"the decision was {decision.kind.value}"),
        (decision.consent is Consent.STRONG, "no strong approval was asked for"),
        (proposal.made_by is not Proposer.RULES, "the rules never fall back on a reload"),
        (not incident.candidates, "a group of tasks is never reloaded"),
        (
            restart.action is Action.RELOAD_TARGET or restart.table == proposal.table,
            "another table",
        ),
    )
    return next((reason for holds, reason in checks if not holds), None)


def _not_agreed(incident: Incident, approval: Approval | None, restart: Restart) -> str | None:
    if approval is None or approval.decided_at is None:
        return "nobody has answered"
    asked = (approval.id, approval.incident_id, approval.attempt)
    waited = restart.requested_at - approval.decided_at
    checks = (
        (approval.status is ApprovalStatus.APPROVED, f"the approval is {approval.status.value}"),
        (approval.consent is Consent.STRONG, "the approval is not a strong one"),
        (asked == (restart.approval_id, incident.id, incident.attempt), "it is another approval"),
        (approval.proposal_hash == hash_of_proposal(incident), "another proposal was approved"),
        (approval.decided_at < approval.expires_at, "it was approved after it had expired"),
        (waited <= STRONG_LIFE, f"it was approved {waited} ago: what it rests on is too old"),
        (bool(approval.comment.strip()), "the approval gives no reason"),
    )
    failed = next((reason for holds, reason in checks if not holds), None)
    return failed or too_few_agreed(approval)


class Demand(Frozen):
    """What an approver of a reload must type; without a text nothing can be approved."""

    text: str | None
    rewritten: str
    """What is going to be rewritten, in plain words."""

    def is_met_by(self, typed: str) -> bool:
        """Tell whether exactly the text was typed; how long that takes tells nothing of it."""
        if not self.text:
            return False
        expected, given = (one.encode("utf-8", "surrogatepass") for one in (self.text, typed))
        return hmac.compare_digest(expected, given)


def demand_of(incident: Incident, approval: Approval) -> Demand | None:
    """Return what an approver must type, or None where an ordinary yes is enough."""
    action = incident.decision.action if incident.decision else None
    if approval.consent is not Consent.STRONG and action not in DESTRUCTIVE:
        return None
    return Demand(text=_to_type(incident, action), rewritten=what_is_rewritten(incident))


def _to_type(incident: Incident, action: Action | None) -> str | None:
    if action is Action.RELOAD_TABLE:
        return incident.proposal.table if incident.proposal else None
    task = incident.subject.task_id
    return str(task) if task and action is Action.RELOAD_TARGET else None


def what_is_rewritten(incident: Incident) -> str:
    """Say in plain words what a reload does, to what, and that it cannot be undone."""
    snapshot, decision, proposal = incident.snapshot, incident.decision, incident.proposal
    target = (
        snapshot.target_endpoint.name if snapshot and snapshot.target_endpoint else "the target"
    )
    source = (
        snapshot.source_endpoint.name if snapshot and snapshot.source_endpoint else "the source"
    )
    check = ""
    if decision and decision.action is Action.RELOAD_TABLE and proposal:
        what = f"The table {proposal.table} of task {incident.subject} is"
        # Qlik's readings count the tables in error; the name is the proposer's word alone.
        check = " Check in Qlik that this is a table in error: its readings do not name them."
    else:
        tables = _all_tables(snapshot.full_load if snapshot else FullLoad())
        what = f"{tables} of task {incident.subject} are"
    return (
        f"{what} emptied in {target} and loaded anew from {source}. Until that is done, which may "
        f"take hours, whoever reads from {target} may miss rows, and {source} carries the load. "
        f"It cannot be undone.{check}"
    )


def _all_tables(load: FullLoad) -> str:
    parts = (
        load.tables_completed,
        load.tables_loading,
        load.tables_queued,
        load.tables_with_error,
    )
    known = [part for part in parts if part is not None]
    count = sum(known) if len(known) == len(parts) else 0
    return f"All tables ({count})" if count else "All tables"
