"""Grouping: findings with one cause become one, so that one incident and one message tell of them.

A database that is restarted takes down every task that reads from it. Those are not fifty
incidents for fifty people, but one: that of the endpoint, or of the server, which they share.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from qlik_monitor.domain.anomaly import (
    EVERY_SERVER,
    Anomaly,
    AnomalyKind,
    Evidence,
    Severity,
    Subject,
)
from qlik_monitor.domain.error_class import CURABLE, ErrorClass
from qlik_monitor.domain.finding import MOST_MEMBERS
from qlik_monitor.domain.findings import Findings
from qlik_monitor.domain.policy import ABORTED_KINDS
from qlik_monitor.domain.progress import TaskProgress, is_down
from qlik_monitor.domain.task import TaskSnapshot, TaskState

LEAST = 3
"""Fewer tasks than this have no cause in common that can be told from chance."""
SURE = 5
"""So many tasks that go down together have one cause, however many others do not."""
LEAST_SHARE = 0.6
"""With fewer, so large a share of the tasks that share it has to be ill."""
TOGETHER = timedelta(minutes=30)
"""What began within so long of one another began together."""
DOWN_KINDS = ABORTED_KINDS | {AnomalyKind.RECOVERY_LASTING}
SLOW_KINDS = frozenset({AnomalyKind.STUCK, AnomalyKind.LAGGING, AnomalyKind.STALE_STATE})
COMMON_KINDS = DOWN_KINDS | SLOW_KINDS
"""Findings that can have a cause outside the task."""
GROUP_KINDS = frozenset({AnomalyKind.SERVER_STRAINED, AnomalyKind.ENDPOINT_TROUBLE})
MOST_NAMED = 20
"""Members that the evidence names."""


class Known(NamedTuple):
    """What grouping has to know of an open incident."""

    kinds: frozenset[AnomalyKind]
    opened_at: datetime


class _Ill(NamedTuple):
    """A task with a finding that may have a cause in common with others."""

    subject: Subject
    snapshot: TaskSnapshot
    since: datetime
    found: bool
    """False for one that is down and not (yet) a finding of its own: it still counts."""


def group(findings: Findings, known: Mapping[Subject, Known]) -> Findings:
    """Put findings with one cause together.

    `known` are the open incidents by subject. A cause that has one takes in what went down with
    it, and nothing that falls ill later: that is news. A task that has one of its own keeps it.
    """
    if not any(subject.task is not None for subject in findings.anomalies):
        return findings
    return _Grouping(findings, known).grouped()


class _Grouping:
    """Works on one reading; made and thrown away within `group`."""

    def __init__(self, findings: Findings, known: Mapping[Subject, Known]) -> None:
        self._findings = findings
        self._known = known
        self._anomalies = dict(findings.anomalies)
        self._members = dict(findings.members)

    def grouped(self) -> Findings:
        """Return the findings, those with one cause put together."""
        ill = {one.subject: one for one in self._ill_tasks()}
        for cause, using in self._causes(ill):
            sick = (ill[subject] for subject in using if subject in ill)
            affected = [one for one in sick if self._may_be_of(cause, one)]
            if self._is_common(cause, affected, using):
                self._join(cause, affected)
                for one in affected:
                    del ill[one.subject]
        held_back = self._hold_back(ill)
        update = {
            "anomalies": self._anomalies,
            "members": self._members,
            "held_back": held_back,
        }
        return self._findings.model_copy(update=update)

    def _ill_tasks(self) -> Iterator[_Ill]:
        for subject, snapshot in self._findings.snapshots.items():
            kinds = {anomaly.kind for anomaly in self._findings.anomalies.get(subject, ())}
            common = bool(kinds & COMMON_KINDS)
            # What is down and no finding is retrying, or is not judged: by rule, or in maintenance.
            retries = snapshot.state is TaskState.RECOVERY
            if common or (retries and subject not in self._findings.unjudged):
                progress = self._findings.progress[subject.server][snapshot.id.task]
                yield _Ill(subject, snapshot, _since(progress), common)

    def _causes(self, ill: Mapping[Subject, _Ill]) -> list[tuple[Subject, list[Subject]]]:
        """Return what tasks have in common: known causes first, then the likeliest.

        An endpoint names a cause more closely than the server, which all its tasks share.
        """
        using: dict[Subject, list[Subject]] = defaultdict(list)
        for subject, snapshot in self._findings.snapshots.items():
            for endpoint in _endpoints(snapshot):
                using[endpoint].append(subject)
            if snapshot.state is not TaskState.STOPPED or is_down(snapshot):
                using[Subject(server=subject.server)].append(subject)

        def order(item: tuple[Subject, list[Subject]]) -> tuple[bool, bool, int, int, str]:
            cause, users = item
            sick = sum(user in ill for user in users)
            return cause not in self._known, cause.endpoint is None, -sick, len(users), str(cause)

        return sorted(using.items(), key=order)

    def _is_common(self, cause: Subject, affected: list[_Ill], using: list[Subject]) -> bool:
        if not any(one.found for one in affected):
            return False
        if self._has_group(cause):
            return True
        latest = max((one.since for one in affected), default=None)
        together = [one for one in affected if latest and latest - one.since <= TOGETHER]
        if len(together) < LEAST or not _alike(together):
            return False
        sure = len(together) >= SURE and cause.endpoint is not None
        return sure or len(together) >= LEAST_SHARE * len(using)

    def _has_group(self, cause: Subject) -> bool:
        known = self._known.get(cause)
        return known is not None and bool(known.kinds & GROUP_KINDS)

    def _may_be_of(self, cause: Subject, one: _Ill) -> bool:
        """Tell whether a task's trouble is of a kind, and of a time, that a cause explains."""
        if cause.endpoint is None and is_down(one.snapshot):
            # What is down together tells of an endpoint; what is slow together, of the server.
            return False
        # A member that is well again and falls ill anew is news as well.
        began = self._known[cause].opened_at if self._has_group(cause) else one.since
        return one.since - began <= TOGETHER

    def _join(self, cause: Subject, affected: list[_Ill]) -> None:
        kinds = Counter(
            anomaly.kind for one in affected for anomaly in self._anomalies.get(one.subject, ())
        )
        names = sorted(str(one.snapshot.id) for one in affected)
        self._members[cause] = tuple(names[:MOST_MEMBERS])
        common = _common(cause, affected, kinds)
        self._anomalies[cause] = (*self._anomalies.get(cause, ()), common)
        for one in affected:
            if one.subject not in self._known:
                self._anomalies.pop(one.subject, None)

    def _hold_back(self, ill: Mapping[Subject, _Ill]) -> int:
        """Wait one reading, where two went down that share an endpoint, for others to follow.

        Nothing is held back for a task that went down alone: that is the usual case, and urgent.
        """
        fresh = {
            subject: _endpoints(one.snapshot)
            for subject, one in ill.items()
            if subject not in self._known and self._went_down_just_now(subject)
        }
        shared = Counter(endpoint for endpoints in fresh.values() for endpoint in endpoints)
        held_back = [
            subject
            for subject, endpoints in fresh.items()
            if any(shared[endpoint] > 1 for endpoint in endpoints)
        ]
        for subject in held_back:
            self._anomalies.pop(subject)
        return len(held_back)

    def _went_down_just_now(self, subject: Subject) -> bool:
        progress = self._findings.progress_of(subject)
        kinds = {anomaly.kind for anomaly in self._findings.anomalies.get(subject, ())}
        if progress is None or not kinds or not kinds <= ABORTED_KINDS:
            return False
        # An onset: ERROR after RECOVERY is no news to wait with.
        just_now = progress.onsets[-1:] == (progress.observed_at,)
        return just_now and progress.seen_before


