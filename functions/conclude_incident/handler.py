"""Lambda `conclude-incident`: write down how a cycle leaves an incident, and tell people.

Input   {"incident_id", "cycle", "conclusion": see `Conclusion`, "detail"?: text, or a step's error}
Output  {"status": the incident's status}
"""

from datetime import timedelta
from typing import Any

from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import notifier, settings, the_table, utc_now
from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.conclusion import Conclusion, conclude
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.notification import about
from qlik_monitor.observability import count, logger, observed
from qlik_monitor.settings import ConcludeIncidentSettings
from qlik_monitor.step_error import sentence_of


@observed
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Conclude one incident."""
    settings(ConcludeIncidentSettings)
    conclusion = Conclusion(event["conclusion"])
    incidents = DynamoDbIncidents(the_table(ConcludeIncidentSettings))
    incident = incidents.get(event["incident_id"])

    if incident.status is IncidentStatus.CLOSED or incident.cycle != event["cycle"]:
        return {"status": incident.status.value}  # it is no longer this cycle's to conclude

    ending = conclude(incident, conclusion, _detail(event), _approval(incident, conclusion))
    incident = incident.moved_to(ending.status, utc_now(), lease=timedelta(0), reason=ending.reason)
    # Told first: what nobody could be told of keeps its lease, and is told when that runs out.
    notifier(ConcludeIncidentSettings).tell(
        about(incident, ending.tells, ending.headline, ending.reason)
    )
    incident = incidents.save(incident)
    count(f"Incidents{incident.status.value.capitalize()}")
    logger.info("incident concluded", incident=incident.id, conclusion=conclusion.value)
    return {"status": incident.status.value}


def _approval(incident: Incident, conclusion: Conclusion) -> Approval | None:
    if conclusion is not Conclusion.EXPIRED or incident.approval_id is None:
        return None
    return DynamoDbApprovals(the_table(ConcludeIncidentSettings)).get(incident.approval_id)


def _detail(event: dict[str, Any]) -> str:
    detail = event.get("detail", "")
    return sentence_of(detail) if isinstance(detail, dict) else str(detail)
