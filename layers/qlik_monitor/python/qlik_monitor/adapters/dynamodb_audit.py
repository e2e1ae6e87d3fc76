"""The audit trail in DynamoDB: items that are put once, and never changed or removed by a function.

| item | pk | sk |
|---|---|---|
| entry | `AUDIT#<incident>` | `<moment>#<event>#<approval>#<hash of who>` |

`terraform/iam.tf` denies every function to update or delete them.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import expiry, pages, store_errors
from qlik_monitor.domain.audit import AuditEntry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

KEPT = timedelta(days=400)
"""Longer than a year, so that last year's trail is there when it is asked for; then export it."""
NEW = "attribute_not_exists(pk)"


class DynamoDbAudit:
    """Fits `AuditTrail`."""

    def __init__(self, table: "Table") -> None:
        """Keep the trail in this table."""
        self._table = table

    def add(self, entry: AuditEntry) -> None:
        """Add one entry; the same one again is there already."""
        try:
            with store_errors(f"add to the trail of {entry.incident_id}"):
                self._table.put_item(Item=entry_item(entry), ConditionExpression=NEW)
        except ClientError:
            return  # a repeated step adds what it added before

    def of(self, incident_id: str) -> tuple[AuditEntry, ...]:
        """Return an incident's entries, oldest first."""
        return tuple(self._entries(incident_id))

    def everything(self, seen: Callable[[int], None]) -> tuple[AuditEntry, ...]:
        """Return the entries of all incidents, oldest first.

        That reads the whole table, page by page; `seen` gets how many items each page held.
        """
        found: list[AuditEntry] = []
        where: dict[str, Any] = {"FilterExpression": Attr("pk").begins_with("AUDIT#")}
        while True:
            with store_errors("read every audit trail"):
                page = self._table.scan(**where)
            seen(page["ScannedCount"])
            found += [_entry(item) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return tuple(sorted(found, key=lambda one: (one.at, one.incident_id)))
            where["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _entries(self, incident_id: str) -> Iterator[AuditEntry]:
        condition = Key("pk").eq(f"AUDIT#{incident_id}")
        for page in pages(self._table, "read an audit trail", condition, ConsistentRead=True):
            for item in page:
                yield _entry(item)


def _entry(item: Mapping[str, Any]) -> AuditEntry:
    return AuditEntry.model_validate_json(str(item["document"]))


def entry_item(entry: AuditEntry) -> dict[str, Any]:
    """Return the item of an entry, for a transaction with what it tells of."""
    who = hashlib.sha256(entry.by.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    at = entry.at.isoformat(timespec="microseconds")
    return {
        "pk": f"AUDIT#{entry.incident_id}",
        "sk": f"{at}#{entry.event.value}#{entry.approval_id}#{who}",
        "document": entry.model_dump_json(exclude_defaults=True),
        "expires_at": expiry(entry.at, KEPT),
    }
