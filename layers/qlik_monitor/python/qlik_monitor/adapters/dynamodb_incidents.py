"""Incidents in DynamoDB: a document each, and a lock that allows one open incident a subject.

| item | pk | sk |
|---|---|---|
| lock of a subject | `OPEN` | the subject |
| incident | `INCIDENT#<id>` | `INCIDENT` |

A lock also holds what lists show of its incident, and is written with it in one transaction: saving
an incident takes twice the write units of its document, and two more. A closed one is also listed
by the items of `dynamodb_closed_incidents`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import expiry, pages, store_errors
from qlik_monitor.adapters.dynamodb_closed_incidents import items_of
from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.open_incident import OpenIncident
from qlik_monitor.errors import IncidentChanged, IncidentNotFound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

OPEN = "OPEN"
BATCH = 100
"""DynamoDB reads at most so many items by key at once."""


class DynamoDbIncidents:
    """Fits `IncidentStore`."""

    def __init__(self, table: "Table") -> None:
        """Keep incidents in this table."""
        self._table = table

    def open(self, incident: Incident) -> bool:
        """Store a new incident with its lock in one transaction."""
        new = "attribute_not_exists(pk)"
        try:
            with store_errors(f"open incident {incident.id}"):
                self._transact(*({"Put": self._put(one, new)} for one in items_of_new(incident)))
        except ClientError:
            return False
        return True

    def get(self, incident_id: str) -> Incident:
        """Return an incident, consistently read."""
        with store_errors(f"read incident {incident_id}"):
            answer = self._table.get_item(Key=_key(incident_id), ConsistentRead=True)
        if "Item" not in answer:
            raise IncidentNotFound(f"no incident {incident_id!r} is stored")
        return Incident.model_validate_json(str(answer["Item"]["document"]))

    def is_open(self, subject: Subject) -> bool:
        """Tell whether a subject's lock is held."""
        with store_errors(f"look for an incident of {subject}"):
            answer = self._table.get_item(Key={"pk": OPEN, "sk": str(subject)}, ConsistentRead=True)
        return "Item" in answer

    def save(self, incident: Incident) -> Incident:
        """Store a change, in its lock too, if nobody else wrote since it was read.

        Who writes at the same moment counts as somebody who wrote.
        """
        saved = incident.model_copy(update={"version": incident.version + 1})
        put = self._put(_item(saved), "version = :seen", {":seen": incident.version})
        lock = self._put(_lock(saved), "incident_id = :id", {":id": incident.id})
        try:
            with store_errors(f"save incident {incident.id}", races=True):
                self._transact({"Put": put}, {"Put": lock})
        except ClientError as error:
            raise _changed(incident) from error
        return saved

    def close(self, incident: Incident) -> Incident:
        """Store its end, put it on the lists of the closed, and remove its lock, all at once."""
        saved = incident.model_copy(update={"version": incident.version + 1})
        item = _item(saved) | {"expires_at": expiry(incident.updated_at)}
        put = self._put(item, "version = :seen", {":seen": incident.version})
        lock = {
            "TableName": self._table.name,
            "Key": {"pk": OPEN, "sk": incident.subject.key},
            "ConditionExpression": "incident_id = :id",
            "ExpressionAttributeValues": {":id": incident.id},
        }
        try:
            with store_errors(f"close incident {incident.id}", races=True):
                self._transact({"Put": put}, {"Delete": lock}, *self._listed(saved))
        except ClientError as error:
            raise _changed(incident) from error
        return saved

    def all_open(self) -> tuple[Incident, ...]:
        """Return every incident that holds a lock."""
        return self.read(self._open_ids())

    def read(self, ids: Sequence[str]) -> tuple[Incident, ...]:
        """Return these incidents, in their order; raises IncidentNotFound."""
        chunks = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
        return tuple(incident for chunk in chunks for incident in self._batch(chunk))

    def _open_ids(self) -> list[str]:
        locks = Key("pk").eq(OPEN)
        read = pages(self._table, "list open incidents", locks, ConsistentRead=True)
        return [str(item["incident_id"]) for page in read for item in page]

    def _batch(self, ids: Sequence[str]) -> list[Incident]:
        # One by one where a batch left something out: an incident that is not seen would
        # neither be closed nor escalated.
        client = self._table.meta.client
        name = self._table.name
        with store_errors("read open incidents"):
            answer = client.batch_get_item(
                RequestItems={name: {"Keys": [_key(i) for i in ids], "ConsistentRead": True}}
            )
        found = {str(item["pk"]): item for item in answer["Responses"].get(name, [])}
        documents = [found.get(_key(incident_id)["pk"]) for incident_id in ids]
        return [
            Incident.model_validate_json(str(item["document"])) if item else self.get(incident_id)
            for incident_id, item in zip(ids, documents, strict=True)
        ]

    def _put(
        self, item: dict[str, Any], condition: str, values: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        put = {"TableName": self._table.name, "Item": item, "ConditionExpression": condition}
        return put | ({"ExpressionAttributeValues": values} if values else {})

    def _listed(self, incident: Incident) -> list[dict[str, Any]]:
        name = self._table.name
        return [{"Put": {"TableName": name, "Item": item}} for item in items_of(incident)]

    def _transact(self, *items: dict[str, Any]) -> None:
        client: Any = self._table.meta.client
        client.transact_write_items(TransactItems=list(items))


def items_of_new(incident: Incident) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the items of an incident that is opened: its lock, and its document."""
    return _lock(incident), _item(incident)


def _key(incident_id: str) -> dict[str, str]:
    return {"pk": f"INCIDENT#{incident_id}", "sk": "INCIDENT"}


def _lock(incident: Incident) -> dict[str, Any]:
    return {
        "pk": OPEN,
        "sk": incident.subject.key,
        "incident_id": incident.id,
        "document": OpenIncident.of(incident).model_dump_json(exclude_defaults=True),
    }


def _item(incident: Incident) -> dict[str, Any]:
    return _key(incident.id) | {
        "document": incident.model_dump_json(),
        "version": incident.version,
        "status": incident.status.value,
        "subject": str(incident.subject),
        "closed": incident.status is IncidentStatus.CLOSED,
    }


def _changed(incident: Incident) -> IncidentChanged:
    return IncidentChanged(f"incident {incident.id} was written since version {incident.version}")
