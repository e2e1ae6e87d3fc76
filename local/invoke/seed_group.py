"""Stores the incident of an endpoint that took three tasks down, for an event that speaks of it."""

from datetime import timedelta

from local.invoke.world import World
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.anomaly import EVERY_SERVER, Anomaly, AnomalyKind, Severity, Subject
from qlik_monitor.domain.approval import Answer, Approval, ApprovalStatus, Way, hash_of_proposal
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.audit import Origin
from qlik_monitor.domain.group_limits import Member
from qlik_monitor.domain.group_proposal import judge_group, members_of
from qlik_monitor.domain.group_restart import restart_of_candidate
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.limits_consulted import Spent
from qlik_monitor.domain.member import Fate, Resumed
from qlik_monitor.domain.policy import PolicySettings
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import RunOption
from qlik_monitor.domain.verification import Verification

GROUP_ID = "20260302T120000-ba9876543210"
"""The incident of the sample events `endpoint_incident`."""
NAMES = ("customers", "invoices", "orders")
APPROVAL_ID = "an-approval-of-the-group"


def group_incident(incident: Incident, world: World) -> Incident:
    """Make the sample incident one of the endpoint, as far as the function expects it."""
    for name in NAMES:
        world.qlik.control.become("prod", name, kind="aborted", onset_seconds=-60)
    trouble = Anomaly(
        kind=AnomalyKind.ENDPOINT_TROUBLE,
        severity=Severity.CRITICAL,
        summary="3 tasks that share endpoint SRC are in trouble together (3 aborted)",
    )
    update = {
        "subject": Subject(server=EVERY_SERVER, endpoint="SRC"),
        "anomalies": (trouble,),
        "members": tuple(f"prod/{name}" for name in NAMES),
        "snapshot": None,
    }
    return incident.model_copy(update=update)


def decided_group(incident: Incident, platform: ReplicationPlatform) -> Incident:
    """Propose and decide as `evaluate_proposal` does."""
    members = tuple(
        Member(task=task, snapshot=platform.read_task(task), spent=Spent(task=task))
        for task in members_of(incident)
    )
    judged = judge_group(incident, members, PolicySettings(), incident.opened_at)
    update = {"proposal": judged.proposal, "decision": judged.decision}
    return judged.incident.model_copy(update=update)


def approved_group(incident: Incident, world: World) -> Incident:
    """Let a person have said yes: without that a group is never resumed."""
    approvals = DynamoDbApprovals(world.table)
    approval = Approval(
        id=APPROVAL_ID,
        incident_id=incident.id,
        attempt=incident.attempt,
        proposal_hash=hash_of_proposal(incident),
        requested_at=incident.opened_at,
        expires_at=incident.opened_at + timedelta(hours=1),
    )
    approvals.request(approval, "a-task-token")
    yes = Answer(by=ANYONE, status=ApprovalStatus.APPROVED, at=utc_now(), way=Way.LINK)
    approvals.answer(approval.id, yes, Origin(way=Way.LINK))
    return incident.model_copy(update={"approval_id": approval.id})


def resumed_group(incident: Incident, platform: ReplicationPlatform, world: World) -> Incident:
    """Let the restarts that are to be verified have happened."""
    restarts, resumed = DynamoDbRestarts(world.table), []
    for candidate in incident.candidates:
        restart = restart_of_candidate(incident, candidate.task, incident.opened_at)
        restarts.reserve(restart, Limits())
        platform.run_task(candidate.task, RunOption.RESUME_PROCESSING)
        restarts.record(restart, RestartOutcome.ACCEPTED, "run accepted", utc_now())
        started = Verification(started_at=incident.opened_at)
        resumed.append(
            Resumed(
                task=candidate.task, fate=Fate.STARTED, detail="run accepted", verification=started
            )
        )
    world.qlik.control.advance(60)
    update = {"status": IncidentStatus.VERIFYING, "resumed": tuple(resumed)}
    return incident.model_copy(update=update)
