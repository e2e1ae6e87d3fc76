"""Finds the incident that a person means: by id, by the beginning of one, or by its subject."""

from collections.abc import Callable

from local.history.command import NothingFound
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.task import TaskId
from qlik_monitor.errors import IncidentNotFound

NAMED = 5
"""So many incidents are named where several fit, or none does."""
ALLOWED = (
    "INCIDENT takes an incident's id as messages tell it, the beginning of an open one's, "
    "'server/task', a server, or 'endpoint NAME'"
)


def newest_first(incidents: DynamoDbIncidents) -> tuple[Incident, ...]:
    """Return every open incident, the one that was opened last first."""
    return tuple(sorted(incidents.all_open(), key=lambda one: one.opened_at, reverse=True))


def find_incident(
    wanted: str, incidents: DynamoDbIncidents, restarts: DynamoDbRestarts
) -> Incident:
    """Return the incident that is meant; raises NothingFound and StoreUnavailable."""
    if "/" not in wanted and (found := _by_id(wanted, incidents)):
        return found
    opened = newest_first(incidents)
    for fits in _tests(wanted):
        matching = [one for one in opened if fits(one)]
        if len(matching) > 1:
            raise NothingFound(f"{wanted!r} fits {_listed(matching)}: say more of one")
        if matching:
            return matching[0]
    if found := _by_restart(wanted, incidents, restarts):
        return found
    known = f"open are {_listed(list(opened))}" if opened else "no incident is open"
    raise NothingFound(f"no incident is found by {wanted!r}. {ALLOWED}; {known}")


def _tests(wanted: str) -> tuple[Callable[[Incident], bool], ...]:
    folded = wanted.casefold()
    return (
        lambda one: str(one.subject) == wanted,
        lambda one: str(one.subject).casefold() == folded,
        lambda one: one.id.casefold().startswith(folded),
        lambda one: str(one.subject).casefold().startswith(folded),
        # A task that went down with its endpoint has no incident of its own.
        lambda one: wanted in one.members,
    )


def _by_id(incident_id: str, incidents: DynamoDbIncidents) -> Incident | None:
    try:
        return incidents.get(incident_id)
    except IncidentNotFound:
        return None


def _by_restart(
    wanted: str, incidents: DynamoDbIncidents, restarts: DynamoDbRestarts
) -> Incident | None:
    """Find a closed incident of a task through its newest restart: nothing else leads there."""
    try:
        task = TaskId.parse(wanted)
    except ValueError:
        return None
    history = restarts.of(task)
    return _by_id(history[-1].incident_id, incidents) if history else None


def _listed(incidents: list[Incident]) -> str:
    named = ", ".join(f"{one.id} ({one.subject})" for one in incidents[:NAMED])
    more = len(incidents) - NAMED
    return f"{named} and {more} more" if more > 0 else named
