"""Monitoring: what one reading of the fleet means for the incidents that are open and to open."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from qlik_monitor.domain.anomaly import (
    SERVER_KINDS,
    Anomaly,
    AnomalyKind,
    Evidence,
    Severity,
    Subject,
)
from qlik_monitor.domain.baseline import Baselines
from qlik_monitor.domain.detection import BY_DESIGN, detect
from qlik_monitor.domain.error_class import classify
from qlik_monitor.domain.findings import Findings
from qlik_monitor.domain.grouping import group
from qlik_monitor.domain.incident import WITH_PEOPLE, Incident, IncidentStatus, Outcome
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.policy import ABORTED_KINDS
from qlik_monitor.domain.progress import TaskProgress, advance
from qlik_monitor.domain.task import (
    FleetReading,
    ServerSnapshot,
    ServerState,
    TaskId,
    TaskSnapshot,
    TaskState,
)
from qlik_monitor.domain.thresholds import Thresholds

OPEN_LEASE = timedelta(minutes=30)
"""How long a cycle may take to begin with an incident that it opened."""
OBSERVED_AT_MOST = timedelta(hours=4)
"""Then an observed incident is decided anew: a lag may have grown from minutes to days."""
MAX_NEW_INCIDENTS = 25
"""An execution may write 25,000 events, and one incident takes about 600 at its longest: three
restarts with 20 looks each. Step Functions also runs at most 40 items of an inline Map at once."""
HEALTHY_READINGS = 2
"""So many readings in a row without a finding end an incident."""
RELAPSE_WINDOW = timedelta(hours=6)
QUIET_AFTER_RELAPSE = timedelta(minutes=30)
"""A task that went down twice within the window has to be well for so long: its next failure is
the same trouble, and not news."""
VALID_LICENSES = frozenset({"VALID_LICENSE", "LICENSE_VALID"})
UNREACHABLE = (ServerState.ERROR, ServerState.NOT_CONNECTED, ServerState.UNKNOWN)

Memory = Mapping[str, Mapping[str, TaskProgress]]
"""Remembered progress by server, then by task."""


class Review(Frozen):
    """What a cycle has to write."""

    to_open: tuple[Incident, ...] = ()
    to_reopen: tuple[Incident, ...] = ()
    to_close: tuple[Incident, ...] = ()
    lost: tuple[Incident, ...] = ()
    deferred: int = 0
    """Incidents, new or worse, that wait for the next cycle."""


def find(
    reading: FleetReading,
    memory: Memory,
    thresholds: Thresholds,
    baselines: Baselines | None = None,
) -> Findings:
    """Fold a reading into what is remembered, and find the anomalies, by subject.

    `baselines` are those of the reading's hour of the day.
    """
    anomalies: dict[Subject, list[Anomaly]] = defaultdict(list)
    progress: dict[str, dict[str, TaskProgress]] = defaultdict(dict)
    of_tasks: dict[TaskId, tuple[Anomaly, ...]] = {}
    servers = {server.name: server for server in reading.servers}
    for subject, anomaly in (*_server_anomalies(reading), *_emptied(reading, memory)):
        anomalies[subject].append(anomaly)
    for snapshot in reading.tasks:
        server, task = snapshot.id.server, snapshot.id.task
        now = advance(memory.get(server, {}).get(task), snapshot)
        found = detect(
            snapshot,
            now,
            thresholds,
            baseline=(baselines or {}).get(server, {}).get(task, ()),
            server=servers.get(server),
        )
        progress[server][task] = now.with_findings(frozenset(one.kind for one in found))
        if found:
            of_tasks[snapshot.id] = found
        for anomaly in found:
            _add(anomalies, subject_of(anomaly, snapshot), anomaly)
    snapshots = {Subject(server=s.id.server, task=s.id.task): s for s in reading.tasks}
    return Findings(
        of_tasks=of_tasks,
        anomalies={subject: tuple(found) for subject, found in anomalies.items()},
        snapshots=snapshots,
        progress=dict(progress),
    )


def subject_of(anomaly: Anomaly, snapshot: TaskSnapshot) -> Subject:
    """Name whom a finding concerns: trouble of the server is not trouble of its 200 tasks."""
    if anomaly.kind in SERVER_KINDS:
        return Subject(server=snapshot.id.server)
    return Subject(server=snapshot.id.server, task=snapshot.id.task)


def _add(anomalies: dict[Subject, list[Anomaly]], subject: Subject, anomaly: Anomaly) -> None:
    found = anomalies[subject]
    if subject.task is None and any(other.kind is anomaly.kind for other in found):
        return  # one finding speaks for all tasks of the server
    found.append(anomaly)


def _server_anomalies(reading: FleetReading) -> Iterator[tuple[Subject, Anomaly]]:
    for server in reading.servers:
        if server.state in UNREACHABLE:
            yield Subject(server=server.name), _unreachable(server)
        elif server.license_state and server.license_state not in VALID_LICENSES:
            yield Subject(server=server.name), _unlicensed(server)
    monitored = {s.name for s in reading.servers if s.state is ServerState.MONITORED}
    # One malformed entry in a list that was read is no sign of a server that cannot be.
    silent = monitored - {snapshot.id.server for snapshot in reading.tasks}
    for unread in reading.unread:
        if unread.task is None and unread.server in silent:
            summary = f"the server's tasks could not be read: {unread.error}"
            yield Subject(server=unread.server), _critical(AnomalyKind.SERVER_UNREACHABLE, summary)


def _emptied(reading: FleetReading, memory: Memory) -> Iterator[tuple[Subject, Anomaly]]:
    # An account that lost its permission, or a Qlik that has just come up, lists no task either.
    seen = {one.id.server for one in reading.tasks} | {one.server for one in reading.unread}
    for server in reading.servers:
        known = memory.get(server.name)
        if server.state is ServerState.MONITORED and known and server.name not in seen:
            summary = f"the server lists no task at all, and had {len(known)} before"
            yield Subject(server=server.name), _critical(AnomalyKind.UNKNOWN, summary)


def _unreachable(server: ServerSnapshot) -> Anomaly:
    summary = f"the server is {server.state.value}: {server.message or 'no reason given'}"
    return _critical(AnomalyKind.SERVER_UNREACHABLE, summary)


def _unlicensed(server: ServerSnapshot) -> Anomaly:
    return _critical(AnomalyKind.LICENSE, f"the server's licence reads {server.license_state}")


def _critical(kind: AnomalyKind, summary: str) -> Anomaly:
    evidence = (Evidence(name="server", value=summary),)
    return Anomaly(kind=kind, severity=Severity.CRITICAL, summary=summary[:1000], evidence=evidence)


def review(
    cycle: str,
    reading: FleetReading,
    findings: Findings,
    open_incidents: Iterable[Incident],
    new_id: Iterator[str],
) -> Review:
    """Compare findings with the open incidents. `new_id` yields ids for new ones.

    `cycle` names this execution. A cycle whose step is run again finds the incidents that its
    first run opened among the open ones, and goes on with them.

    An incident that a cycle is working on is left to it, unless its lease has run out: then the
    cycle is lost and a person is asked. One that waits for people, or is observed, is decided
    anew when it got worse, an observed one also after some hours, and closes when its subject was
    seen healthy, never merely because it was not seen.
    """
    now = reading.observed_at
    known = {incident.subject: incident for incident in open_incidents}
    findings = group(findings, {subject: known[subject].kinds for subject in known})
    new = [subject for subject in findings.anomalies if subject not in known]
    new.sort(key=lambda subject: not _is_critical(findings.anomalies[subject]))
    rested = [i for i in known.values() if i.status in WITH_PEOPLE]
    worse = [(i, why) for i in rested if (why := _again_because(i, findings, now))]
    room = max(0, MAX_NEW_INCIDENTS - len(new))
    return Review(
        to_open=tuple(
            _opened(subject, reading, findings, next(new_id), cycle)
            for subject in new[:MAX_NEW_INCIDENTS]
        ),
        to_reopen=tuple(
            _reopened(incident, reading, findings, cycle, why) for incident, why in worse[:room]
        ),
        to_close=tuple(
            _closed(incident, because, now)
            for incident in rested
            if (because := _over_because(incident, reading, findings))
        ),
        lost=tuple(_lost(i, now) for i in known.values() if i.is_lost(now)),
        deferred=max(0, len(new) + len(worse) - MAX_NEW_INCIDENTS),
    )


def _opened(
    subject: Subject, reading: FleetReading, findings: Findings, incident_id: str, cycle: str
) -> Incident:
    snapshot, now = findings.snapshots.get(subject), reading.observed_at
    return Incident(
        id=incident_id,
        subject=subject,
        cycle=cycle,
        anomalies=findings.anomalies[subject],
        members=findings.members.get(subject, ()),
        snapshot=snapshot,
        error_class=classify(snapshot.message if snapshot else ""),
        opened_at=now,
        updated_at=now,
        lease_until=now + OPEN_LEASE,
    )


def _is_critical(anomalies: tuple[Anomaly, ...]) -> bool:
    return any(anomaly.severity is Severity.CRITICAL for anomaly in anomalies)


def _again_because(incident: Incident, findings: Findings, now: datetime) -> str | None:
    """Say why an incident that no cycle works on has to be decided anew, or None."""
    found = findings.anomalies.get(incident.subject, ())
    if incident.got_worse(found):
        return f"it got worse while it was {incident.status.value}"
    if _fell_again(incident, found):
        return "the task is down again"
    observed = incident.status is IncidentStatus.OBSERVED
    if found and observed and now - incident.updated_at >= OBSERVED_AT_MOST:
        return "it was observed for hours and is still there"
    return None


def _fell_again(incident: Incident, found: tuple[Anomaly, ...]) -> bool:
    """Tell whether a task that was observed because it ran, or retried, is down once more."""
    judged = incident.snapshot
    return (
        incident.status is IncidentStatus.OBSERVED
        and judged is not None
        and judged.state in (TaskState.RUNNING, TaskState.RECOVERY)
        and any(anomaly.kind in ABORTED_KINDS for anomaly in found)
    )


def _reopened(
    incident: Incident, reading: FleetReading, findings: Findings, cycle: str, because: str
) -> Incident:
    snapshot = findings.snapshots.get(incident.subject)
    # An approval or a restart of the last attempt must not answer for what is decided now.
    used = incident.status is not IncidentStatus.OBSERVED
    return incident.moved_to(
        IncidentStatus.OPEN,
        reading.observed_at,
        cycle=cycle,
        lease=OPEN_LEASE,
        anomalies=findings.anomalies[incident.subject],
        members=findings.members.get(incident.subject, ()),
        snapshot=snapshot,
        error_class=classify(snapshot.message if snapshot else ""),
        attempt=incident.attempt + 1 if used else incident.attempt,
        approval_id=None,
        reason=because,
    )


def _lost(incident: Incident, now: datetime) -> Incident:
    reason = f"the cycle that worked on it ({incident.status.value}) never came back"
    return incident.moved_to(IncidentStatus.ESCALATED, now, lease=timedelta(0), reason=reason)


def _closed(incident: Incident, because: str, now: datetime) -> Incident:
    observed = incident.status is IncidentStatus.OBSERVED
    outcome = Outcome.RECOVERED_BY_ITSELF if observed else Outcome.HANDED_OVER_AND_HEALTHY
    return incident.moved_to(
        IncidentStatus.CLOSED,
        now,
        lease=timedelta(0),
        outcome=outcome,
        closed_at=now,
        reason=because,
    )


def _over_because(incident: Incident, reading: FleetReading, findings: Findings) -> str | None:
    """Say why an incident is over, or None while it is not known to be."""
    subject = incident.subject
    if subject in findings.anomalies or _is_unread(subject, reading):
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
