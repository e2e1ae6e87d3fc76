"""Lambda `monitor-tasks`: read every task, find the ill ones, open and close incidents.

    EventBridge rule ──▶ state machine ──▶ monitor_tasks ──▶ counts and the ids of new incidents

Input   {"execution": name of the cycle's execution}
Output  {"cycle": counts, "incident_ids": [...]}; never the fleet itself
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from functions.monitor_tasks.history import keep, keep_roster
from qlik_monitor.adapters.dynamodb_baselines import DynamoDbBaselines
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_progress import DynamoDbProgress
from qlik_monitor.adapters.dynamodb_servers import DynamoDbServers
from qlik_monitor.composition import new_incident_id, notifier, settings, the_table
from qlik_monitor.composition_qlik import platform
from qlik_monitor.composition_rules import alert_rules, evaluation
from qlik_monitor.domain.baseline import hour_of, learnt
from qlik_monitor.domain.finding import Ruling, find
from qlik_monitor.domain.findings import Findings
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.monitoring import Review, review
from qlik_monitor.domain.notification import NotificationKind, about
from qlik_monitor.domain.sample import seconds_of
from qlik_monitor.domain.task import FleetReading, ServerState
from qlik_monitor.errors import IncidentChanged, QlikAccessDenied
from qlik_monitor.observability import count, logger, observed
from qlik_monitor.settings import MonitorTasksSettings


@observed
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Run one reading of the fleet."""
    chosen, cycle = settings(MonitorTasksSettings), str(event["execution"])
    incidents = DynamoDbIncidents(the_table(MonitorTasksSettings))
    progress = DynamoDbProgress(the_table(MonitorTasksSettings))
    baselines = DynamoDbBaselines(the_table(MonitorTasksSettings))

    reading = _read()
    servers = [s.name for s in reading.servers if s.state is ServerState.MONITORED]
    memory = {server: progress.load(server) for server in servers}
    hour = hour_of(seconds_of(reading.observed_at))
    usual = {server: baselines.load(server, hour) for server in servers}
    known = incidents.all_open()

    ruling = Ruling(alert_rules(chosen.thresholds()), evaluation())
    window = chosen.health_window()
    findings = find(reading, memory, chosen.thresholds(), usual, ruling, health_window=window)
    result = review(cycle, reading, findings, known, _ids(reading.observed_at))

    opened = [i.id for i in result.to_open if _open(incidents, i)]
    reopened = [i.id for i in result.to_reopen if _save(incidents, i)]
    # Remembered before anybody is told: a message that SNS refuses must not cost the memory. The
    # baselines go first, as the memory of an hour ends with it: a repeated step writes them again.
    _learn(baselines, findings, reading.observed_at)
    # Before the memory, which names a task that is missed for the last time.
    keep_roster(DynamoDbServers(the_table(MonitorTasksSettings)), reading, memory)
    for server, remembered in findings.progress.items():
        progress.save(server, remembered)
    keep(DynamoDbHistory(the_table(MonitorTasksSettings), chosen.history_kept()), reading)
    _close(incidents, result)
    _escalate_lost(incidents, result)

    again = [i.id for i in known if i.cycle == cycle and i.status is IncidentStatus.OPEN]
    return {
        "cycle": _counts(reading, findings, result),
        "incident_ids": sorted({*opened, *reopened, *again}),
    }


def _read() -> FleetReading:
    reading = platform(MonitorTasksSettings).read_fleet()
    if not reading.servers:
        raise QlikAccessDenied(
            "Qlik lists no server at all: give the account the Viewer role on all servers"
        )
    return reading


def _learn(baselines: DynamoDbBaselines, findings: Findings, now: datetime) -> None:
    for (server, hour), rows in findings.finished_hours().items():
        baselines.save(server, hour, learnt(baselines.load(server, hour), rows), now)


def _ids(now: datetime) -> Iterator[str]:
    while True:
        yield new_incident_id(now)


def _open(incidents: DynamoDbIncidents, incident: Incident) -> bool:
    opened = incidents.open(incident)
    if opened:
        logger.info(
            "incident opened",
            incident=incident.id,
            subject=str(incident.subject),
            kinds=sorted(incident.kinds),
        )
    return opened


def _save(incidents: DynamoDbIncidents, incident: Incident) -> bool:
    try:
        incidents.save(incident)
    except IncidentChanged:
        # Another cycle was quicker; the next one sees what it wrote.
        logger.info("incident changed meanwhile", incident=incident.id)
        return False
    return True


def _close(incidents: DynamoDbIncidents, result: Review) -> None:
    for incident in result.to_close:
        # Told first: a message that is sent twice is better than one that is never sent.
        notifier(MonitorTasksSettings).tell(
            about(incident, NotificationKind.CLOSED, "Closed", incident.reason)
        )
        try:
            incidents.close(incident)
        except IncidentChanged:
            logger.info("incident changed meanwhile", incident=incident.id)
            continue
        logger.info("incident closed", incident=incident.id, subject=str(incident.subject))


def _escalate_lost(incidents: DynamoDbIncidents, result: Review) -> None:
    for incident in result.lost:
        notifier(MonitorTasksSettings).tell(
            about(incident, NotificationKind.ESCALATED, "Needs you", incident.reason)
        )
        if _save(incidents, incident):
            logger.warning("incident lost", incident=incident.id, subject=str(incident.subject))


def _counts(reading: FleetReading, findings: Findings, result: Review) -> dict[str, int]:
    counts = {
        "servers": len(reading.servers),
        "tasks": len(reading.tasks),
        "unread": len(reading.unread),
        "ill": len(findings.anomalies),
        "opened": len(result.to_open) + len(result.to_reopen),
        "closed": len(result.to_close),
        "deferred": result.deferred,
    }
    logger.info("fleet read", extra=counts | {"held_back": result.held_back})
    count("TasksRead", counts["tasks"])
    count("TasksUnread", counts["unread"])
    count("IncidentsOpened", counts["opened"])
    return counts
