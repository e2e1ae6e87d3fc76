"""Lambda `report-cycle`: keep the counts of a cycle, and tell people of a failed one.

A failure is told at once and then once an hour, and its end is told too: "Qlik is unreachable"
is an incident, not "no tasks". Whoever paused the agent, or let it go on, is told of as well.

Input   {"execution", "started", "cycle": counts} or {"execution", "error": {"Error", "Cause"}}
Output  {"succeeded": bool}
"""

from datetime import datetime
from typing import Any

from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.adapters.dynamodb_cycles import DynamoDbCycles
from qlik_monitor.adapters.dynamodb_model_usage import DynamoDbModelUsage
from qlik_monitor.composition import notifier, settings, the_table, utc_now
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.model_budget import Usage, day_of
from qlik_monitor.domain.notification import Notification, NotificationKind, about_automation
from qlik_monitor.domain.redaction import redact
from qlik_monitor.errors import NotificationFailed, StoreUnavailable
from qlik_monitor.observability import count, logger, observed
from qlik_monitor.settings import ReportCycleSettings
from qlik_monitor.step_error import sentence_of


@observed
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Report one cycle."""
    settings(ReportCycleSettings)
    cycles = DynamoDbCycles(the_table(ReportCycleSettings))
    report = _report(event).model_copy(update={"model_today": _model_today()})
    _tell_of_automation(DynamoDbAutomation(the_table(ReportCycleSettings)))
    if report.succeeded:
        _tell_end_of_failures(cycles, datetime.fromisoformat(event["started"]))
    else:
        _tell_failure(cycles, report)
    cycles.record(report)
    count("CyclesCompleted" if report.succeeded else "CyclesFailed")
    if report.error.startswith("Qlik"):
        count("QlikUnreachable")
    logger.info("cycle reported", **report.model_dump(mode="json", exclude={"finished_at"}))
    return {"succeeded": report.succeeded}


def _report(event: dict[str, Any]) -> CycleReport:
    identity = {"id": str(event["execution"]), "finished_at": utc_now()}
    if "error" in event:
        return CycleReport.model_validate(
            identity | {"succeeded": False, "error": sentence_of(event["error"])}
        )
    return CycleReport.model_validate(identity | dict(event["cycle"]))


def _model_today() -> Usage | None:
    try:
        return DynamoDbModelUsage(the_table(ReportCycleSettings)).of(day_of(utc_now()))
    except StoreUnavailable as error:
        # That a cycle failed is told, whatever the model has cost.
        logger.warning("model usage not read", reason=str(error))
        return None


def _tell_of_automation(switch: DynamoDbAutomation) -> None:
    """Let everybody hear that somebody paused the agent, or let it go on."""
    if state := switch.untold():
        logger.warning("automation switched", paused=state.paused, by=redact(state.by))
        notifier(ReportCycleSettings).tell(about_automation(state))
        switch.told(state)


def _tell_failure(cycles: DynamoDbCycles, report: CycleReport) -> None:
    name = report.error.partition(":")[0]
    if not cycles.failure_is_news(name, report.finished_at):
        return
    body = (
        f"The last monitoring cycle failed, so the tasks are not being watched.\n\n{report.error}"
    )
    subject = "[Qlik] Monitoring failed: tasks are not being watched"
    notification = Notification(kind=NotificationKind.CYCLE_FAILED, subject=subject, body=body)
    try:
        notifier(ReportCycleSettings).tell(notification)
    except NotificationFailed:
        cycles.forget((name,))
        raise


def _tell_end_of_failures(cycles: DynamoDbCycles, started: datetime) -> None:
    # A cycle that waited hours for an approver says nothing of failures since it began.
    if names := cycles.failures(started):
        notifier(ReportCycleSettings).tell(
            Notification(
                kind=NotificationKind.CYCLE_WORKS_AGAIN,
                subject="[Qlik] Monitoring works again",
                body=f"A cycle succeeded after: {', '.join(names)}",
            )
        )
        cycles.forget(names)
