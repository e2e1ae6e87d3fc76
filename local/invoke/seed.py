"""Stores one plausible incident for an event that speaks of one."""

import os
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from pydantic import SecretStr

from local.invoke.seed_chat import NAME, asked_about, signed_by_chat
from local.invoke.seed_console import seed_console
from local.invoke.seed_group import (
    GROUP_ID,
    approved_group,
    decided_group,
    group_incident,
    resumed_group,
)
from local.invoke.world import SIGNING_KEY, World
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.adapters.error_catalogue_file import built_in_catalogue
from qlik_monitor.adapters.qlik_classified import ClassifiedPlatform
from qlik_monitor.adapters.qlik_platform import QlikCredentials, QlikSettings, qlik_platform
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.actions import AUTOMATABLE
from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.approval import APPROVAL_LETTERS, Approval, hash_of_proposal
from qlik_monitor.domain.approval_link import Invitation, sign_link
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.decision_form import decision_form
from qlik_monitor.domain.execution import restart_of
from qlik_monitor.domain.finding import find
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.monitoring import OPEN_LEASE
from qlik_monitor.domain.policy import Case, PolicySettings, decide
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.rules import propose_by_rules
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.domain.switches import Switches
from qlik_monitor.domain.task import RunOption, TaskId
from qlik_monitor.domain.thresholds import Thresholds

TASK = TaskId(server="prod", task="orders")
ORDERS = Subject(server=TASK.server, task=TASK.task)
AN_HOUR = timedelta(hours=1)
TOKEN = "a-task-token"
ACTS_ALONE = PolicySettings(
    switches=Switches(
        auto_restart_enabled=True, servers=("*",), actions=AUTOMATABLE, min_confidence=0.0
    )
)
SWITCHED_ON = {
    "AUTO_RESTART_ENABLED": "true",
    "AUTO_RESTART_SERVERS": "*",
    "AUTO_RESTART_ACTIONS": ",".join(sorted(AUTOMATABLE)),
    "AUTO_RESTART_MIN_CONFIDENCE": "0",
}
"""The same as a function is told it: whoever executes looks at the switches once more."""
APPROVAL_PATH = re.compile(r"/approvals/([\w-]+)")


def seed(function: str, event: dict[str, Any], world: World) -> list[str]:
    """Store what the event needs; return sentences that say what was stored."""
    if function == "console":
        return _seed_console(event, world)
    approval_id = _approval_id(event) if function == "approval_api" else ""
    if not ("incident_id" in event or approval_id):
        return []
    platform = _platform(world)
    try:
        incident = _incident(platform, event)
        if incident.id == GROUP_ID:
            return _seed_group(function, incident, platform, world)
        if function != "evaluate_proposal":
            # Whoever executes needs a permission, and the policy's own is the shortest.
            policy = ACTS_ALONE if function == "execute_restart" else PolicySettings()
            os.environ.update(SWITCHED_ON if policy is ACTS_ALONE else {})
            incident = _decided(incident, policy)
        if function == "verify_recovery":
            incident = _restarted(platform, incident, world)
    finally:
        platform.close()
    if approval_id:
        waits = {"status": IncidentStatus.AWAITING_APPROVAL, "approval_id": approval_id}
        incident = incident.model_copy(update=waits)
    DynamoDbIncidents(world.table).open(incident)
    said = [f"an incident {incident.id} of {incident.subject}, {incident.status.value}"]
    return said + _approval(event, incident, approval_id, world)


def _seed_console(event: dict[str, Any], world: World) -> list[str]:
    platform = _platform(world)
    try:
        return seed_console(event, platform, world)
    finally:
        platform.close()


def _seed_group(
    function: str, incident: Incident, platform: ReplicationPlatform, world: World
) -> list[str]:
    incident = group_incident(incident, world)
    if function != "evaluate_proposal":
        incident = approved_group(decided_group(incident, platform), world)
    if function == "verify_recovery":
        incident = resumed_group(incident, platform, world)
    DynamoDbIncidents(world.table).open(incident)
    return [f"an incident {incident.id} of {incident.subject}, {incident.status.value}"]


