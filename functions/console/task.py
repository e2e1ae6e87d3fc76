"""A task's page: its latency and throughput over days and ahead, what befell it, what holds."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from functions.console.pages import View, Visit
from functions.console.stores import (
    closed_incidents,
    incidents,
    open_incidents,
    recent,
    restarts,
    servers,
)
from functions.console.task_rules import rules_of, told
from qlik_monitor.adapters.dynamodb_recent_history import SAMPLES, RecentReadings
from qlik_monitor.domain.closed_incident import MOST_TASKS, ClosedIncident
from qlik_monitor.domain.console_chart import Frame, Mark, Span, chart_of, state_spans
from qlik_monitor.domain.console_fleet import (
    incident_of,
    incidents_by_subject,
    latency_of,
    pause_of,
)
from qlik_monitor.domain.console_forecast import (
    LOOK_BACK,
    Foreseen,
    band_of,
    foresee,
    highest_of,
)
from qlik_monitor.domain.console_query import SPANS, Query, task_query
from qlik_monitor.domain.history import HistoryPoint, longest_pause
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.task import TaskId

WITH_FORECAST = ("1h", "1d")
"""Over longer spans an hour ahead would be a hair's breadth."""
MOST_CLOSED = 100
"""So many closed incidents of a task are shown; it says so where there are more."""
SHOWN_READINGS = 12


def view(query: Query, visit: Visit) -> View:
    """Read a span of a task's life, and show it."""
    task, span = task_query(query)
    since = visit.now - SPANS[span]
    past = _past(task, since, visit.now)
    newest, unread = _newest(task, past, visit.now)
    known = _open(task, unread=unread)
    ended = closed_incidents().of_task(task, since, MOST_CLOSED)
    restarted = restarts().of(task)
    if not (newest or _names(known, task) or ended or restarted or _is_missed(task)):
        return View(
            template="no_task.html",
            title=str(task),
            values={"task": task, "span": span, "spans": tuple(SPANS)},
            status_code=404,
        )
    done = [one for one in restarted if one.requested_at >= since]
    found = rules_of(task, known, visit.now)
    lag = found.applied.thresholds.lag.total_seconds()
    foreseen = foresee(past.lately, lag, visit.now, unread=unread)
    return View(
        template="task.html",
        title=str(task),
        values={
            "task": task,
            "span": span,
            "spans": tuple(SPANS),
            "incident": known,
            "closed": ended,
            "most_closed": MOST_CLOSED,
            "most_tasks": MOST_TASKS,
            "restarts": done,
            "unreadable": past.unreadable,
            "sampled": SPANS[span].total_seconds() / SAMPLES if past.sampled else None,
            "unread": unread,
            "newest": newest.as_told() if newest else None,
            "readings": [
                point.as_told()
                for point in (past.lately or past.points)[: -SHOWN_READINGS - 1 : -1]
            ],
            "lag": lag,
            "foreseen": foreseen,
            **told(found),
            **_pictures(
                past.points, _Stage(since, visit.now, lag, foreseen, span), known, ended, done
            ),
        },
    )


def _open(task: TaskId, *, unread: bool) -> Incident | None:
    troubles = incidents_by_subject(open_incidents().about(task))
    found = incident_of(troubles, task.server, task.task, unread=unread)
    known = incidents().get(found.id) if found else None
    return None if known and known.status is IncidentStatus.CLOSED else known


def _names(incident: Incident | None, task: TaskId) -> bool:
    """Tell whether an incident names a task: a server's may stand for one that never was."""
    return incident is not None and (
        incident.subject.task_id == task or str(task) in incident.members
    )


class _Past(NamedTuple):
    """What is stored of a task."""

    points: Sequence[HistoryPoint]
    """Those of the span, oldest first; samples of them where there are too many."""
    lately: Sequence[HistoryPoint]
    """Every one of the last while, oldest first: as long as a forecast looks back, or longer."""
    sampled: bool
    unreadable: int


def _past(task: TaskId, since: datetime, now: datetime) -> _Past:
    history, sampled = recent().of_task(task, min(since, now - LOOK_BACK), now)
    points = [point for point in history.points if point.at >= since]
    lately: Sequence[HistoryPoint] = history.points
    if sampled:
        lately = recent().of_task(task, now - LOOK_BACK, now)[0].points
    return _Past(points, lately, sampled, history.unreadable)


def _newest(task: TaskId, past: _Past, now: datetime) -> tuple[HistoryPoint | None, bool]:
    """Return the newest reading, and whether it is too old to say how the task is now.

    The fleet's page judges it by the same readings: those of the whole server.
    """
    lately: RecentReadings = recent().of_servers([task.server])[task.server]
    of_server = [point for point in lately.of(task.task) if point]
    newest = next(reversed(of_server or past.lately or past.points), None)
    return newest, newest is None or newest.at < now - pause_of(lately.moments)


def _is_missed(task: TaskId) -> bool:
    missed = servers().roster().missed
    return any((one.server, one.task) == (task.server, task.task) for one in missed)


class _Stage(NamedTuple):
    """What the pictures stand on."""

    since: datetime
    now: datetime
    lag: float
    foreseen: Foreseen
    span: str

    def frame(self) -> Frame:
        """Return the window of all pictures; it goes on where there is a forecast to draw."""
        ends = self.foreseen.ends if self.span in WITH_FORECAST else None
        return Frame(self.since, max(self.now, ends) if ends else self.now)


def _pictures(
    points: Sequence[HistoryPoint],
    stage: _Stage,
    known: Incident | None,
    ended: Sequence[ClosedIncident],
    done: Sequence[Restart],
) -> dict[str, object]:
    frame = stage.frame()
    pause = longest_pause(points) if len(points) > 1 else timedelta(0)
    latencies = [(point.at, latency_of(point)) for point in points]
    rates = [(point.at, point.as_told().target_records_per_second) for point in points]
    drawn = stage.span in WITH_FORECAST
    latency = chart_of(
        latencies,
        frame,
        pause,
        threshold=stage.lag,
        in_seconds=True,
        reaches=highest_of(stage.foreseen, stage.lag) if drawn else 0.0,
    )
    return {
        "frame": frame,
        "latency": latency,
        "forecast": band_of(stage.foreseen, frame, latency.y_ticks[0]) if drawn else None,
        "throughput": chart_of(rates, frame, pause),
        "states": state_spans(points, frame, pause),
        "bands": tuple(_bands(frame, stage.now, known, ended)),
        "marks": tuple(_marks(frame, done)),
    }


def _bands(
    frame: Frame, now: datetime, known: Incident | None, ended: Sequence[ClosedIncident]
) -> Iterator[Span]:
    for one in ended:
        yield frame.span(one.opened_at, one.closed_at, f"incident: {', '.join(one.kinds)}")
    if known:
        kinds = ", ".join(sorted(kind.value for kind in known.kinds))
        yield frame.span(known.opened_at, now, f"open incident: {kinds}")


def _marks(frame: Frame, done: Sequence[Restart]) -> Iterator[Mark]:
    for one in done:
        words = f"{one.action.value.replace('_', ' ')}: {one.outcome.value}"
        yield Mark(frame.x(one.requested_at), one.requested_at, words)
