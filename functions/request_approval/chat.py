"""The question in a chat channel, beside the messages that carry the links."""

from qlik_monitor.adapters import chat_channel
from qlik_monitor.adapters.chat_access import chat_access
from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.chat_message import question
from qlik_monitor.domain.incident import Incident
from qlik_monitor.errors import ConfigurationError, SecretsUnavailable
from qlik_monitor.observability import count, logger
from qlik_monitor.settings import RequestApprovalSettings

SECONDS = 3.0


def ask_in_chat(chosen: RequestApprovalSettings, incident: Incident, approval: Approval) -> None:
    """Post one message; where that fails the question stands, as everybody has their link."""
    if not chosen.chat_secret_arn:
        return
    if problem := _problem(chosen, incident, approval):
        count("ChatNotTold")
        logger.warning("chat message not sent", approval=approval.id, reason=problem)


def _problem(chosen: RequestApprovalSettings, incident: Incident, approval: Approval) -> str | None:
    try:
        url = chat_access(chosen.chat_secret_arn).webhook_url.get_secret_value()
    except (ConfigurationError, SecretsUnavailable) as error:
        return str(error)
    if not url:
        return None
    in_chat = {one.name for one in chosen.panel_rules().people if one.chat_id}
    answerable = not in_chat.isdisjoint(approval.approvers)
    return chat_channel.send(url, question(incident, approval, answerable=answerable), SECONDS)
