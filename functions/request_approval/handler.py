"""Lambda `request-approval`: store what a person has to decide, and send them the link.

The task token stays in DynamoDB; a link carries an opaque id, an expiry and a signature, and each
approver gets one of their own.

Input   {"incident_id", "attempt", "task_token"}
Output  {"approval_id"}; the workflow waits for the approver, not for this answer
"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from functions.request_approval.chat import ask_in_chat
from functions.request_approval.decided import hand_on
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.secrets import signing_key
from qlik_monitor.composition import notifier, settings, the_table, utc_now
from qlik_monitor.domain.actions import Action, Consent
from qlik_monitor.domain.approval import (
    Approval,
    ApprovalStatus,
    approval_id,
    expiry_of,
    hash_of_proposal,
    life_of,
)
from qlik_monitor.domain.approval_link import sign_link
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.audit import asked
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.notification import Notification, NotificationKind, about
from qlik_monitor.domain.rewriting import demand_of
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.errors import IncidentChanged
from qlik_monitor.observability import logger, observed
from qlik_monitor.settings import RequestApprovalSettings

TO_BE_ASKED = (IncidentStatus.OPEN, IncidentStatus.AWAITING_APPROVAL)
"""The second where an earlier try of this step has asked."""
LEASE_MARGIN = timedelta(minutes=30)
"""How long the workflow may take after an approval to its next step."""
HOW_TO_APPROVE = "To approve, its name has to be typed, and a reason given; to reject, neither."


@observed
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Ask for one approval."""
    chosen, now = settings(RequestApprovalSettings), utc_now()
    key = signing_key(chosen.approval_secret_arn)
    incidents = DynamoDbIncidents(the_table(RequestApprovalSettings))
    incident = incidents.get(event["incident_id"])
    if incident.status not in TO_BE_ASKED or incident.attempt != int(event["attempt"]):
        raise IncidentChanged(f"attempt {event['attempt']} of {incident.id} was taken over")

    timeout = timedelta(seconds=chosen.approval_timeout_seconds)
    approval = _approval(incident, key, now, timeout)

    approvals = DynamoDbApprovals(the_table(RequestApprovalSettings))
    approval = approvals.request(approval, str(event["task_token"]))
    if approval.status is not ApprovalStatus.PENDING:
        hand_on(approval)
        return {"approval_id": approval.id}
    lease = timeout + LEASE_MARGIN
    status = IncidentStatus.AWAITING_APPROVAL
    incident = incidents.save(incident.moved_to(status, now, lease=lease, approval_id=approval.id))
    _ask(incident, approval, key)
    ask_in_chat(chosen, incident, approval)
    logger.info("approval requested", incident=incident.id, approval=approval.id)
    return {"approval_id": approval.id}


def _ask(incident: Incident, approval: Approval, key: SigningKey) -> None:
    """Send each approver a link of their own, and tell the others that they were asked."""
    trail = DynamoDbAudit(the_table(RequestApprovalSettings))
    people = notifier(RequestApprovalSettings)
    for approver in approval.left:
        people.tell(_invitation(incident, approval, approver, key))
        trail.add(asked(approval, approver, utc_now()))
    if approval.approvers != (ANYONE,):
        people.tell(_notice(incident, approval))


def _approval(incident: Incident, key: SigningKey, now: datetime, timeout: timedelta) -> Approval:
    consent = incident.decision.consent if incident.decision else Consent.PERSON
    panel = settings(RequestApprovalSettings).panel_rules().panel_for(_action(incident))
    return Approval(
        id=approval_id(incident, key),
        incident_id=incident.id,
        attempt=incident.attempt,
        proposal_hash=hash_of_proposal(incident),
        requested_at=now,
        expires_at=expiry_of(now, life_of(consent, timeout)),
        consent=consent,
        approvers=panel.approvers,
        needed=panel.needed,
    )


def _action(incident: Incident) -> Action:
    # Without a decision nothing can be carried out: whoever executes says so.
    return incident.decision.action if incident.decision else Action.ESCALATE


def _one_answer_for_all(incident: Incident) -> list[str]:
    if not incident.candidates:
        return []
    tasks = [
        f"- {one.task} ({one.state.value}, {one.error_class.value.replace('_', ' ')})"
        for one in incident.candidates
    ]
    return [f"One answer is for all {len(tasks)} tasks, once the endpoint is back:", *tasks]


def _invitation(
    incident: Incident, approval: Approval, approver: str, key: SigningKey
) -> Notification:
    link = sign_link(approval, approver, key)
    query = urlencode({"e": link.expires, "k": link.key_id, "s": link.signature})
    base = settings(RequestApprovalSettings).approval_base_url.rstrip("/")
    action, demand = _action(incident).value, demand_of(incident, approval)
    kind = NotificationKind.APPROVAL_REQUESTED
    told = about(
        incident,
        NotificationKind.DESTRUCTIVE_APPROVAL_REQUESTED if demand else kind,
        f"Approve {action}, which rewrites data?" if demand else f"Approve {action}?",
        f"Please approve or reject: {action} of {incident.subject} (attempt {incident.attempt}).",
        f"{base}/approvals/{link.id}?{query}",
        *([demand.rewritten, HOW_TO_APPROVE] if demand else []),
        *_one_answer_for_all(incident),
        *_personal(approval, approver),
        f"The link works once, until {approval.expires_at:%Y-%m-%d %H:%M:%S} UTC.",
        "If nobody answers by then, nothing is done and the incident is escalated.",
    )
    return told.model_copy(update={"approver": "" if approver == ANYONE else approver})


def _personal(approval: Approval, approver: str) -> list[str]:
    if approver == ANYONE:
        return []
    how_many = [] if approval.needed == 1 else [f"{_of_how_many(approval)} before it is done."]
    return [f"The link is for {approver} alone: do not pass it on.", *how_many]


def _of_how_many(approval: Approval) -> str:
    return f"{approval.needed} of {len(approval.approvers)} people have to agree"


def _notice(incident: Incident, approval: Approval) -> Notification:
    action = _action(incident).value
    return about(
        incident,
        NotificationKind.APPROVAL_AWAITED,
        f"Waiting for an answer to {action}",
        f"Asked: {', '.join(approval.approvers)}. {_of_how_many(approval)}.",
        f"Open until {approval.expires_at:%Y-%m-%d %H:%M:%S} UTC.",
        *_for_tools(approval),
    )


def _for_tools(approval: Approval) -> list[str]:
    """Name the approval where a tool may answer: without the tool's secret it is of no use."""
    chosen = settings(RequestApprovalSettings)
    return [f"Approval  {approval.id}"] if chosen.chat_secret_arn else []
