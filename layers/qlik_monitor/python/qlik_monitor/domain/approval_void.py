"""Void approvals: a yes to what is no longer so is acted on by nobody, and says why.

This is judged from what is stored, for the approver's sake. Whoever executes reads the task itself
once more and has the last word.
"""

from collections.abc import Sequence
from datetime import UTC

from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.approval import Approval, hash_of_proposal
from qlik_monitor.domain.history import HistoryPoint, point_of
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.interlude import interlude
from qlik_monitor.domain.task import StopReason, TaskState


def void_because(
    incident: Incident, approval: Approval, readings: Sequence[HistoryPoint]
) -> str | None:
    """Say why a yes can lead to nothing any more, or None.

    `readings` are those stored of the incident's task since it was judged, oldest first; none
    where the incident is about several tasks, each of which is looked at when it is due.
    """
    if incident.attempt != approval.attempt:
        return f"the incident is at attempt {incident.attempt} now, and this was about another"
    if incident.status is not IncidentStatus.AWAITING_APPROVAL:
        return f"the incident is {incident.status.value.replace('_', ' ')} now"
    if incident.approval_id != approval.id:
        return "another question was asked since"
    if hash_of_proposal(incident) != approval.proposal_hash:
        return "the proposal is another one now"
    return _changed(incident, readings)


def _changed(incident: Incident, readings: Sequence[HistoryPoint]) -> str | None:
    judged = incident.snapshot
    if judged is None:
        return None
    since = [point for point in readings if point.at > judged.observed_at]
    # Unknown is no change: whoever executes will know.
    known = [point for point in since if point.state is not TaskState.UNKNOWN]
    if not known:
        return None
    before, newest = point_of(judged), known[-1]
    what = _other_state(before, newest) or _other_reason(before, newest)
    what = what or _heals(incident, before, newest)
    at = f"as read at {newest.at.astimezone(UTC):%H:%M} UTC"
    return f"{what}, {at}" if what else interlude(before, known)


def _other_state(before: HistoryPoint, newest: HistoryPoint) -> str | None:
    if before.state is newest.state:
        return None
    return f"the task was {before.state.value} when people were asked, and is {newest.state.value}"


def _other_reason(before: HistoryPoint, newest: HistoryPoint) -> str | None:
    reasons = (before.stop_reason, newest.stop_reason)
    if before.stop_reason is newest.stop_reason or StopReason.UNKNOWN in reasons:
        return None
    was, now = (one.value for one in reasons)
    return f"the task was stopped by {was} when people were asked, and by {now} since"


def _heals(incident: Incident, before: HistoryPoint, newest: HistoryPoint) -> str | None:
    """Say that what a restart was to cure is gone, by the same signs as at the execution."""
    kinds = incident.kinds
    if AnomalyKind.STUCK in kinds and _is_more(before.applied, newest.applied):
        return "the task moves again"
    behind = (newest.total_latency_seconds, before.total_latency_seconds)
    if AnomalyKind.LAGGING in kinds and newest.state is TaskState.RUNNING and _is_more(*behind):
        return "the task catches up"
    return None


def _is_more(less: int | None, more: int | None) -> bool:
    return less is not None and more is not None and more > less
