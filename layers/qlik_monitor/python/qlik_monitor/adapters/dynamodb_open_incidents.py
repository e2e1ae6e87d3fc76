"""Open incidents in DynamoDB as their locks tell of them: all in one partition, a line each.

A megabyte of them, which one query reads, is some 2,500 of single tasks. They are written with
their incidents (`dynamodb_incidents`), so that they never tell of another state.
"""

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import ConditionBase, Key

from qlik_monitor.adapters.dynamodb import items, pages
from qlik_monitor.adapters.dynamodb_incidents import OPEN, DynamoDbIncidents
from qlik_monitor.domain.anomaly import OF_ENDPOINTS, Subject
from qlik_monitor.domain.open_incident import OpenIncident
from qlik_monitor.domain.task import TaskId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

LONGEST_KEY = 1024
"""Bytes of a sort key; a subject of a longer name can have no lock."""


class DynamoDbOpenIncidents:
    """Lists what is open."""

    def __init__(self, table: "Table") -> None:
        """Read them from this table."""
        self._table = table

    def all(self) -> tuple[OpenIncident, ...]:
        """Return every one."""
        return self._told(self._query(Key("pk").eq(OPEN)))

    def about(self, task: TaskId) -> tuple[OpenIncident, ...]:
        """Return those that may be about a task: its own, its server's, and all of endpoints."""
        subjects = (Subject(server=task.server, task=task.task), Subject(server=task.server))
        keys = [{"pk": OPEN, "sk": one.key} for one in subjects if _fits(one.key)]
        own = items(self._table, f"look for incidents of {task}", keys) if keys else []
        of_endpoints = Key("pk").eq(OPEN) & Key("sk").begins_with(OF_ENDPOINTS)
        return self._told([*filter(None, own), *self._query(of_endpoints)])

    def _query(self, condition: ConditionBase) -> list[dict[str, Any]]:
        read = pages(self._table, "list open incidents", condition, ConsistentRead=True)
        return [item for page in read for item in page]

    def _told(self, locks: list[dict[str, Any]]) -> tuple[OpenIncident, ...]:
        # A lock that an earlier release wrote tells nothing but the id.
        silent = [str(lock["incident_id"]) for lock in locks if "document" not in lock]
        read = DynamoDbIncidents(self._table).read(silent)
        known = {one.id: OpenIncident.of(one) for one in read}
        return tuple(
            known.get(str(lock["incident_id"]))
            or OpenIncident.model_validate_json(str(lock["document"]))
            for lock in locks
        )


def _fits(key: str) -> bool:
    return len(key.encode()) <= LONGEST_KEY
