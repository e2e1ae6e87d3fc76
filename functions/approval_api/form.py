"""What an approver sends: a decision, a comment, and the digits that the page shows."""

from collections.abc import Mapping
from datetime import datetime

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from qlik_monitor.adapters.posted_form import fields_of
from qlik_monitor.domain.approval import MAX_COMMENT, ApprovalStatus
from qlik_monitor.domain.approval_link import Invitation
from qlik_monitor.domain.decision_form import is_of_form
from qlik_monitor.domain.form_nonce import code_of
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.rewriting import Demand
from qlik_monitor.domain.signing_key import SigningKey

MOST_FIELDS = 12
DECISIONS = {"approve": ApprovalStatus.APPROVED, "reject": ApprovalStatus.REJECTED}
STALE = (
    "This page lay open for too long, or the form did not come from it. "
    "Nothing was decided. Here is the page as things stand now."
)


class Form(Frozen):
    """A read form; with a problem nothing may be done."""

    status: ApprovalStatus = ApprovalStatus.PENDING
    comment: str = ""
    typed: str = ""
    seen: str = ""
    """Names what the page showed, as the page itself said."""
    problem: str = ""


class Shown(Frozen):
    """Who a form was shown to, and what has to be typed into it."""

    invitation: Invitation
    demand: Demand | None
    keys: tuple[SigningKey, ...]
    now: datetime


def read_form(event: APIGatewayProxyEvent, shown: Shown) -> Form:
    """Read a posted form; name what is wrong with it, or what the decision lacks."""
    try:
        fields = fields_of(event, MOST_FIELDS)
    except ValueError as error:
        return Form(problem=str(error))
    form = _read(fields)
    if form.problem:
        return form
    lacking = _not_from_the_page(fields, form, shown) or _lacking(form, shown.demand)
    return form.model_copy(update={"problem": lacking})


def _read(fields: Mapping[str, str]) -> Form:
    decision = fields.get("decision", "")
    # A browser counts a line's end as one character, and sends two.
    comment = fields.get("comment", "").replace("\r\n", "\n").strip()
    typed = fields.get("typed", "")
    if len(comment) > MAX_COMMENT:
        return Form(
            comment=comment[:MAX_COMMENT],
            typed=typed,
            problem=f"The comment has {len(comment)} characters; {MAX_COMMENT} are allowed.",
        )
    if decision not in DECISIONS:
        return Form(comment=comment, typed=typed, problem="Please choose approve or reject.")
    return Form(
        status=DECISIONS[decision],
        comment=comment,
        typed=typed,
        seen=fields.get("seen", ""),
    )


def _not_from_the_page(fields: Mapping[str, str], form: Form, shown: Shown) -> str:
    nonce = fields.get("nonce", "")
    if not is_of_form(nonce, shown.invitation, form.seen, shown.keys, shown.now):
        return STALE
    if "".join(fields.get("code", "").split()) != code_of(nonce):
        return "To decide, type the four digits that stand above the buttons. Nothing was decided."
    return ""


def _lacking(form: Form, demand: Demand | None) -> str:
    """Say what keeps an approval of a reload from counting; empty when nothing does."""
    if form.status is not ApprovalStatus.APPROVED or demand is None:
        return ""
    if not demand.text:
        return "The incident names nothing to rewrite, so it cannot be approved. Please reject it."
    if not demand.is_met_by(form.typed):
        return (
            f"To approve, type exactly {demand.text} - capital letters and spaces count. "
            "Nothing was decided."
        )
    # Characters that cannot be seen are no reason.
    if not any(character.isalnum() for character in form.comment):
        return "To approve, please give a reason. Nothing was decided."
    return ""
