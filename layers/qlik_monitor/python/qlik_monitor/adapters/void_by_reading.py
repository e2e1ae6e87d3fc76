"""Whether a yes would lead to nothing, by the newest stored reading of the incident's task."""

from qlik_monitor.adapters.dynamodb_recent_history import RecentHistory
from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.approval_void import void_because
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.incident import Incident
from qlik_monitor.errors import StoreUnavailable
from qlik_monitor.observability import logger


def void_by_reading(history: RecentHistory, incident: Incident, approval: Approval) -> str | None:
    """Say why a yes would lead to nothing, or None."""
    return void_because(incident, approval, _newest(history, incident))


def _newest(history: RecentHistory, incident: Incident) -> HistoryPoint | None:
    task = incident.subject.task_id
    if task is None:
        return None
    try:
        readings = history.of_servers([task.server], 1)[task.server].of(task.task)
    except StoreUnavailable as error:
        # Whoever executes reads the task itself: what is not known here hinders no answer.
        logger.warning("newest reading not read", incident=incident.id, reason=str(error))
        return None
    return readings[-1] if readings else None
