"""Interludes: what happened to a task between two readings that look alike.

A task that somebody resumed, and that fell again, looks as it did when people were asked; but its
trouble is another one, and nobody has been asked about that.
"""

from collections.abc import Sequence
from datetime import UTC

from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.task import StopReason, TaskState


def interlude(judged: HistoryPoint, readings: Sequence[HistoryPoint]) -> str | None:
    """Say what the `readings` since it was `judged` show of another life, or None.

    They are oldest first. What is unknown in either shows nothing.
    """
    for point in readings:
        if what := _otherwise(judged, point):
            return f"the task was {what} at {point.at.astimezone(UTC):%H:%M} UTC, and fell ill anew"
    return _moved(judged, readings)


def _otherwise(judged: HistoryPoint, point: HistoryPoint) -> str | None:
    if TaskState.UNKNOWN in (judged.state, point.state):
        return None
    if point.state is not judged.state:
        return point.state.value
    if StopReason.UNKNOWN in (judged.stop_reason, point.stop_reason):
        return None
    return None if point.stop_reason is judged.stop_reason else f"down by {point.stop_reason.value}"


def _moved(judged: HistoryPoint, readings: Sequence[HistoryPoint]) -> str | None:
    known = [point.applied for point in (judged, *readings) if point.applied is not None]
    # A rise says nothing, though the task is down: Qlik learns of the last changes late.
    if known != sorted(known):
        return "the task was started anew since it was judged: it counts its changes from the start"
    return None
