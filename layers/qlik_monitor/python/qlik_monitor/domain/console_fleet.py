"""The fleet at a glance: every task in one line, worst first, filtered and cut into pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low

from qlik_monitor.domain.anomaly import Severity
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.open_incident import OpenIncident
from qlik_monitor.domain.task import StopReason, TaskState

PAGE = 50
AT_REST = frozenset(
    {
        StopReason.NORMAL,
        StopReason.FULL_LOAD_ONLY_FINISHED,
        StopReason.STOPPED_AFTER_FULL_LOAD,
        StopReason.STOPPED_AFTER_CACHED_EVENTS,
    }
)
"""Stops that somebody wanted: such a task is not ill."""
UNREAD = "UNREAD"
"""What a task's state is called while it is unknown."""
BADNESS = (
    TaskState.ERROR,
    UNREAD,
    TaskState.UNKNOWN,
    TaskState.STOPPED,
    TaskState.RECOVERY,
    TaskState.RUNNING,
)
AT_REST_LAST = len(BADNESS)
MISSED = 3
"""A task that so many of its server's usual intervals passed over has not been read."""
LEAST_PAUSE = timedelta(minutes=2)
PAUSE_OF_ONE = timedelta(minutes=15)
"""With a single reading nothing is known of the interval: three of the default's."""
INTERVAL_JITTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class FleetRow:
    """One task as its newest reading shows it."""

    server: str
    task: str
    point: HistoryPoint | None
    """How it is now; None where no reading is new enough to tell: then it is unread."""
    read_at: datetime | None = None
    """When it was read last, as far as that is known."""
    incident: OpenIncident | None = None

    @property
    def unread(self) -> bool:
        """Whether it is unknown how the task is now."""
        return self.point is None

    @property
    def latency(self) -> int | None:
        """Its latency in seconds; see `latency_of`."""
        return latency_of(self.point) if self.point else None

    @property
    def figures(self) -> HistoryPoint | None:
        """Its reading as people are told of it."""
        return self.point.as_told() if self.point else None

    @property
    def down(self) -> bool:
        """Whether it does not run, so that it has no latency."""
        return self.point is not None and self.point.down

    @property
    def at_rest(self) -> bool:
        """Whether the task was stopped on purpose."""
        point = self.point
        return (
            point is not None and point.state is TaskState.STOPPED and point.stop_reason in AT_REST
        )

    @property
    def status(self) -> str:
        """What a person calls it: its state, or that it was not read."""
        return self.point.state.value if self.point else UNREAD


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """A part of a list."""

    rows: Sequence[Row]
    number: int
    pages: int
    total: int


def latency_of(point: HistoryPoint) -> int | None:
    """Return a reading's latency in seconds: of a task that is down, Qlik's zero says nothing."""
    return None if point.down else point.total_latency_seconds


def pause_of(moments: Sequence[datetime]) -> timedelta:
    """Return how old a reading may be: from the moments of a server's readings, newest first."""
    distances = [newer - older for newer, older in pairwise(moments)]
    if not distances:
        return PAUSE_OF_ONE
    return max(LEAST_PAUSE, median_low(distances) * MISSED + INTERVAL_JITTER)


def rows_of(
    server: str,
    newest: Mapping[str, HistoryPoint],
    moments: Sequence[datetime],
    incidents: Mapping[str, OpenIncident],
    now: datetime,
) -> Iterator[FleetRow]:
    """Make the lines of one server; `incidents` are those of `incidents_by_subject`."""
    oldest = now - pause_of(moments)
    for task, point in newest.items():
        known = None if point.at < oldest else point
        incident = incident_of(incidents, server, task, unread=known is None)
        yield FleetRow(server, task, known, point.at, incident)


def incidents_by_subject(incidents: Iterable[OpenIncident]) -> dict[str, OpenIncident]:
    """Return the open incident of each ill `server/task`, and of each server, by its name.

    A task's own goes before that of a group.
    """
    found: dict[str, OpenIncident] = {}
    for incident in incidents:
        for member in incident.members:
            found.setdefault(member, incident)
    own = {str(one.subject): one for one in incidents if one.subject.endpoint is None}
    return found | own


def incident_of(
    incidents: Mapping[str, OpenIncident], server: str, task: str, *, unread: bool
) -> OpenIncident | None:
    """Return a task's open incident; a server's stands for its tasks that are unread."""
    return incidents.get(f"{server}/{task}") or (incidents.get(server) if unread else None)


def worst_first(row: FleetRow) -> tuple[int, int, float, str, str]:
    """Order lines: critical incidents, warnings, what is down or unknown, then by latency.

    An unknown latency goes before every known one: it may be anything.
    """
    latency = -_or_infinite(row.latency)
    return (_urgency(row), _badness(row), latency, row.server, row.task)


def _or_infinite(latency: int | None) -> float:
    return float("inf") if latency is None else float(latency)


def _urgency(row: FleetRow) -> int:
    if row.incident is None:
        return 2
    return 0 if row.incident.severity is Severity.CRITICAL else 1


def _badness(row: FleetRow) -> int:
    if row.at_rest:
        return AT_REST_LAST
    return BADNESS.index(row.point.state if row.point else UNREAD)


def page_of[Row](rows: Sequence[Row], number: int, size: int = PAGE) -> Page[Row]:
    """Cut out one page; a number beyond the last one means the last."""
    pages = max(1, -(-len(rows) // size))
    number = min(number, pages)
    return Page(rows[(number - 1) * size : number * size], number, pages, len(rows))
