"""A task's page: its latency and throughput over days, what befell it, and what holds for it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from functions.console.pages import View, Visit
from functions.console.stores import closed_incidents, incidents, recent, restarts
from qlik_monitor.adapters.dynamodb_recent_history import SAMPLES
from qlik_monitor.composition import settings
from qlik_monitor.composition_rules import alert_rules
from qlik_monitor.domain.applied_rules import AppliedRules
from qlik_monitor.domain.closed_incident import ClosedIncident
from qlik_monitor.domain.console_chart import Frame, Mark, Span, chart_of, state_spans, thinned
from qlik_monitor.domain.console_fleet import incidents_by_task, latency_of
from qlik_monitor.domain.console_query import SPANS, Query, task_query
from qlik_monitor.domain.history import HistoryPoint, longest_pause
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.task import TaskId, TaskSnapshot
from qlik_monitor.settings import ConsoleSettings

MOST_CLOSED = 500
"""Of the fleet's closed incidents, the newest so many are looked through for the task's."""
SHOWN_READINGS = 12


def view(query: Query, visit: Visit) -> View:
    """Read a span of a task's life, and show it."""
    task, span = task_query(query)
    since = visit.now - SPANS[span]
    history, sampled = recent().of_task(task, since, visit.now)
    known = incidents_by_task(incidents().all_open()).get(str(task))
    ended = _closed(task, since, visit.now)
    done = restarts().of(task)
    if not (history.points or known or ended or done):
        return View(
            template="no_task.html",
            title=str(task),
            values={"task": task, "span": span, "spans": tuple(SPANS)},
            status_code=404,
        )
    return View(
        template="task.html",
        title=str(task),
        values={
            "task": task,
            "span": span,
            "spans": tuple(SPANS),
            "incident": known,
            "closed": ended,
            "restarts": done,
            "unreadable": history.unreadable,
            "sampled": SPANS[span].total_seconds() / SAMPLES if sampled else None,
            "latency_now": latency_of(history.points[-1]) if history.points else None,
            "newest": history.points[-1] if history.points else None,
            "readings": history.points[: -SHOWN_READINGS - 1 : -1],
            "rules": _rules(task, known, visit.now),
            "tags_known": known is not None and known.snapshot is not None,
            "lag": settings(ConsoleSettings).lag_threshold_seconds,
            **_pictures(history.points, Frame(since, visit.now), known, ended, done),
        },
    )


def _pictures(
    points: Sequence[HistoryPoint],
    frame: Frame,
    known: Incident | None,
    ended: Sequence[ClosedIncident],
    done: Sequence[Restart],
) -> dict[str, object]:
    lag = settings(ConsoleSettings).lag_threshold_seconds
    shown = thinned(points)
    pause = longest_pause(shown) if len(shown) > 1 else timedelta(0)
    latencies = [(point.at, latency_of(point)) for point in shown]
    rates = [(point.at, point.target_records_per_second) for point in shown]
    return {
        "frame": frame,
        "latency": chart_of(latencies, frame, pause, threshold=lag, in_seconds=True),
        "throughput": chart_of(rates, frame, pause),
        "states": state_spans(points, frame, pause),
        "bands": tuple(_bands(frame, known, ended)),
        "marks": tuple(_marks(frame, done)),
    }


def _bands(frame: Frame, known: Incident | None, ended: Sequence[ClosedIncident]) -> Iterator[Span]:
    for one in ended:
        yield frame.span(one.opened_at, one.closed_at, f"incident: {', '.join(one.kinds)}")
    if known:
        kinds = ", ".join(sorted(kind.value for kind in known.kinds))
        yield frame.span(known.opened_at, None, f"open incident: {kinds}")


def _marks(frame: Frame, done: Sequence[Restart]) -> Iterator[Mark]:
    for one in done:
        if one.requested_at >= frame.since:
            words = f"{one.action.value.replace('_', ' ')}: {one.outcome.value}"
            yield Mark(frame.x(one.requested_at), one.requested_at, words)


def _closed(task: TaskId, since: datetime, now: datetime) -> list[ClosedIncident]:
    listed = closed_incidents().since(since, now, MOST_CLOSED)
    return [one for _, one in listed if one.subject == str(task)]


def _rules(task: TaskId, known: Incident | None, now: datetime) -> AppliedRules:
    """Say what holds for it; a task's tags are known only while it has an incident."""
    snapshot = known.snapshot if known and known.snapshot and known.snapshot.id == task else None
    asked = snapshot or TaskSnapshot.model_validate(
        {"id": task, "observed_at": now, "state": "UNKNOWN"}
    )
    return alert_rules(settings(ConsoleSettings).thresholds()).for_task(asked, now)
