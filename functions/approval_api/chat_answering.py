"""Who may answer what from chat, and what is told of it."""

from functions.approval_api.opening import approvals, desk
from qlik_monitor.adapters.approval_desk import TOO_LATE, Taken
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import settings, the_table, utc_now
from qlik_monitor.domain.approval import Answer, Approval, ApprovalStatus, Way
from qlik_monitor.domain.audit import MAX_AGENT, Origin
from qlik_monitor.domain.chat_answer import ChatAnswer
from qlik_monitor.domain.chat_message import BY_LINK
from qlik_monitor.domain.chat_reply import Audience, Reply, expired, standing
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.rewriting import demand_of
from qlik_monitor.settings import ApprovalApiSettings

NOBODY = "APPROVERS is empty, so nobody can answer from chat: set it to name=chat id of each"
ANOTHER = "This message is about another proposal than the one that is asked about now"


def answered(answer: ChatAnswer, address: str) -> Reply:
    """Take a genuine answer if whoever gave it may, and if it still counts.

    Raises StoreUnavailable.
    """
    people = settings(ApprovalApiSettings).panel_rules()
    if not people.people:
        return Reply(status_code=403, text=NOBODY)
    name = people.named_in_chat(answer.by)
    if name is None:
        text = f"APPROVERS names nobody with the chat id {answer.by}: set name={answer.by} there"
        return Reply(status_code=403, text=text)
    approval = approvals().get(answer.question.approval_id)
    if approval is None:
        return Reply(status_code=404, text="There is no such approval; it may be an old one")
    if name not in approval.approvers:
        return Reply(status_code=403, text=f"{name} was not asked: {', '.join(approval.approvers)}")
    if not answer.question.is_about(approval):
        return Reply(status_code=409, text=ANOTHER)
    incident = DynamoDbIncidents(the_table(ApprovalApiSettings)).get(approval.incident_id)
    return _by_somebody_asked(answer, name, address, approval, incident)


def _by_somebody_asked(
    answer: ChatAnswer, name: str, address: str, approval: Approval, incident: Incident
) -> Reply:
    now, stands = utc_now(), approval.status is not ApprovalStatus.PENDING
    if stands or approval.answer_of(name) or approval.is_expired(now):
        return _reply(incident, desk().again(approval, answer.status), Audience.PERSON)
    if demand_of(incident, approval):
        return Reply(status_code=403, text=BY_LINK)
    said = Answer(by=name, status=answer.status, at=now, way=Way.CHAT, comment=answer.comment)
    origin = Origin(
        way=Way.CHAT,
        address=address,
        agent=f"chat user {answer.by}"[:MAX_AGENT],
        seen=answer.question.seen,
    )
    return _reply(incident, desk().take(approval, said, origin), Audience.CHANNEL)


def _reply(incident: Incident, taken: Taken, while_pending: Audience) -> Reply:
    """Say how things stand after an answer, or before one that came too late."""
    approval, text, audience = taken.approval, standing(incident, taken.approval), Audience.INSTEAD
    status = 409 if approval.status is ApprovalStatus.VOID else 200
    match taken.delivery:
        case "not_due":
            if approval.is_expired(utc_now()):
                status, text = 410, expired(incident, approval)
            else:
                audience = while_pending
        case "not_delivered":
            status, audience = 503, Audience.PERSON
            text = f"{text}. The decision is kept, and could not be handed on: send it again"
        case "too_late":
            status = 410
            text = f"{text}. {TOO_LATE}"
        case "taken" | "not_yours":
            pass
    return Reply(status_code=status, text=text, audience=audience, approval=approval)
