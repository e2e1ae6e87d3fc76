"""Lambda `execute-restart`: carry out one decided restart, once and only once.

    re-read the task ──▶ void what is stale ──▶ write ahead, within the limits ──▶ stop, run

The write-ahead record is the lock: a step that runs again finds it and calls Qlik no more.
What rewrites data goes by a path of its own (rewrite.py), on a strong approval alone.
A group of tasks goes the same way, task by task, on one approval.

Input   {"incident_id", "cycle", "attempt"}
Output  {"status": "started" | "not_executed", "detail", "verification"}
"""

import time
from datetime import datetime, timedelta
from typing import Any

from functions.execute_restart.carry_out import carry_out
from functions.execute_restart.group import Tools, resume_each
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_recent_history import RecentHistory
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.composition import settings, the_table, utc_now
from qlik_monitor.composition_qlik import platform
from qlik_monitor.composition_rules import opt_out_tags
from qlik_monitor.domain.actions import DESTRUCTIVE, Action
from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.execution import (
    not_permitted,
    restart_of,
    stale,
    switched_off,
    verification_of,
)
from qlik_monitor.domain.group_restart import not_a_group_restart, summary
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.limits import reason_of
from qlik_monitor.domain.member import Fate
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.restart import Reservation, Restart, RestartOutcome
from qlik_monitor.domain.rewriting import Warrant, unwarranted
from qlik_monitor.domain.task import TaskId
from qlik_monitor.observability import count, logger, observed
from qlik_monitor.settings import ExecuteRestartSettings

