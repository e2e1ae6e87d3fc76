"""Lambda `verify-recovery`: look once more whether a restart helped, or a group's restarts.

Input   {"incident_id", "cycle", "attempt", "verification": what earlier readings said}
Output  {"verdict": "recovered" | "not_yet" | "failed", "verification", "retry_after_seconds"}
"""

import math
from datetime import timedelta
from typing import Any

from functions.verify_recovery.group import look_at_group
from functions.verify_recovery.record import record, task_of
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.composition import notifier, settings, the_table, utc_now
from qlik_monitor.composition_qlik import platform
from qlik_monitor.domain.incident import Incident, IncidentStatus, Outcome
from qlik_monitor.domain.limits_consulted import was_last
from qlik_monitor.domain.notification import NotificationKind, about
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.task import TaskSnapshot
from qlik_monitor.domain.verification import Verdict, Verification, verify
from qlik_monitor.errors import QlikRequestRefused, QlikUnavailable
from qlik_monitor.observability import count, logger, observed
from qlik_monitor.settings import VerifyRecoverySettings

TO_WRITE_SECONDS = 15.0
"""Kept of the function's time for what follows the readings of a group."""
LEASE = timedelta(hours=3)
"""How long the workflow may take to its next step; prolonged while readings go on."""


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Verify one restart with one reading."""
    incidents = DynamoDbIncidents(the_table(VerifyRecoverySettings))
    incident = incidents.get(event["incident_id"])
    before = Verification.model_validate(event["verification"])

    after = _earlier(incident, event, before)
    if after is None:
        incident, after = _looked(incident, before, context)
        if after.verdict is Verdict.RECOVERED:
            _close(incidents, incident, after)
        elif after.verdict is Verdict.FAILED:
            _fail(incidents, incident, after)
        elif incident.resumed or incident.lease_until - utc_now() < LEASE / 2:
            incidents.save(incident.moved_to(incident.status, utc_now(), lease=LEASE))
    return {
        "verdict": after.verdict.value,
        "verification": after.model_dump(mode="json"),
        "retry_after_seconds": math.ceil(_pause(incident, after).total_seconds()),
    }


def _pause(incident: Incident, after: Verification) -> timedelta:
    """Return how long the next attempt has to wait: as long as its reservation will demand.

    A group has no second attempt: what one resume did not heal goes to people, and so does a task
    that has no attempt left or stands where our stop left it. People hear of those at once.
    """
    if after.verdict is not Verdict.FAILED or incident.resumed or incident.subject.task is None:
        return timedelta(0)
    if was_last(incident.limits) or (incident.stopped_by_agent and after.shows_stopped):
        return timedelta(0)
    restarts = DynamoDbRestarts(the_table(VerifyRecoverySettings))
    until = restarts.spent(task_of(incident), ()).rests_until()
    return max(timedelta(0), until - utc_now()) if until else timedelta(0)


def _earlier(
    incident: Incident, event: dict[str, Any], before: Verification
) -> Verification | None:
    """Return the verdict that an earlier run of this step has stored, if any.

    An incident that was taken over counts as failed, unwritten: the next step leaves it alone.
    """
    if incident.status is IncidentStatus.CLOSED:
        _tell_healed(incident)  # the earlier run may have ended before it told anyone
        return before.model_copy(update={"verdict": Verdict.RECOVERED})
    if incident.attempt != event["attempt"] or not incident.is_worked_on_by(event["cycle"]):
        return before.model_copy(update={"verdict": Verdict.FAILED})
    return None


def _looked(
    incident: Incident, before: Verification, context: Any
) -> tuple[Incident, Verification]:
    verification = settings(VerifyRecoverySettings).verification()
    if not incident.resumed:
        return incident, verify(before, _read(incident), verification)
    seconds = context.get_remaining_time_in_millis() / 1000 - TO_WRITE_SECONDS
    qlik = platform(VerifyRecoverySettings)
    return look_at_group(incident, before, qlik, verification, seconds)


def _read(incident: Incident) -> TaskSnapshot | None:
    try:
        return platform(VerifyRecoverySettings).read_task(task_of(incident))
    except (QlikUnavailable, QlikRequestRefused) as error:
        logger.warning("task not read", incident=incident.id, reason=redact(str(error)))
        return None


def _close(incidents: DynamoDbIncidents, incident: Incident, after: Verification) -> None:
    record(incident, after)
    now = utc_now()
    closed = incidents.close(
        incident.moved_to(
            IncidentStatus.CLOSED,
            now,
            lease=timedelta(0),
            outcome=Outcome.RESTARTED,
            closed_at=now,
            reason=after.reason,
        )
    )
    count("IncidentsHealed")
    logger.info("incident healed", incident=incident.id, subject=str(incident.subject))
    _tell_healed(closed)


def _tell_healed(incident: Incident) -> None:
    notifier(VerifyRecoverySettings).tell(
        about(
            incident, NotificationKind.CLOSED, "Healed", f"The restart helped: {incident.reason}."
        )
    )


def _fail(incidents: DynamoDbIncidents, incident: Incident, after: Verification) -> None:
    record(incident, after)
    reason, now = f"restart {incident.attempt} did not help: {after.reason}", utc_now()
    incidents.save(
        incident.with_past(reason, now).moved_to(
            IncidentStatus.OPEN,
            now,
            lease=LEASE + _pause(incident, after),
            attempt=incident.attempt + 1,
            approval_id=None,
            proposal=None,
            decision=None,
            limits=(),
            reason=reason,
        )
    )
    count("RestartsFailed")
    logger.info("restart failed", incident=incident.id, attempt=incident.attempt)
