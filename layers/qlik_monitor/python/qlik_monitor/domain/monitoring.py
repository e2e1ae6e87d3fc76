"""Monitoring: what one reading of the fleet means for the incidents that are open and to open."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from qlik_monitor.domain.anomaly import (
    Anomaly,
    Severity,
    Subject,
)
from qlik_monitor.domain.ending import over_because
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.findings import Findings
from qlik_monitor.domain.group_proposal import MOST_MEMBERS
from qlik_monitor.domain.grouping import Known, group
from qlik_monitor.domain.incident import WITH_PEOPLE, Incident, IncidentStatus, Outcome
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.policy import ABORTED_KINDS
from qlik_monitor.domain.task import (
    FleetReading,
    TaskId,
    TaskState,
)

OPEN_LEASE = timedelta(minutes=30)
"""How long a cycle may take to begin with an incident that it opened."""
OBSERVED_AT_MOST = timedelta(hours=4)
"""Then an observed incident is decided anew: a lag may have grown from minutes to days."""
MAX_NEW_INCIDENTS = 25
"""An execution may write 25,000 events, and one incident takes about 600 at its longest: three
restarts with 20 looks each. Step Functions also runs at most 40 items of an inline Map at once."""


class Review(Frozen):
    """What a cycle has to write."""

    to_open: tuple[Incident, ...] = ()
    to_reopen: tuple[Incident, ...] = ()
    to_close: tuple[Incident, ...] = ()
    lost: tuple[Incident, ...] = ()
    deferred: int = 0
    """Incidents, new or worse, that wait for the next cycle."""
    held_back: int = 0
    """Findings that wait for the next reading, to see whether they have a cause in common."""


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
    findings = group(findings, {subject: _known(known[subject]) for subject in known})
    new = [subject for subject in findings.anomalies if subject not in known]
    # What stands for many tasks goes before what stands for one.
    new.sort(key=lambda s: (not _is_critical(findings.anomalies[s]), s.task is not None))
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
            if (because := over_because(incident, reading, findings))
        ),
        lost=tuple(_lost(i, now) for i in known.values() if i.is_lost(now)),
        held_back=findings.held_back,
        deferred=max(0, len(new) + len(worse) - MAX_NEW_INCIDENTS),
    )


def _known(incident: Incident) -> Known:
    return Known(incident.kinds, incident.opened_at)


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
        member_tags=_member_tags(subject, findings),
        snapshot=snapshot,
        error_class=snapshot.error_class if snapshot else ErrorClass.UNKNOWN,
        counts_from=_counts_from(subject, findings),
        member_counts_from=_member_counts_from(subject, findings),
        opened_at=now,
        updated_at=now,
        lease_until=now + OPEN_LEASE,
    )


def _counts_from(subject: Subject, findings: Findings) -> datetime | None:
    """Return since when a task's restarts count: None, for all of them, where it is unknown."""
    progress = findings.progress_of(subject)
    return progress.proven_healthy_at if progress else None


def _member_counts_from(subject: Subject, findings: Findings) -> dict[str, datetime]:
    members = map(TaskId.parse, findings.members.get(subject, ())[:MOST_MEMBERS])
    subjects = [Subject(server=one.server, task=one.task) for one in members]
    known = ((str(subject), _counts_from(subject, findings)) for subject in subjects)
    return {name: moment for name, moment in known if moment}


def _member_tags(subject: Subject, findings: Findings) -> dict[str, tuple[str, ...]]:
    """Keep the tags of those members that a proposal can be about."""
    kept = set(findings.members.get(subject, ())[:MOST_MEMBERS])
    tagged = ((str(one.id), one.tags) for one in findings.snapshots.values() if one.tags)
    return {name: tags for name, tags in tagged if name in kept}


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
    due = incident.decide_again_at
    if found and observed and due and now >= due:
        return "the pause after the last restart is over"
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
    counts_from = _counts_from(incident.subject, findings) or incident.counts_from
    stood = f"{incident.status.value}: {incident.reason}; then {because}"
    return incident.with_past(stood, reading.observed_at).moved_to(
        IncidentStatus.OPEN,
        reading.observed_at,
        cycle=cycle,
        lease=OPEN_LEASE,
        anomalies=findings.anomalies[incident.subject],
        members=findings.members.get(incident.subject, ()),
        member_tags=_member_tags(incident.subject, findings),
        candidates=(),
        resumed=(),
        counts_from=counts_from,
        member_counts_from=_member_counts_from(incident.subject, findings),
        limits=(),
        decide_again_at=None,
        proposal=None,
        decision=None,
        snapshot=snapshot,
        error_class=snapshot.error_class if snapshot else ErrorClass.UNKNOWN,
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
