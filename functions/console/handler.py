"""Lambda `console`: the fleet, its incidents and the agent itself, for those who signed in.

    link from `make console-link` ──GET──▶ a button ──POST──▶ cookie of a session ──▶ the pages
    OpenID Connect provider, where one is set (oidc.py) ───────────────▲

It reads the table, and writes sign-ins and the switch of automation alone; its decision form is
sent to `approval_api`.

Input   an API Gateway proxy event
Output  HTML and CSV, not to be cached, framed or indexed; static files, to be kept for ever
"""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from functions.console import automation, fleet, health, incidents, oidc, switching, task
from functions.console.forms import fields_of
from functions.console.pages import View, Visit, download, message, render, see_other, serve
from functions.console.sessions import (
    comes_from_elsewhere,
    cookie_for,
    no_cookie,
    sign_ins,
    visitor_of,
)
from functions.console.static_files import static_file
from functions.console.way_in import how_to_sign_in, not_signed_in
from qlik_monitor.adapters.faults import FAULTS, TOLD, described
from qlik_monitor.adapters.person_waits import a_person_waits
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.console_query import QueryWrong
from qlik_monitor.domain.console_session import LINK_SECRET, LinkState, SignIn, id_of, state_of
from qlik_monitor.errors import IncidentNotFound, Retryable
from qlik_monitor.observability import logger, observed

app = APIGatewayRestResolver()
app.include_router(oidc.router)
LOOK = ["GET", "HEAD"]
NOT_FOUND = message("Nothing is here", "There is no such page, or it is no longer kept.", 404)
FROM_ELSEWHERE = message("Nothing was done", "The form was sent by another site.", 403)
LATER = message(
    "Not just now", "What the page shows cannot be read just now. Try again in a minute.", 503
)
BROKEN = message("This has to be mended first", TOLD, 503)
Query = dict[str, str]


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request."""
    with a_person_waits(context.get_remaining_time_in_millis()):
        return app.resolve(event, context)


@app.route("/console", method=LOOK)
def show_fleet() -> Response[str]:
    """Every task, worst first."""
    return _shown(fleet.view)


@app.route("/console/task", method=LOOK)
def show_task() -> Response[str]:
    """One task over days."""
    return _shown(task.view)


@app.route("/console/incidents", method=LOOK)
def show_incidents() -> Response[str]:
    """Open incidents, and the closed ones page by page."""
    return _shown(incidents.list_view)


@app.route("/console/incidents/<incident_id>", method=LOOK)
def show_incident(incident_id: str) -> Response[str]:
    """One incident's story."""
    return _shown(lambda _query, visit: incidents.view(incident_id, visit))


@app.route("/console/incidents/<incident_id>/audit.csv", method=LOOK)
def export_trail(incident_id: str) -> Response[str]:
    """One incident's audit trail, for a spreadsheet."""
    name = f"audit-{incident_id}.csv"
    return _sent(lambda _query, _visit: download(name, incidents.trail_as_csv(incident_id)))


@app.route("/console/automation", method=LOOK)
def show_automation() -> Response[str]:
    """What may run alone, and what is held back."""
    return _shown(automation.view)


@app.post("/console/automation/pause")
def pause_automation() -> Response[str]:
    """Stop every restart at once."""
    return _done(switching.pause)


@app.post("/console/automation/resume")
def resume_automation() -> Response[str]:
    """Let the agent go on."""
    return _done(switching.resume)


@app.route("/console/automation/pause", method=LOOK)
@app.route("/console/automation/resume", method=LOOK)
def show_form_of_automation() -> Response[str]:
    """Lead whoever opens a form's address, as after a session that ended, to the form's page."""
    return _sent(lambda _query, visit: see_other(f"{visit.root}console/automation"))


@app.route("/console/health", method=LOOK)
def show_health() -> Response[str]:
    """The agent itself."""
    return _shown(health.view)


@app.route("/console/static/<name>", method=LOOK)
def send_static(name: str) -> Response[str]:
    """A file that pages load; it needs no session, as the sign-in page loads it too."""
    file = static_file(name)
    return serve(file) if file else render(NOT_FOUND, _visit(signed_in=False))


@app.route("/console/sign-in/<secret>", method=LOOK)
def show_sign_in(secret: str) -> Response[str]:
    """Show a button: whoever only follows links signs nobody in."""
    return render(_sign_in_view(_link_state(secret)), _visit(signed_in=False))


