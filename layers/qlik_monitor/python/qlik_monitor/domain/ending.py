"""Ending: whether an incident that people have is over, and why; never because of silence."""

from datetime import timedelta

from qlik_monitor.domain.anomaly import (
    AnomalyKind,
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
    if subject in findings.anomalies or _is_unread(subject, reading):
        return None
    if incident.kinds & findings.unjudged.get(subject, frozenset()):
        return None
    if subject.endpoint is not None:
        return _endpoint_over_because(incident, reading)
    state = {server.name: server.state for server in reading.servers}.get(subject.server)
    if state in UNREACHABLE or not reading.servers:
        return None
    if state is not ServerState.MONITORED:
        return "Qlik does not watch the server any more"
    return "the cause is gone" if subject.task is None else _task_over_because(incident, findings)


def _endpoint_over_because(incident: Incident, reading: FleetReading) -> str | None:
    """Say why an endpoint is well: of none of its tasks it is unknown how it fares."""
    members = {TaskId.parse(name) for name in incident.members}
    read = {snapshot.id for snapshot in reading.tasks if snapshot.details_read}
    watched = {s.name for s in reading.servers if s.state is not ServerState.NOT_MONITORED}
    listed = {snapshot.id.server for snapshot in reading.tasks}
    unknown = {one for one in members if one.server in watched - listed} | {
        snapshot.id
        for snapshot in reading.tasks
        if snapshot.id in members and snapshot.id not in read
    }
    return None if unknown or not reading.servers else "the cause is gone"


def _task_over_because(incident: Incident, findings: Findings) -> str | None:
    snapshot = findings.snapshots.get(incident.subject)
    if snapshot is None:
        of_server = findings.anomalies.get(Subject(server=incident.subject.server), ())
        emptied = any(anomaly.kind is AnomalyKind.UNKNOWN for anomaly in of_server)
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
