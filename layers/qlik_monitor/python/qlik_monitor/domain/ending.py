"""Ending: whether an incident that people have is over, and why; never because of silence."""

from datetime import timedelta

from qlik_monitor.domain.anomaly import (
    Subject,
)
from qlik_monitor.domain.detection import BY_DESIGN
from qlik_monitor.domain.findings import Findings
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.progress import TaskProgress
from qlik_monitor.domain.task import (
    UNREACHABLE,
    FleetReading,
    ServerState,
    TaskId,
    TaskSnapshot,
    TaskState,
)

HEALTHY_READINGS = 2
"""So many readings in a row without a finding end an incident."""
RELAPSE_WINDOW = timedelta(hours=6)
QUIET_AFTER_RELAPSE = timedelta(minutes=30)
"""A task that went down twice within the window has to be well for so long: its next failure is
the same trouble, and not news."""


def over_because(incident: Incident, reading: FleetReading, findings: Findings) -> str | None:
    """Say why an incident is over, or None while it is not known to be."""
    subject = incident.subject
    unjudged = incident.kinds & findings.unjudged.get(subject, frozenset())
    if subject in findings.anomalies or unjudged or _is_unread(subject, reading):
        return None
    if not reading.servers or not _members_are_well(incident, reading, findings):
        return None
    if subject.endpoint is not None:
        return "the cause is gone"
    state = {server.name: server.state for server in reading.servers}.get(subject.server)
    if state in UNREACHABLE:
        return None
    if state is not ServerState.MONITORED:
        return "Qlik does not watch the server any more"
    return "the cause is gone" if subject.task is None else _task_over_because(incident, findings)


def _members_are_well(incident: Incident, reading: FleetReading, findings: Findings) -> bool:
    """Tell whether of no task behind an incident it is unknown how it fares, and none is ill.

    A task that is not there any more, or that Qlik does not watch, is not ill.
    """
    watched = {s.name for s in reading.servers if s.state is not ServerState.NOT_MONITORED}
    members = (TaskId.parse(name) for name in incident.members)
    subjects = [Subject(server=one.server, task=one.task) for one in members]
    return all(
        _is_well(subject, reading, findings) for subject in subjects if subject.server in watched
    )


def _is_well(subject: Subject, reading: FleetReading, findings: Findings) -> bool:
    if _is_unread(subject, reading) or subject in findings.unjudged:
        return False
    snapshot = findings.snapshots.get(subject)
    if snapshot is None:
        # Its server lists other tasks, so it is gone; a server that lists none says nothing.
        return subject.server in {seen.server for seen in findings.snapshots}
    if not is_at_rest(snapshot):
        return False
    runs = snapshot.state is TaskState.RUNNING
    return not runs or _is_steady(findings.progress_of(subject))


def _task_over_because(incident: Incident, findings: Findings) -> str | None:
    snapshot = findings.snapshots.get(incident.subject)
    if snapshot is None:
        emptied = incident.subject.server in findings.emptied
        return None if emptied else "the task is not there any more"
    left_standing = incident.stopped_by_agent and snapshot.state is TaskState.STOPPED
    if left_standing or not is_at_rest(snapshot):
        return None
    progress = findings.progress_of(incident.subject)
    # One good reading between bad ones is no recovery; a person's stop needs no second look.
    runs = snapshot.state is TaskState.RUNNING
    return "the cause is gone" if not runs or _is_steady(progress) else None


def _is_steady(progress: TaskProgress | None) -> bool:
    if progress is None or progress.healthy_since is None:
        return False
    now = progress.observed_at
    relapsed = sum(now - onset <= RELAPSE_WINDOW for onset in progress.onsets) > 1
    lasts = now - progress.healthy_since
    return progress.healthy_readings >= HEALTHY_READINGS and (
        not relapsed or lasts >= QUIET_AFTER_RELAPSE
    )


def _is_unread(subject: Subject, reading: FleetReading) -> bool:
    return any(
        item.server == subject.server and item.task in (None, subject.task)
        for item in reading.unread
    )


def is_at_rest(snapshot: TaskSnapshot) -> bool:
    """Tell whether a reading without anomalies really shows that no help is needed."""
    if snapshot.state is TaskState.RUNNING:
        return snapshot.details_read
    return snapshot.state is TaskState.STOPPED and snapshot.stop_reason in BY_DESIGN
