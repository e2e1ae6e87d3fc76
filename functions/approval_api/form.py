"""What an approver sends: a decision and a comment."""

from urllib.parse import parse_qs

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from qlik_monitor.domain.approval import ApprovalStatus
from qlik_monitor.domain.model import Frozen

MAX_COMMENT = 500
MAX_BODY = 8192
DECISIONS = {"approve": ApprovalStatus.APPROVED, "reject": ApprovalStatus.REJECTED}


class Form(Frozen):
    """A read form; with a problem nothing may be done."""

    status: ApprovalStatus = ApprovalStatus.PENDING
    comment: str = ""
    problem: str = ""


def read_form(event: APIGatewayProxyEvent) -> Form:
    """Read a posted form; name what is wrong with it."""
    try:
        body = event.decoded_body or ""
        if len(body) > MAX_BODY:
            return Form(problem=f"The form is larger than {MAX_BODY} characters.")
        fields = parse_qs(body, keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return Form(problem="The form could not be read.")
    decision = fields.get("decision", [""])[0]
    comment = fields.get("comment", [""])[0].strip()
    if len(comment) > MAX_COMMENT:
        return Form(
            comment=comment[:MAX_COMMENT],
            problem=f"The comment has {len(comment)} characters; {MAX_COMMENT} are allowed.",
        )
    if decision not in DECISIONS:
        return Form(comment=comment, problem="Please choose approve or reject.")
    return Form(status=DECISIONS[decision], comment=comment)
