"""Lambda `approval-api`: the page behind an approval link.

    browser ──GET──▶ page: incident, evidence, proposal, form       (never acts)
            ──POST─▶ one conditional write ──▶ SendTaskSuccess ──▶ the workflow goes on

Input   an API Gateway proxy event
Output  HTML, not to be cached, framed or indexed
"""

import re
from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from functions.approval_api.form import Form, read_form
from functions.approval_api.pages import (
    Delivery,
    Page,
    expired_page,
    form_page,
    outcome_page,
    refused_page,
)
from qlik_monitor.adapters.dynamodb_accounts import read_account, recognised_by
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.secrets import signing_key
from qlik_monitor.adapters.step_functions import WaitingWorkflow, step_functions_client
from qlik_monitor.composition import settings, the_table, utc_now
from qlik_monitor.domain.approval import Approval, ApprovalStatus, LinkParameters, check_link
from qlik_monitor.domain.explanation_parts import Account
from qlik_monitor.domain.rewriting import demand_of
from qlik_monitor.errors import (
    ApprovalLinkExpired,
    ApprovalLinkInvalid,
    DecisionNotDelivered,
    StoreUnavailable,
)
from qlik_monitor.observability import count, logger, observed
from qlik_monitor.settings import ApprovalApiSettings

app = APIGatewayRestResolver()
ROUTE = "/approvals/<approval_id>"
APPROVAL_ID = re.compile(r"[A-Za-z0-9_-]{24}")


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request."""
    return app.resolve(event, context)


@app.route(ROUTE, method=["GET", "HEAD"])
def show(approval_id: str) -> Response[str]:
    """Show what there is to decide, or what was decided; change nothing."""
    try:
        approval = _checked(approval_id)
    except ApprovalLinkExpired as error:
        return _response(expired_page(str(error)))
    except ApprovalLinkInvalid:
        return _response(refused_page())
    return _response(_page(approval))


@app.post(ROUTE)
def decide(approval_id: str) -> Response[str]:
    """Take the first decision, and hand it to the workflow."""
    try:
        approval = _checked(approval_id)
    except ApprovalLinkExpired as error:
        return _response(expired_page(str(error)))
    except ApprovalLinkInvalid:
        return _response(refused_page())
    if approval.status is ApprovalStatus.PENDING:
        incident = DynamoDbIncidents(the_table(ApprovalApiSettings)).get(approval.incident_id)
        form = read_form(app.current_event, demand_of(incident, approval))
        if form.problem:
            return _response(_page(approval, form))
        approval = _approvals().decide(approval.id, form.status, form.comment, utc_now())
        count("ApprovalsDecided")
        logger.info("approval decided", approval=approval.id, status=approval.status.value)
    return _response(_delivered(approval))


def _delivered(approval: Approval) -> Page:
    """Hand a stored decision to the workflow unless that is done; trying again is harmless."""
    if approval.delivered:
        return _page(approval)
    token = _approvals().task_token(approval.id)
    try:
        taken = _workflow().go_on(token, approval.status.value)
    except DecisionNotDelivered as error:
        logger.error("decision not delivered", approval=approval.id, reason=str(error))
        return outcome_page(_account(approval), approval, "not_delivered")
    if not taken:
        # Someone may have clicked twice: then the other request has handed it on.
        logger.warning("nobody waits for the decision", approval=approval.id)
        now = _approvals().get(approval.id)
        delivery: Delivery = "taken" if now and now.delivered else "too_late"
        return outcome_page(_account(approval), approval, delivery)
    _approvals().delivered(approval.id)
    return outcome_page(_account(approval), approval, "taken")


def _page(approval: Approval, form: Form | None = None) -> Page:
    account = _account(approval)
    if approval.status is ApprovalStatus.PENDING:
        return form_page(account, approval, form or Form())
    return outcome_page(account, approval, "taken" if approval.delivered else "not_delivered")


def _account(approval: Approval) -> Account:
    table, now = the_table(ApprovalApiSettings), utc_now()
    incident = DynamoDbIncidents(table).get(approval.incident_id)
    try:
        return read_account(table, incident, now)
    except StoreUnavailable as error:
        # Who has to answer needs the page more than all of its past; what lacks is told there.
        logger.warning("past not read", approval=approval.id, reason=str(error))
        known = {approval.id: approval}
        told = recognised_by(incident)
        return Account(
            incident=incident, restarts=None, approvals=known, recognised_by=told, now=now
        )


def _checked(approval_id: str) -> Approval:
    query = app.current_event.query_string_parameters or {}
    link = LinkParameters(
        expires=query.get("e", ""), key_id=query.get("k", ""), signature=query.get("s", "")
    )
    key = signing_key(settings(ApprovalApiSettings).approval_secret_arn)
    # What cannot be an id is not looked for, but checked all the same.
    approval = _approvals().get(approval_id) if APPROVAL_ID.fullmatch(approval_id) else None
    return check_link(approval, link, key, utc_now())


def _approvals() -> DynamoDbApprovals:
    return DynamoDbApprovals(the_table(ApprovalApiSettings))


@cache
def _workflow() -> WaitingWorkflow:
    return WaitingWorkflow(step_functions_client())


def _response(page: Page) -> Response[str]:
    return Response(
        status_code=page.status_code,
        content_type="text/html; charset=utf-8",
        headers=page.headers,
        body=page.html,
    )
