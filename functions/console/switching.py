"""Pausing the agent from the console, and letting it go on: by approvers, from a page of theirs.

What is stored is what `make pause` stores. People are told at once; where that fails, the next
cycle's report tells them.
"""

from collections.abc import Callable, Mapping

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from functions.console import automation
from functions.console.automation import ALREADY, PAUSE, RESUME, Sent
from functions.console.forms import came_from_a_page, fields_of
from functions.console.pages import Visit, message, render, see_other
from functions.console.stores import automation_switch
from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.composition import notifier
from qlik_monitor.domain.automation import MAX_WORDS, Automation
from qlik_monitor.domain.console_session import Role, SignIn
from qlik_monitor.domain.notification import about_automation
from qlik_monitor.domain.redaction import redact
from qlik_monitor.errors import NotificationFailed, StoreUnavailable
from qlik_monitor.observability import logger
from qlik_monitor.settings import ConsoleSettings

NOT_YOURS = message(
    "Nothing was done", "Pausing and resuming automation takes the role approver.", 403
)
NOT_FROM_A_PAGE = (
    "Nothing was done: the form was too old, or not from a page of yours. Send it again."
)
NO_REASON = "Nothing was done: please say why, for the others to read."
NOT_CHECKED = "Nothing was done: please tick that you have checked why it was paused."

Fields = Mapping[str, str]


def pause(event: APIGatewayProxyEvent, visit: Visit, visitor: SignIn) -> Response[str]:
    """Stop every restart from now on; needs a reason."""
    return _switched(event, visit, visitor, PAUSE)


def resume(event: APIGatewayProxyEvent, visit: Visit, visitor: SignIn) -> Response[str]:
    """Let the agent restart tasks again; needs a tick."""
    return _switched(event, visit, visitor, RESUME)


def _switched(
    event: APIGatewayProxyEvent, visit: Visit, visitor: SignIn, purpose: str
) -> Response[str]:
    if visitor.role is not Role.APPROVER:
        logger.warning("automation not switched", person=redact(visitor.name), reason="role")
        return render(NOT_YOURS, visit)
    fields = fields_of(event)
    reason = " ".join(fields.get("reason", "").split())
    sent = Sent(reason=reason[:MAX_WORDS])
    if not came_from_a_page(fields, visitor, purpose, visit.now):
        logger.warning("automation not switched", person=redact(visitor.name), reason="nonce")
        return _again(visit, sent, NOT_FROM_A_PAGE, 403)
    if problem := _PROBLEMS[purpose](fields, reason):
        return _again(visit, sent, problem, 400)
    switch = automation_switch()
    if purpose == PAUSE:
        after = switch.pause(visitor.name, reason, visit.now)
    else:
        after = switch.resume(visitor.name, visit.now)
    mine = (after.by, after.at) == (visitor.name, visit.now)
    if mine:
        _tell(switch, after)
    return see_other(f"{visit.root}console/automation{'' if mine else f'?was={ALREADY}'}")


def _pause_problem(_fields: Fields, reason: str) -> str:
    if len(reason) > MAX_WORDS:
        return (
            f"Nothing was done: the reason has {len(reason)} characters; {MAX_WORDS} are allowed."
        )
    # Characters that cannot be seen are no reason.
    return "" if any(character.isalnum() for character in reason) else NO_REASON


def _resume_problem(fields: Fields, _reason: str) -> str:
    return "" if fields.get("checked") == "yes" else NOT_CHECKED


_PROBLEMS: Mapping[str, Callable[[Fields, str], str]] = {
    PAUSE: _pause_problem,
    RESUME: _resume_problem,
}


def _again(visit: Visit, sent: Sent, problem: str, status_code: int) -> Response[str]:
    """Show the page again, with what was written and what is wrong with it."""
    update = {"problem": problem, "status_code": status_code}
    return render(automation.view({}, visit, sent.model_copy(update=update)), visit)


def _tell(switch: DynamoDbAutomation, state: Automation) -> None:
    logger.warning("automation switched", paused=state.paused, by=redact(state.by))
    try:
        notifier(ConsoleSettings).tell(about_automation(state))
        switch.told(state)
    except (NotificationFailed, StoreUnavailable) as error:
        # It is switched, and counts as untold: the report of the next cycle tells people.
        logger.error("automation not told", reason=str(error))