def _platform(world: World) -> ReplicationPlatform:
    token = SecretStr(world.qlik.credentials.api_token)
    settings = QlikSettings(endpoint=world.qlik.url)
    plain = qlik_platform(settings, QlikCredentials(api_token=token), now=utc_now)
    return ClassifiedPlatform(plain, built_in_catalogue())


def _incident(platform: ReplicationPlatform, event: dict[str, Any]) -> Incident:
    reading = platform.read_fleet()
    findings = find(reading, {}, Thresholds())
    snapshot = findings.snapshots[ORDERS]
    return Incident(
        id=str(event.get("incident_id", "the-incident-of-the-approval")),
        subject=ORDERS,
        cycle=str(event.get("cycle", "the-cycle")),
        anomalies=findings.anomalies[ORDERS],
        snapshot=snapshot,
        error_class=snapshot.error_class,
        attempt=int(event.get("attempt", 1)),
        opened_at=reading.observed_at,
        updated_at=reading.observed_at,
        lease_until=reading.observed_at + OPEN_LEASE,
    )


def _decided(incident: Incident, policy: PolicySettings) -> Incident:
    proposal = propose_by_rules(incident, (), "this is a sample")
    case = Case(incident=incident, proposal=proposal, snapshot=incident.snapshot)
    update = {"proposal": proposal, "decision": decide(case, policy)}
    return incident.model_copy(update=update)


def _restarted(platform: ReplicationPlatform, incident: Incident, world: World) -> Incident:
    """Let the restart that is to be verified have happened."""
    restarts = DynamoDbRestarts(world.table)
    restart = restart_of(incident, incident.opened_at)
    restarts.reserve(restart, Limits())
    platform.run_task(TASK, RunOption.RESUME_PROCESSING)
    world.qlik.control.advance(60)
    restarts.record(restart, RestartOutcome.ACCEPTED, "run accepted", utc_now())
    return incident.model_copy(update={"status": IncidentStatus.VERIFYING})


def _genuine(body: str, approval: Approval, key: SigningKey) -> str:
    """Put the nonce and the digits into a sample's form that the page would have shown."""
    fields = dict(parse_qsl(body))
    invitation = Invitation(approval=approval, approver=ANYONE)
    form = decision_form(invitation, None, fields["seen"], key, utc_now())
    return urlencode(fields | {"nonce": form.nonce, "code": form.code})


def _approval_id(event: dict[str, Any]) -> str:
    found = APPROVAL_PATH.search(str(event.get("path", "")))
    return found[1][:APPROVAL_LETTERS] if found else asked_about(event)


def _approval(
    event: dict[str, Any], incident: Incident, approval_id: str, world: World
) -> list[str]:
    """Store the approval that the event's link means, and make that link genuine."""
    if not approval_id:
        return []
    key, from_chat = SigningKey.model_validate(SIGNING_KEY), bool(asked_about(event))
    approval = Approval(
        id=approval_id,
        incident_id=incident.id,
        attempt=incident.attempt,
        proposal_hash=hash_of_proposal(incident),
        requested_at=incident.opened_at,
        expires_at=incident.opened_at + AN_HOUR,
        approvers=(NAME if from_chat else ANYONE,),
    )
    DynamoDbApprovals(world.table).request(approval, TOKEN)
    if from_chat:
        return [f"a pending approval {approval_id}", signed_by_chat(event, utc_now())]
    link = sign_link(approval, ANYONE, key)
    event["path"] = f"/approvals/{link.id}"
    query = {"e": link.expires, "k": link.key_id, "s": link.signature}
    event["queryStringParameters"] = query
    event["multiValueQueryStringParameters"] = {name: [value] for name, value in query.items()}
    if event.get("body"):
        event["body"] = _genuine(str(event["body"]), approval, key)
    return [f"a pending approval {approval_id}, whose genuine link the event got"]
