"""Whether a yes would lead to nothing, by the stored readings of the incident's task."""

from qlik_monitor.adapters.dynamodb_recent_history import RecentHistory
from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.approval_void import void_because
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.incident import Incident
from qlik_monitor.errors import StoreUnavailable
from qlik_monitor.observability import logger


def void_by_reading(history: RecentHistory, incident: Incident, approval: Approval) -> str | None:
    """Say why a yes would lead to nothing, or None."""
    return void_because(incident, approval, _readings(history, incident))


def _readings(history: RecentHistory, incident: Incident) -> tuple[HistoryPoint, ...]:
    task, judged = incident.subject.task_id, incident.snapshot
    if task is None or judged is None:
        return ()
    try:
        return history.since(task, judged.observed_at)
    except StoreUnavailable as error:
        # Whoever executes reads the task itself: what is not known here hinders no answer.
        logger.warning("readings not read", incident=incident.id, reason=str(error))
        return ()
