"""The first parts of an explanation: what is wrong, and which class of error it is."""

from collections.abc import Iterator

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.anomaly import Anomaly
from qlik_monitor.domain.explanation_parts import Account, Section, section
from qlik_monitor.domain.explanation_words import SO_WHAT, counted, moment, named
from qlik_monitor.domain.handbook import MEANING, sensible_for
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.invisible import shown
from qlik_monitor.domain.policy import mends_a_table
from qlik_monitor.domain.task import Endpoint, TaskSnapshot

Rows = Iterator[tuple[str, str]]
SHOWN_OF_SNAPSHOT = frozenset({"state", "stop reason", "last message"})
"""Evidence that the rows of the reading show in its newest form."""


def facts(account: Account) -> Section:
    """Tell what is wrong, with the readings that say so."""
    incident = account.incident
    lists = {
        "Findings": [_finding(one) for one in incident.anomalies],
        f"It is behind {counted(len(incident.members), 'task')}": map(shown, incident.members),
    }
    return section("facts", "What is wrong", _facts(account), lists)


def _facts(account: Account) -> Rows:
    incident = account.incident
    yield "Opened", moment(incident.opened_at, account.now)
    if incident.snapshot:
        yield from _reading(incident.snapshot, account)
    yield from _evidence(incident)


def _reading(snapshot: TaskSnapshot, account: Account) -> Rows:
    yield "State", snapshot.state.value
    yield "Stop reason", snapshot.stop_reason.value
    yield "Last message", snapshot.message or "(none)"
    yield "Source", _endpoint(snapshot.source_endpoint)
    yield "Target", _endpoint(snapshot.target_endpoint)
    yield "Tags", ", ".join(snapshot.tags)
    yield "Read at", moment(snapshot.observed_at, account.now)
    if not snapshot.details_read:
        yield "Details", "could not be read: what is not shown here is unknown, not well"
    yield "In another form than known", "; ".join(snapshot.unknown_fields)


def _evidence(incident: Incident) -> Rows:
    shown = SHOWN_OF_SNAPSHOT if incident.snapshot else frozenset()
    readings = [one for anomaly in incident.anomalies for one in anomaly.evidence]
    # Several findings rest on the same readings, and each is told once.
    for name, value in dict.fromkeys((one.name, one.value) for one in readings):
        if name not in shown:
            yield name[:1].upper() + name[1:], value


def _endpoint(endpoint: Endpoint | None) -> str:
    if endpoint is None:
        return "unknown"
    return f"{endpoint.name} ({endpoint.type})" if endpoint.type else endpoint.name


def _finding(anomaly: Anomaly) -> str:
    where = f", {anomaly.where.value}" if anomaly.where else ""
    return f"{named(anomaly.kind)} ({anomaly.severity.value}{where}): {anomaly.summary}"


def error_class(account: Account) -> Section:
    """Tell the class of the error, and what can make sense for it."""
    incident = account.incident
    kind = incident.error_class
    rows = (
        ("Class", named(kind)),
        ("It means", f"{MEANING[kind]}: {SO_WHAT[kind]}"),
        ("Recognised by", account.recognised_by),
        ("Makes sense for it", _sensible(incident)),
        ("All else", "is refused, whoever proposes it"),
    )
    return section("class", "Class of the error", rows)


def _sensible(incident: Incident) -> str:
    actions = [named(action) for action in sensible_for(incident.error_class)]
    if incident.snapshot and mends_a_table(incident.snapshot, incident.error_class):
        actions.append(f"{named(Action.RELOAD_TABLE)}, as tables are in error")
    return ", ".join(actions)