def _since(progress: TaskProgress) -> datetime:
    if progress.state is TaskState.RUNNING:
        return progress.found_since or progress.observed_at
    return progress.onsets[-1] if progress.onsets else progress.state_since


def _endpoints(snapshot: TaskSnapshot) -> tuple[Subject, ...]:
    both = (snapshot.source_endpoint, snapshot.target_endpoint)
    names = dict.fromkeys(endpoint.name for endpoint in both if endpoint)
    return tuple(Subject(server=EVERY_SERVER, endpoint=name) for name in names)


def _alike(affected: list[_Ill]) -> bool:
    """Tell whether most of those that are down give the same kind of reason."""
    reasons = Counter(_reason(one.snapshot) for one in affected if is_down(one.snapshot))
    return not reasons or max(reasons.values()) >= LEAST_SHARE * reasons.total()


def _reason(snapshot: TaskSnapshot) -> str:
    # A database that restarts takes connections down as well: which of both a task met is chance.
    if snapshot.error_class in CURABLE:
        return ErrorClass.CONNECTION.value
    # Messages of no known class have nothing in common but that.
    known = snapshot.error_class is not ErrorClass.UNKNOWN
    return snapshot.error_class.value if known else snapshot.message


def _common(cause: Subject, affected: list[_Ill], kinds: Counter[AnomalyKind]) -> Anomaly:
    what = ", ".join(f"{count} {kind.value}" for kind, count in sorted(kinds.items()))
    names = sorted(str(one.snapshot.id) for one in affected)
    shared = "the server" if cause.endpoint is None else f"endpoint {cause.endpoint}"
    messages = Counter(one.snapshot.message for one in affected if one.snapshot.message)
    evidence = [
        Evidence(name="tasks", value=", ".join(names[:MOST_NAMED])),
        Evidence(name="findings", value=what or "down"),
    ]
    evidence += [
        Evidence(name=f"message of {count}", value=message)
        for message, count in messages.most_common(3)
    ]
    kind = AnomalyKind.SERVER_STRAINED if cause.endpoint is None else AnomalyKind.ENDPOINT_TROUBLE
    summary = (
        f"{len(affected)} tasks that share {shared} are in trouble together ({what or 'down'})"
    )
    return Anomaly(
        kind=kind, severity=Severity.CRITICAL, summary=summary[:1000], evidence=tuple(evidence)
    )
