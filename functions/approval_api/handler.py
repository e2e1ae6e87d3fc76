"""Lambda `approval-api`: where answers come in, by link, from the console's form, and from chat.

    browser ──GET──▶ page: incident, evidence, proposal, form       (never acts)
            ──POST─▶ one conditional write ──▶ SendTaskSuccess ──▶ the workflow goes on

Input   an API Gateway proxy event
Output  HTML, not to be cached, framed or indexed; of the webhook JSON
"""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from functions.approval_api import outcome
from functions.approval_api.chat import webhook
from functions.approval_api.form import Form, Shown, read_form
from functions.approval_api.opening import desk, key_of_link, keys, opened
from functions.approval_api.pages import (
    Page,
    broken_page,
    elsewhere_page,
    expired_page,
    form_page,
    later_page,
    outcome_page,
    refused_page,
)
from qlik_monitor.adapters.approval_desk import Delivery, Taken
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.faults import FAULTS, described
from qlik_monitor.adapters.person_waits import a_person_waits
from qlik_monitor.adapters.same_site import comes_from_elsewhere, headers_of
from qlik_monitor.composition import settings, the_table, utc_now
from qlik_monitor.domain.approval import Answer, Approval, ApprovalStatus
from qlik_monitor.domain.approval_link import Invitation
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.audit import MAX_ADDRESS, MAX_AGENT, Origin
from qlik_monitor.domain.rewriting import demand_of
from qlik_monitor.errors import ApprovalLinkInvalid, IncidentNotFound, Retryable
from qlik_monitor.observability import logger, observed
from qlik_monitor.settings import ApprovalApiSettings

app = APIGatewayRestResolver()
ROUTE = "/approvals/<link_id>"


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request."""
    with a_person_waits(context.get_remaining_time_in_millis()):
        return app.resolve(event, context)


@app.route(ROUTE, method=["GET", "HEAD"])
def show(link_id: str) -> Response[str]:
    """Show what there is to decide, or what was decided; change nothing."""
    try:
        return _response(_page(opened(app.current_event, link_id), utc_now()))
    except ApprovalLinkInvalid as error:
        return _refused(error)


@app.post(ROUTE)
def decide(link_id: str) -> Response[str]:
    """Take an answer, once, and hand on what it decides."""
    try:
        invitation = opened(app.current_event, link_id)
    except ApprovalLinkInvalid as error:
        return _refused(error)
    if comes_from_elsewhere(app.current_event, settings(ApprovalApiSettings).approval_base_url):
        logger.warning("approval form from elsewhere", approval=invitation.approval.id)
        return _response(elsewhere_page())
    now = utc_now()
    if _is_open_to(invitation, now):
        return _response(_answered(invitation, now))
    if invitation.approval.status is ApprovalStatus.PENDING:
        return _response(_page(invitation, now))
    return _response(_handed_on(invitation, now))


@app.post("/webhook")
def answer_from_chat() -> Response[str]:
    """Take an answer that a chat tool signed."""
    return webhook(app.current_event)


@app.not_found
def refuse(_error: NotFoundError) -> Response[str]:
    """Refuse an address that is no link as any wrong link is refused, after the same work."""
    return show("")


@app.exception_handler(IncidentNotFound)  # type: ignore[untyped-decorator]
def say_gone(error: IncidentNotFound) -> Response[str]:
    """Refuse a link whose incident is not kept any more."""
    logger.warning("approval link refused", reason=str(error))
    return _response(refused_page())


@app.exception_handler(Retryable)  # type: ignore[untyped-decorator]
def say_later(error: Retryable) -> Response[str]:
    """Say that nothing can be read or written just now, without a stack trace."""
    logger.error("approval page failed", error=type(error).__name__, reason=str(error))
    return _response(later_page())


@app.exception_handler(list(FAULTS))  # type: ignore[untyped-decorator]
def say_broken(error: Exception) -> Response[str]:
    """Say that somebody has to mend something first."""
    logger.error("approval page failed", error=type(error).__name__, reason=described(error))
    return _response(broken_page())


def _answered(invitation: Invitation, now: datetime) -> Page:
    """Read the form, and take its answer unless something is wrong with it."""
    approval = invitation.approval
    incident = DynamoDbIncidents(the_table(ApprovalApiSettings)).get(approval.incident_id)
    shown = Shown(invitation=invitation, demand=demand_of(incident, approval), keys=keys(), now=now)
    form = read_form(app.current_event, shown)
    if form.problem:
        return _page(invitation, now, form)
    answer = Answer(
        by=invitation.approver,
        status=form.status,
        at=now,
        way=invitation.way,
        comment=form.comment,
    )
    return _told(desk().take(approval, answer, _origin(form, invitation)), invitation)


def _handed_on(invitation: Invitation, now: datetime) -> Page:
    """Hand on what is decided and reached nobody yet, for a person who says so again."""
    approval = invitation.approval
    shown = Shown(invitation=invitation, demand=None, keys=keys(), now=now)
    form = read_form(app.current_event, shown)
    if approval.delivered or form.problem:
        return _page(invitation, now)
    return _told(desk().again(approval, form.status), invitation)


def _page(invitation: Invitation, now: datetime, form: Form | None = None) -> Page:
    approval, account = invitation.approval, outcome.account_of(invitation.approval)
    if approval.is_expired(now):
        return expired_page(account, invitation)
    key = key_of_link(app.current_event)
    if not _is_open_to(invitation, now):
        return outcome_page(account, invitation, _as_it_stands(approval), key)
    void = desk().void_because(account.incident, approval)
    return form_page(account, invitation, form or Form(), key, void)


def _as_it_stands(approval: Approval) -> Taken:
    if approval.status is ApprovalStatus.PENDING:
        return Taken(approval=approval, delivery="not_due")
    delivery: Delivery = "taken" if approval.delivered else "not_delivered"
    return Taken(approval=approval, delivery=delivery)


def _told(taken: Taken, invitation: Invitation) -> Page:
    """Tell what was decided, and what came of it where that is known within seconds."""
    account = outcome.account_after(taken)
    now = invitation.model_copy(update={"approval": taken.approval})
    return outcome_page(account, now, taken, key_of_link(app.current_event))


def _is_open_to(invitation: Invitation, now: datetime) -> bool:
    """Tell whether this approver can still answer."""
    approval = invitation.approval
    is_open = approval.status is ApprovalStatus.PENDING and not approval.is_expired(now)
    return is_open and approval.answer_of(invitation.approver) is None


def _origin(form: Form, invitation: Invitation) -> Origin:
    event = app.current_event
    agent = next(iter(headers_of(event, "user-agent")), "")
    if invitation.visitor and invitation.approver == ANYONE:
        # Nobody in particular was asked, so the name of the session is a remark.
        agent = f"console: {invitation.visitor.name}"
    address = event.request_context.identity.source_ip or ""
    return Origin(
        way=invitation.way, address=address[:MAX_ADDRESS], agent=agent[:MAX_AGENT], seen=form.seen
    )


def _refused(error: ApprovalLinkInvalid) -> Response[str]:
    logger.warning("approval link refused", reason=str(error))
    return _response(refused_page())


def _response(page: Page) -> Response[str]:
    return Response(
        status_code=page.status_code,
        content_type="text/html; charset=utf-8",
        headers=page.headers,
        body=page.html,
    )
