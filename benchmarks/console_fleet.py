"""A fleet for the pages of the console: readings, incidents and cycles as the agent stores them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from benchmarks.history import a_reading
from qlik_monitor.adapters.dynamodb_cycles import DynamoDbCycles
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents, items_of_new
from qlik_monitor.adapters.dynamodb_servers import DynamoDbServers
from qlik_monitor.domain.anomaly import Anomaly, AnomalyKind, Severity, Subject
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.incident import Incident, IncidentStatus, Outcome
from qlik_monitor.domain.known_server import KnownServer
from qlik_monitor.domain.task import ServerState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

INTERVAL = timedelta(minutes=5)
OPEN_STATUSES = (
    IncidentStatus.ESCALATED,
    IncidentStatus.AWAITING_APPROVAL,
    IncidentStatus.VERIFYING,
    IncidentStatus.OBSERVED,
)


@dataclass(frozen=True)
class FleetSize:
    """How much there is to show."""

    servers: int = 20
    tasks_each: int = 500
    readings: int = 24
    opened: int = 60
    closed: int = 200


def fill(table: "Table", size: FleetSize, now: datetime) -> None:
    """Store a fleet as it would be after some hours."""
    servers = [f"replicate-prod-{number + 1:02}" for number in range(size.servers)]
    known = (KnownServer(name=name, state=ServerState.MONITORED) for name in servers)
    DynamoDbServers(table).keep(tuple(known))
    # Before the history: moto copies all that is stored, for each transaction anew.
    _store_incidents(table, servers, size, now)
    history = DynamoDbHistory(table)
    for place, server in enumerate(servers):
        for number in range(size.readings):
            at = now - INTERVAL * (size.readings - 1 - number)
            history.save(server, dict(_reading(size.tasks_each, number, place, at)), at)
    for number in range(288):
        report = CycleReport(
            id=f"cycle-{number}",
            finished_at=now - number * INTERVAL,
            servers=size.servers,
            tasks=size.servers * size.tasks_each,
        )
        DynamoDbCycles(table).record(report)


def _reading(
    tasks: int, number: int, seed: int, at: datetime
) -> Iterator[tuple[str, HistoryPoint]]:
    for name, point in a_reading(tasks, number, seed).items():
        yield name, replace(point, at=at)


def _store_incidents(
    table: "Table", servers: Sequence[str], size: FleetSize, now: datetime
) -> None:
    store, chance = DynamoDbIncidents(table), random.Random(1)
    tasks = [
        (server, task)
        for place, server in enumerate(servers)
        for task in a_reading(size.tasks_each, 0, place)
    ]
    chosen = chance.sample(tasks, min(len(tasks), size.opened + size.closed))
    incidents = []
    for number, (server, task) in enumerate(chosen):
        opened_at = now - timedelta(minutes=7 * number + 3)
        name = f"{opened_at:%Y%m%dT%H%M%S}-{number:012}"
        incidents.append(_incident(name, server, task, opened_at))
    for incident in incidents[size.opened :]:
        store.open(incident)
        at = incident.opened_at + timedelta(minutes=5)
        ended = {
            "status": IncidentStatus.CLOSED,
            "outcome": Outcome.RESTARTED,
            "reason": "2 healthy readings in a row",
            "closed_at": at,
            "updated_at": at,
        }
        store.close(incident.model_copy(update=ended))
    with table.batch_writer() as batch:
        for incident in incidents[: size.opened]:
            for item in items_of_new(incident):
                batch.put_item(Item=item)


def _incident(incident_id: str, server: str, task: str, opened_at: datetime) -> Incident:
    place = len(task) + opened_at.minute
    severity = Severity.CRITICAL if place % 3 else Severity.WARNING
    return Incident(
        id=incident_id,
        subject=Subject(server=server, task=task),
        cycle="cycle",
        status=OPEN_STATUSES[place % len(OPEN_STATUSES)],
        anomalies=(
            Anomaly(
                kind=_kinds()[place % 3],
                severity=severity,
                summary="stopped by an error (FATAL_ERROR)",
            ),
        ),
        opened_at=opened_at,
        updated_at=opened_at,
        lease_until=opened_at,
        reason="the proposal waits for a person",
    )


def _kinds() -> Sequence[AnomalyKind]:
    return (AnomalyKind.ABORTED, AnomalyKind.LAGGING, AnomalyKind.STUCK)