@app.post("/console/sign-in/<secret>")
def sign_in(secret: str) -> Response[str]:
    """Begin a session, once."""
    visit = _visit(signed_in=False)
    if comes_from_elsewhere(app.current_event):
        return render(FROM_ELSEWHERE, visit)
    known = LINK_SECRET.fullmatch(secret)
    began = sign_ins().use(id_of(secret), visit.now) if known else None
    if began is None:
        state = _link_state(secret)
        logger.warning("console sign-in refused", state=state.value)
        # Another request of this very moment may have used it.
        return render(_sign_in_view(LinkState.USED if state is LinkState.GOOD else state), visit)
    logger.info("console signed in", role=began.role.value, person=began.name)
    response = see_other(f"{visit.root}console")
    response.cookies = [cookie_for(began)]
    return response


@app.route("/console/sign-out", method=LOOK)
def show_signed_out() -> Response[str]:
    """Lead whoever opens the form's address to the fleet."""
    return _sent(lambda _query, visit: see_other(f"{visit.root}console"))


@app.post("/console/sign-out")
def sign_out() -> Response[str]:
    """End the session for everybody who holds its cookie."""
    visit = _visit()
    if comes_from_elsewhere(app.current_event):
        return render(FROM_ELSEWHERE, visit)
    if visit.visitor:
        sign_ins().end(visit.visitor.id)
        logger.info("console signed out", role=visit.visitor.role.value, person=visit.visitor.name)
    view = View(template="signed_out.html", title="Signed out", values=how_to_sign_in(visit))
    response = render(view, visit.model_copy(update={"visitor": None}))
    response.cookies = [no_cookie()]
    return response


@app.not_found
def find_nothing(_error: NotFoundError) -> Response[str]:
    """Answer any other address; who has no session is not told which addresses there are."""
    return _shown(lambda _query, _visit: NOT_FOUND)


@app.exception_handler(Retryable)  # type: ignore[untyped-decorator]
def say_later(error: Retryable) -> Response[str]:
    """Say that the page cannot be made now, without a stack trace."""
    logger.error("console page failed", error=type(error).__name__, reason=str(error))
    return render(LATER, Visit(path=app.current_event.path, now=utc_now()))


@app.exception_handler(list(FAULTS))  # type: ignore[untyped-decorator]
def say_broken(error: Exception) -> Response[str]:
    """Say that somebody has to mend something first."""
    logger.error("console page failed", error=type(error).__name__, reason=described(error))
    return render(BROKEN, Visit(path=app.current_event.path, now=utc_now()))


def _shown(view_of: Callable[[Query, Visit], View]) -> Response[str]:
    """Show a view to somebody who signed in, and to others how to."""
    return _sent(lambda query, visit: render(view_of(query, visit), visit))


def _sent(answer_of: Callable[[Query, Visit], Response[str]]) -> Response[str]:
    """Send an answer to somebody who signed in, and to others how to."""
    visit = _visit()
    sent = app.current_event.query_string_parameters or {}
    query = {name: value for name, value in sent.items() if value is not None}
    if visit.visitor is None:
        return render(not_signed_in(visit, query), visit)
    try:
        return answer_of(query, visit)
    except QueryWrong as error:
        return render(message("This address makes no sense", str(error), 400), visit)
    except IncidentNotFound:
        return render(NOT_FOUND, visit)


def _done(act: Callable[[APIGatewayProxyEvent, Visit, SignIn], Response[str]]) -> Response[str]:
    """Do what a form asks for somebody who signed in and whom no other site sent."""
    visit = _visit()
    if comes_from_elsewhere(app.current_event):
        return render(FROM_ELSEWHERE, visit)
    if visit.visitor is None:
        typed = fields_of(app.current_event).get("reason", "")
        return render(not_signed_in(visit, {}, typed), visit)
    return act(app.current_event, visit, visit.visitor)


def _visit(*, signed_in: bool = True) -> Visit:
    now = utc_now()
    visitor = visitor_of(app.current_event, now) if signed_in else None
    return Visit(path=app.current_event.path, now=now, visitor=visitor)


def _link_state(secret: str) -> LinkState:
    # What cannot be a link is not looked for.
    known = sign_ins().get(id_of(secret)) if LINK_SECRET.fullmatch(secret) else None
    return state_of(known, utc_now())


def _sign_in_view(state: LinkState) -> View:
    status_code = {LinkState.GOOD: 200, LinkState.UNKNOWN: 403}.get(state, 410)
    title = "Sign in" if state is LinkState.GOOD else "This link signs nobody in"
    return View(
        template="sign_in.html", title=title, values={"state": state.value}, status_code=status_code
    )
