"""The pages of incidents: the open ones, what waits for a person, the closed ones, and each."""

import re
from datetime import datetime

from functions.console.decision import question_of
from functions.console.pages import View, Visit
from functions.console.stores import closed_incidents, incidents, open_incidents, trail
from qlik_monitor.adapters.dynamodb_accounts import read_account
from qlik_monitor.composition import the_table
from qlik_monitor.domain.audit_export import as_csv, cells_of
from qlik_monitor.domain.console_fleet import page_of
from qlik_monitor.domain.console_query import Query, QueryWrong, page_query
from qlik_monitor.domain.explanation import explain
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.open_incident import most_urgent
from qlik_monitor.domain.task import TaskId
from qlik_monitor.errors import IncidentNotFound
from qlik_monitor.settings import ConsoleSettings

A_PAGE = 25
PLACE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00#[\w-]{1,80}", re.ASCII)
INCIDENT_ID = re.compile(r"[\w-]{1,80}", re.ASCII)
MOST_TASKS = 50


def list_view(query: Query, visit: Visit) -> View:
    """Show a page of what is open, and a page of what is closed.

    The list's first page tells of both; the others are of the one or of the other.
    """
    before, number = query.get("before", ""), page_query(query)
    if before and not _is_place(before, visit.now):
        raise QueryWrong("before: expected a place that a page of this list linked to")
    # All are counted and put in order; only those of the page are read whole.
    opened = () if before else sorted(open_incidents().all(), key=most_urgent)
    page = page_of(opened, number)
    shown = list(zip(page.rows, incidents().read([one.id for one in page.rows]), strict=True))
    waiting = sum(one.waits for one in opened)
    is_first = page.number == 1
    closed = closed_incidents().before(before, visit.now, A_PAGE) if is_first else ()
    return View(
        template="incidents.html",
        title="Incidents",
        values={
            "page": page,
            "waiting": [incident for listed, incident in shown if listed.waits],
            "opened": [incident for listed, incident in shown if not listed.waits],
            "counts": {"waiting": waiting, "open": len(opened) - waiting},
            "closed": [one for _, one in closed],
            "before": before,
            "older": closed[-1][0] if len(closed) == A_PAGE else "",
        },
    )


def view(incident_id: str, visit: Visit) -> View:
    """Tell one incident from end to end; raises IncidentNotFound."""
    if not INCIDENT_ID.fullmatch(incident_id):
        raise IncidentNotFound("this is no incident's id")
    incident = incidents().get(incident_id)
    account = read_account(the_table(ConsoleSettings), incident, visit.now)
    explanation = explain(account)
    return View(
        template="incident.html",
        title=str(incident.subject),
        values={
            "incident": incident,
            "explanation": explanation,
            "question": question_of(account, explanation, visit),
            "tasks": _tasks_of(incident),
            "trail": [(one.at, cells_of(one)) for one in trail().of(incident.id)],
        },
    )


def trail_as_csv(incident_id: str) -> str:
    """Write the trail of an incident, which outlives it; raises IncidentNotFound."""
    if not INCIDENT_ID.fullmatch(incident_id):
        raise IncidentNotFound("this is no incident's id")
    entries = trail().of(incident_id)
    if not entries:
        # Nobody was asked about it, or there is none: then this raises.
        incidents().get(incident_id)
    return as_csv(entries)


def _tasks_of(incident: Incident) -> list[TaskId]:
    """Name the tasks that a page links to: its own, or those behind it."""
    if own := incident.subject.task_id:
        return [own]
    return [TaskId.parse(member) for member in incident.members[:MOST_TASKS]]


def _is_place(text: str, now: datetime) -> bool:
    """Tell whether a page of the list can have linked there: nothing is closed in the future."""
    if not PLACE.fullmatch(text):
        return False
    try:
        return datetime.fromisoformat(text.partition("#")[0]) <= now
    except ValueError:
        return False