LEASE = timedelta(hours=3)
"""How long the verification of a restart may take."""
MARGIN_SECONDS = 45.0
"""Kept of the function's time beside one more reading and run: writing down, and Qlik's delays."""
REFUSED = (RestartOutcome.REFUSED,)


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Execute the restart that was decided for an incident."""
    incidents = DynamoDbIncidents(the_table(ExecuteRestartSettings))
    restarts = DynamoDbRestarts(the_table(ExecuteRestartSettings))
    incident = incidents.get(event["incident_id"])

    if not incident.is_worked_on_by(event["cycle"]):
        return _not_executed(incident, f"it was taken over and is {incident.status.value}")
    attempt = int(event["attempt"])
    if earlier := _earlier(incident, attempt, restarts):
        return earlier
    if refusal := _refusal(incident, attempt):
        return _not_executed(incident, refusal)
    if incident.candidates:
        return _resume_group(incident, incidents, restarts, context)
    return _restart_task(incident, incidents, restarts)


def _restart_task(
    incident: Incident, incidents: DynamoDbIncidents, restarts: DynamoDbRestarts
) -> dict[str, Any]:
    chosen = settings(ExecuteRestartSettings)
    if refusal := _switched_off_or_stale(incident):
        return _not_executed(incident, refusal)
    restart = restart_of(incident, utc_now())
    reserved = restarts.reserve(restart, chosen.limits(), incident.counts_from)
    if refusal := reason_of(reserved.refused):
        return _not_executed(incident, refusal)
    if reserved.reservation is Reservation.ALREADY_RESERVED:
        return _as_before(incident, _own(restarts, restart.task, incident))

    stops = restart.action is Action.STOP_AND_RESUME
    incident = incidents.save(
        incident.moved_to(IncidentStatus.EXECUTING, utc_now(), lease=LEASE, stopped_by_agent=stops)
    )
    qlik, warrant = platform(ExecuteRestartSettings), _warrant(incident)
    outcome, detail, stopped = carry_out(qlik, restart, time.sleep, warrant)
    if stops and outcome in REFUSED and not stopped:
        incident = incidents.save(incident.model_copy(update={"stopped_by_agent": False}))
    restarts.record(restart, outcome, detail, utc_now())
    count("RestartsRequested")
    logger.info(
        "restart requested", incident=incident.id, task=str(restart.task), outcome=outcome.value
    )
    if outcome in REFUSED:
        return _not_executed(incident, detail)
    incidents.save(incident.moved_to(IncidentStatus.VERIFYING, utc_now(), lease=LEASE))
    return _started(detail, incident)


def _refusal(incident: Incident, attempt: int) -> str | None:
    if incident.attempt != attempt:
        return f"attempt {attempt} was decided, and attempt {incident.attempt} is due"
    refusal = not_permitted(incident, _approval(incident)) or _not_warranted(incident)
    return refusal or (not_a_group_restart(incident) if incident.candidates else None)


def _not_warranted(incident: Incident) -> str | None:
    """Say early, with no restart of the limit spent, that data must not be rewritten."""
    warrant = _warrant(incident)
    if warrant is None or incident.subject.task_id is None:
        return None
    return unwarranted(warrant, restart_of(incident, utc_now()))


def _warrant(incident: Incident) -> Warrant | None:
    if incident.decision is None or incident.decision.action not in DESTRUCTIVE:
        return None
    enabled = settings(ExecuteRestartSettings).destructive_actions_enabled
    return Warrant(incident=incident, approval=_approval(incident), enabled=enabled)


def _approval(incident: Incident) -> Approval | None:
    approvals = DynamoDbApprovals(the_table(ExecuteRestartSettings))
    return approvals.get(incident.approval_id) if incident.approval_id else None


def _switched_off_or_stale(incident: Incident) -> str | None:
    task = incident.subject.task_id
    if task is None:
        return "a server cannot be restarted"
    if off := switched_off(incident, settings(ExecuteRestartSettings).switches()):
        return off
    fresh = platform(ExecuteRestartSettings).read_task(task)
    judged = incident.snapshot
    readings = _readings(task, judged.observed_at) if judged else ()
    return stale(incident, fresh, opt_out_tags(), readings)


def _readings(task: TaskId, since: datetime) -> tuple[HistoryPoint, ...]:
    return RecentHistory(the_table(ExecuteRestartSettings)).since(task, since)


def _resume_group(
    incident: Incident, incidents: DynamoDbIncidents, restarts: DynamoDbRestarts, context: Any
) -> dict[str, Any]:
    """Resume several tasks on one approval; what became of each is kept in the incident."""
    incident = incidents.save(incident.moved_to(IncidentStatus.EXECUTING, utc_now(), lease=LEASE))
    approval = _approval(incident)
    since = approval.requested_at if approval else incident.opened_at
    resumed = resume_each(incident, _tools(incidents, restarts, context, since))
    begun = [one for one in resumed if one.fate is Fate.STARTED]
    logger.info("group resumed", incident=incident.id, started=len(begun), tasks=len(resumed))
    if not begun:
        return _not_executed(incident, summary(resumed))
    count("RestartsRequested", len(begun))
    incidents.save(
        incident.moved_to(IncidentStatus.VERIFYING, utc_now(), lease=LEASE, resumed=resumed)
    )
    return _started(summary(resumed))


def _tools(
    incidents: DynamoDbIncidents, restarts: DynamoDbRestarts, context: Any, since: datetime
) -> Tools:
    chosen = settings(ExecuteRestartSettings)
    needed = chosen.read_deadline_seconds() + chosen.action_timeout_seconds() + MARGIN_SECONDS
    return Tools(
        platform=platform(ExecuteRestartSettings),
        incidents=incidents,
        restarts=restarts,
        limits=chosen.limits(),
        opt_out_tags=opt_out_tags(),
        readings=lambda task: _readings(task, since),
        now=utc_now,
        sleep=time.sleep,
        has_time=lambda: bool(context.get_remaining_time_in_millis() >= needed * 1000),
    )


def _is_reserved(incident: Incident) -> bool:
    return incident.status in (IncidentStatus.EXECUTING, IncidentStatus.VERIFYING)


def _earlier(incident: Incident, attempt: int, restarts: DynamoDbRestarts) -> dict[str, Any] | None:
    """Answer as an earlier run of this very step did, whatever has changed since, or None.

    An approval that grew old, or a switch that went off, cannot undo a call that was made, and
    what Qlik shows now may be its work.
    """
    if incident.attempt != attempt or not _is_reserved(incident):
        return None
    if incident.candidates:
        began = incident.status is IncidentStatus.VERIFYING
        return _started(summary(incident.resumed)) if began else None
    task = incident.subject.task_id
    done = _own(restarts, task, incident) if task else None
    return _as_before(incident, done) if done else None


def _own(restarts: DynamoDbRestarts, task: TaskId, incident: Incident) -> Restart | None:
    key = (incident.id, incident.attempt)
    return next((r for r in restarts.of(task) if (r.incident_id, r.attempt) == key), None)


def _as_before(incident: Incident, done: Restart | None) -> dict[str, Any]:
    if done and done.outcome in REFUSED:
        return _not_executed(incident, done.detail)
    return _started("the call was made, or begun, before", incident)


def _not_executed(incident: Incident, detail: str) -> dict[str, Any]:
    # It may quote Qlik, and the state machine keeps what a step answers.
    detail = redact(detail)
    logger.warning("restart not executed", incident=incident.id, reason=detail)
    return {"status": "not_executed", "detail": detail, "verification": None}


def _started(detail: str, incident: Incident | None = None) -> dict[str, Any]:
    # From here, not from the write-ahead: a stop may have taken all of the settling time.
    verification = verification_of(incident, utc_now())
    return {
        "status": "started",
        "detail": redact(detail),
        "verification": verification.model_dump(mode="json"),
    }
