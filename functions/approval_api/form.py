"""What an approver sends: a decision and a comment; for a reload also the name of what it rewrites.

A field that is sent twice counts as not sent: of two answers neither is sure to be meant.
"""

from urllib.parse import parse_qs

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from qlik_monitor.domain.approval import ApprovalStatus
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.rewriting import Demand

MAX_COMMENT = 500
MAX_BODY = 8192
DECISIONS = {"approve": ApprovalStatus.APPROVED, "reject": ApprovalStatus.REJECTED}


class Form(Frozen):
    """A read form; with a problem nothing may be done."""

    status: ApprovalStatus = ApprovalStatus.PENDING
    comment: str = ""
    typed: str = ""
    problem: str = ""


def read_form(event: APIGatewayProxyEvent, demand: Demand | None = None) -> Form:
    """Read a posted form; name what is wrong with it, or what a reload's approval lacks."""
    try:
        body = event.decoded_body or ""
        if len(body) > MAX_BODY:
            return Form(problem=f"The form is larger than {MAX_BODY} characters.")
        fields = parse_qs(body, keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return Form(problem="The form could not be read.")
    form = _read(fields)
    if form.status is not ApprovalStatus.APPROVED or demand is None:
        return form
    return form.model_copy(update={"problem": _lacking(form, demand)})


def _read(fields: dict[str, list[str]]) -> Form:
    decision, comment = _one(fields, "decision"), _one(fields, "comment").strip()
    if len(comment) > MAX_COMMENT:
        return Form(
            comment=comment[:MAX_COMMENT],
            problem=f"The comment has {len(comment)} characters; {MAX_COMMENT} are allowed.",
        )
    if decision not in DECISIONS:
        return Form(comment=comment, problem="Please choose approve or reject.")
    return Form(status=DECISIONS[decision], comment=comment, typed=_one(fields, "typed"))


def _one(fields: dict[str, list[str]], name: str) -> str:
    values = fields.get(name, [])
    return values[0] if len(values) == 1 else ""


def _lacking(form: Form, demand: Demand) -> str:
    """Say what keeps an approval of a reload from counting; empty when nothing does."""
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
