"""Finding: what one reading of the fleet shows, task by task and server by server."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from qlik_monitor.domain.anomaly import (
    SERVER_KINDS,
    Anomaly,
    AnomalyKind,
    Evidence,
    Severity,
    Subject,
)
from qlik_monitor.domain.applied_rules import AlertRules, AppliedRules
from qlik_monitor.domain.baseline import Baselines
from qlik_monitor.domain.custom_findings import (
    Evaluation,
    RuledFindings,
    apply_rules,
    apply_server_rules,
)
from qlik_monitor.domain.detection import detect
from qlik_monitor.domain.findings import Findings
from qlik_monitor.domain.progress import TaskProgress, advance
from qlik_monitor.domain.task import (
    UNREACHABLE,
    FleetReading,
    ServerSnapshot,
    ServerState,
    TaskId,
    TaskSnapshot,
)
from qlik_monitor.domain.thresholds import Thresholds

MOST_MEMBERS = 500
"""Members that an incident holds: DynamoDB takes 400 kB an item. The summary counts them all."""
VALID_LICENSES = frozenset({"VALID_LICENSE", "LICENSE_VALID"})

Memory = Mapping[str, Mapping[str, TaskProgress]]
"""Remembered progress by server, then by task."""


class Ruling(NamedTuple):
    """A deployment's own rules, and their expressions of this cycle."""

    rules: AlertRules
    evaluation: Evaluation


def find(
    reading: FleetReading,
    memory: Memory,
    thresholds: Thresholds,
    baselines: Baselines | None = None,
    ruling: Ruling | None = None,
    *,
    health_window: timedelta = timedelta(days=1),
) -> Findings:
    """Fold a reading into what is remembered, and find the anomalies, by subject.

    `baselines` are those of the reading's hour of the day; after a `health_window` without any
    finding a task counts as proven healthy.
    """
    search = _Search(reading, thresholds, baselines or {}, ruling, health_window)
    emptied = tuple(_emptied(reading, memory))
    search.emptied = frozenset(subject.server for subject, _ in emptied)
    search.judge_servers((*_server_anomalies(reading), *emptied))
    for snapshot in reading.tasks:
        search.judge_task(snapshot, memory.get(snapshot.id.server, {}).get(snapshot.id.task))
    return search.findings()


class _Search:
    """Works on one reading; made and thrown away within `find`."""

    def __init__(
        self,
        reading: FleetReading,
        thresholds: Thresholds,
        baselines: Baselines,
        ruling: Ruling | None,
        health_window: timedelta,
    ) -> None:
        self._reading = reading
        self._thresholds = thresholds
        self._baselines = baselines
        self._ruling = ruling
        self._health_window = health_window
        self.emptied: frozenset[str] = frozenset()
        self._members: dict[Subject, list[str]] = defaultdict(list)
        self._servers = {server.name: server for server in reading.servers}
        self._anomalies: dict[Subject, list[Anomaly]] = defaultdict(list)
        self._progress: dict[str, dict[str, TaskProgress]] = defaultdict(dict)
        self._of_tasks: dict[TaskId, tuple[Anomaly, ...]] = {}
        self._unjudged: dict[Subject, frozenset[AnomalyKind]] = {}

    def judge_servers(self, found: Iterable[tuple[Subject, Anomaly]]) -> None:
        """Take the findings about servers in, as far as the rules want them."""
        of_server: dict[Subject, list[Anomaly]] = defaultdict(list)
        for subject, anomaly in found:
            of_server[subject].append(anomaly)
        for subject in (Subject(server=name) for name in self._servers):
            if self._ruling:
                applied = self._ruling.rules.for_server(subject.server, self._reading.observed_at)
                ruled = apply_server_rules(tuple(of_server[subject]), applied)
                self._keep(subject, ruled)
            elif of_server[subject]:
                self._anomalies[subject] += of_server[subject]

    def judge_task(self, snapshot: TaskSnapshot, previous: TaskProgress | None) -> None:
        """Fold one task's reading in, and take what it shows."""
        server, task = snapshot.id.server, snapshot.id.task
        progress = advance(previous, snapshot)
        applied = self._applied(snapshot)
        found = detect(
            snapshot,
            progress,
            applied.thresholds if applied else self._thresholds,
            baseline=self._baselines.get(server, {}).get(task, ()),
            server=self._servers.get(server),
        )
        if applied and self._ruling:
            now = self._reading.observed_at
            ruled = apply_rules(found, snapshot, applied, self._ruling.evaluation, now)
            found = ruled.anomalies
            self._note_unjudged(Subject(server=server, task=task), ruled)
            if applied.maintenance:
                # What is restarted on purpose, again and again, does not flap.
                progress = progress.model_copy(update={"onsets": ()})
        unjudged = Subject(server=server, task=task) in self._unjudged
        kinds = frozenset(anomaly.kind for anomaly in found)
        if kinds or (snapshot.details_read and not unjudged):
            progress = progress.with_findings(
                kinds, whole=snapshot.details_read, before=previous, window=self._health_window
            )
        else:
            progress = progress.unproven()
        self._progress[server][task] = progress
        if found:
            self._of_tasks[snapshot.id] = found
        for anomaly in found:
            subject = subject_of(anomaly, snapshot)
            _add(self._anomalies, subject, anomaly)
            if subject.task is None:
                self._members[subject].append(str(snapshot.id))

    def findings(self) -> Findings:
        """Return what was found."""
        if self._ruling:
            for subject, anomaly in self._ruling.evaluation.anomalies():
                self._anomalies[subject].append(anomaly)
        tasks = self._reading.tasks
        return Findings(
            of_tasks=self._of_tasks,
            anomalies={subject: tuple(found) for subject, found in self._anomalies.items()},
            unjudged=self._unjudged,
            snapshots={Subject(server=s.id.server, task=s.id.task): s for s in tasks},
            progress=dict(self._progress),
            emptied=self.emptied,
            members={s: tuple(sorted(names)[:MOST_MEMBERS]) for s, names in self._members.items()},
        )

    def _applied(self, snapshot: TaskSnapshot) -> AppliedRules | None:
        if self._ruling is None:
            return None
        return self._ruling.rules.for_task(snapshot, self._reading.observed_at)

    def _keep(self, subject: Subject, ruled: RuledFindings) -> None:
        if ruled.anomalies:
            self._anomalies[subject] += ruled.anomalies
        self._note_unjudged(subject, ruled)

    def _note_unjudged(self, subject: Subject, ruled: RuledFindings) -> None:
        if ruled.unjudged:
            self._unjudged[subject] = ruled.unjudged


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
