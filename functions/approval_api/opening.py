"""Who is asking: whether a link is genuine, and its approver still one."""

import re
from functools import cache

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from qlik_monitor.adapters.approval_desk import ApprovalDesk
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.secrets import signing_keys
from qlik_monitor.adapters.step_functions import WaitingWorkflow, step_functions_client
from qlik_monitor.composition import settings, the_table, utc_now
from qlik_monitor.domain.approval import is_strong
from qlik_monitor.domain.approval_link import Invitation, LinkParameters, check_link
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.errors import ApprovalLinkInvalid
from qlik_monitor.settings import ApprovalApiSettings

LINK_ID = re.compile(r"[A-Za-z0-9_-]{40}")
NO_ID = "-" * 40
"""Looked for in place of what cannot be an id, so that both take as long."""
MAX_PART = 64
"""Longer than any part of ours."""


def opened(event: APIGatewayProxyEvent, link_id: str) -> Invitation:
    """Return where a genuine link leads; raises ApprovalLinkInvalid, and no more is told."""
    link = LinkParameters(
        id=link_id if _is_id(link_id, event) else NO_ID,
        expires=_part(event, "e"),
        key_id=_part(event, "k"),
        signature=_part(event, "s"),
    )
    invitation = check_link(approvals().get(link.approval_id), link, keys(link.key_id))
    rules, rewrites = settings(ApprovalApiSettings).panel_rules(), is_strong(invitation.approval)
    if not rules.allows(invitation.approver, rewrites=rewrites):
        raise ApprovalLinkInvalid(f"{invitation.approver} is no approver any more")
    return invitation


def _is_id(link_id: str, event: APIGatewayProxyEvent) -> bool:
    # The route's pattern lets a line's end pass behind the id.
    return bool(LINK_ID.fullmatch(link_id)) and event.path.endswith(link_id)


def _part(event: APIGatewayProxyEvent, name: str) -> str:
    """Return a part of the link; one that is there twice, or too long to be ours, is none."""
    one, many = event.query_string_parameters or {}, event.multi_value_query_string_parameters or {}
    values = many.get(name) or ([one[name]] if name in one else [])
    return values[0] if len(values) == 1 and len(values[0]) <= MAX_PART else ""


def keys(wanted: str = "") -> tuple[SigningKey, ...]:
    """Return the keys that may have signed what is out, the newest first."""
    return signing_keys(settings(ApprovalApiSettings).approval_secret_arn, wanted)


def key_of_link(event: APIGatewayProxyEvent) -> SigningKey:
    """Return the key that signed an opened link: whoever can open the link knows it.

    A form's nonce is made with it, so that containers that learn of a new key at different times
    take each other's forms.
    """
    found, name = keys(), _part(event, "k")
    return next((key for key in found if key.key_id == name), found[0])


def approvals() -> DynamoDbApprovals:
    """Return the store of approvals."""
    return DynamoDbApprovals(the_table(ApprovalApiSettings))


def desk() -> ApprovalDesk:
    """Return what takes answers."""
    return ApprovalDesk(the_table(ApprovalApiSettings), workflow(), utc_now)


@cache
def workflow() -> WaitingWorkflow:
    """Return the way back into the waiting workflow."""
    return WaitingWorkflow(step_functions_client())
