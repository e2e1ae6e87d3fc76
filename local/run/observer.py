"""Watches a run through what it leaves in the table: incidents and restarts."""

from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from local.run.plan import Ending
from qlik_monitor.domain.incident import Incident, IncidentStatus, Outcome
from qlik_monitor.domain.restart import Restart


@dataclass(frozen=True)
class Records:
    """Everything that is stored of incidents and restarts at one moment."""

    incidents: tuple[Incident, ...]
    restarts: tuple[Restart, ...]


def read_records(dynamodb: Any, table: str) -> Records:
    """Scan the table; on a laptop it is small."""
    read = TypeDeserializer().deserialize
    incidents: list[Incident] = []
    restarts: list[Restart] = []
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for raw in page["Items"]:
            key, sort = read(raw["pk"]), read(raw["sk"])
            if sort == "INCIDENT":
                incidents.append(Incident.model_validate_json(read(raw["document"])))
            elif key.startswith("TASK#") and sort.startswith("RESTART#"):
                restarts.append(Restart.model_validate_json(read(raw["document"])))
    incidents.sort(key=lambda incident: incident.id)
    restarts.sort(key=lambda restart: restart.requested_at)
    return Records(tuple(incidents), tuple(restarts))


def ending_of(incident: Incident) -> Ending | None:
    """Name how an incident has ended, or None while it is under way."""
    if incident.outcome is Outcome.RESTARTED:
        return Ending.HEALED
    if incident.status is IncidentStatus.CLOSED:
        return Ending.CLOSED
    if incident.status is IncidentStatus.ESCALATED:
        return Ending.EXPIRED if "nobody answered" in incident.reason else Ending.ESCALATED
    by_status = {
        IncidentStatus.REJECTED: Ending.REJECTED,
        IncidentStatus.OBSERVED: Ending.OBSERVED,
    }
    return by_status.get(incident.status)
