"""Who is asking: whether a link is genuine and its approver still one, or who has signed in."""

import re
from collections.abc import Sequence
from functools import cache

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from qlik_monitor.adapters.approval_desk import ApprovalDesk
from qlik_monitor.adapters.console_sessions import cookie_name, cookies_in, session_of
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_sign_ins import DynamoDbSignIns
from qlik_monitor.adapters.secrets import console_key, signing_keys
from qlik_monitor.adapters.step_functions import WaitingWorkflow, step_functions_client
from qlik_monitor.composition import settings, the_table, utc_now
from qlik_monitor.domain.approval import APPROVAL_LETTERS, is_strong
from qlik_monitor.domain.approval_link import (
    APPROVER_LETTERS,
    Invitation,
    LinkParameters,
    check_link,
)
from qlik_monitor.domain.console_answer import invitation_of
from qlik_monitor.domain.console_session import SignIn
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.errors import ApprovalLinkInvalid
from qlik_monitor.settings import ApprovalApiSettings

APPROVAL_ID = re.compile(rf"[A-Za-z0-9_-]{{{APPROVAL_LETTERS}}}")
LINK_LETTERS = APPROVAL_LETTERS + APPROVER_LETTERS
LINK_ID = re.compile(rf"[A-Za-z0-9_-]{{{LINK_LETTERS}}}")
NO_ID = "-" * LINK_LETTERS
"""Looked for in place of what cannot be an id, so that both take as long."""
MAX_PART = 64
"""Longer than any part of ours."""


def opened(event: APIGatewayProxyEvent, link_id: str) -> Invitation:
    """Return where a genuine link, or a session of the console, leads.

    Raises ApprovalLinkInvalid, and no more is told.
    """
    # An approval's id alone is what the console's form is sent to. Without a session it is taken
    # for a broken link, and costs as much.
    visitor = visitor_of(event) if APPROVAL_ID.fullmatch(link_id) else None
    return _by_session(link_id, visitor) if visitor else _by_link(event, link_id)


def _by_session(approval_id: str, visitor: SignIn) -> Invitation:
    approval = approvals().get(approval_id)
    rules = settings(ApprovalApiSettings).panel_rules()
    invitation = invitation_of(approval, visitor, rules) if approval else None
    if invitation is None:
        raise ApprovalLinkInvalid(f"{visitor.name} ({visitor.role.value}) was not asked this")
    return invitation


def _by_link(event: APIGatewayProxyEvent, link_id: str) -> Invitation:
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


def visitor_of(event: APIGatewayProxyEvent) -> SignIn | None:
    """Return whose session of the console a request belongs to."""
    chosen = settings(ApprovalApiSettings)
    # Without a cookie nothing is computed: a broken link of this length costs what others do.
    if not any(cookies_in(event, cookie_name(chosen.approval_base_url))):
        return None
    key = console_key(chosen.approval_secret_arn)
    sign_ins = DynamoDbSignIns(the_table(ApprovalApiSettings))
    return session_of(event, key, sign_ins, chosen.approval_base_url, utc_now())


def _is_id(link_id: str, event: APIGatewayProxyEvent) -> bool:
    # The route's pattern lets a line's end pass behind the id.
    return bool(LINK_ID.fullmatch(link_id)) and event.path.endswith(link_id)


def _part(event: APIGatewayProxyEvent, name: str) -> str:
    """Return a part of the link; one that is there twice, or too long to be ours, is none."""
    one, many = event.query_string_parameters or {}, event.multi_value_query_string_parameters or {}
    sent: Sequence[str | None] = many.get(name) or [one.get(name)]
    values = [value for value in sent if value is not None]
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
