"""Precedents in DynamoDB: what came of restarts, by class of error and time.

| item | pk | sk |
|---|---|---|
| precedent | `PRECEDENT#<error class>` | `<UTC time>#<incident id>#<attempt>#<hash of the task>` |
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from pydantic import ValidationError

from qlik_monitor.adapters.dynamodb import expiry, pages, store_errors
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.precedent import Precedent
from qlik_monitor.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class DynamoDbPrecedents:
    """Fits `PrecedentStore`."""

    def __init__(self, table: "Table") -> None:
        """Keep precedents in this table."""
        self._table = table

    def add(self, precedent: Precedent) -> None:
        """Keep one; the key holds nothing that a repeated step would find otherwise."""
        with store_errors(f"keep a precedent of {precedent.task}"):
            self._table.put_item(Item=_item(precedent))

    def of(self, error_class: ErrorClass, at_most: int | None = None) -> tuple[Precedent, ...]:
        """Return the newest of a class, oldest first; all of them without a number."""
        read = pages(
            self._table,
            f"read precedents of class {error_class.value}",
            Key("pk").eq(_partition(error_class)),
            ScanIndexForward=False,
            **({} if at_most is None else {"Limit": at_most}),
        )
        items = [item for page in read for item in page] if at_most is None else next(read)
        return tuple(reversed([*_understood(items)]))


def _understood(items: list[Any]) -> Iterator[Precedent]:
    for item in items:
        try:
            yield Precedent.model_validate_json(str(item["document"]))
        except ValidationError:
            # Another release's: evidence that cannot be read must not stop a decision.
            logger.warning("precedent not understood", key=str(item["sk"]))


def _partition(error_class: ErrorClass) -> str:
    return f"PRECEDENT#{error_class.value}"


def _item(precedent: Precedent) -> dict[str, Any]:
    at = precedent.at.astimezone(UTC).isoformat(timespec="milliseconds")
    # A group restarts many tasks at once, and a name may be too long for a sort key.
    task = hashlib.sha256(str(precedent.task).encode()).hexdigest()[:12]
    return {
        "pk": _partition(precedent.error_class),
        "sk": f"{at}#{precedent.incident_id}#{precedent.attempt:04}#{task}",
        "document": precedent.model_dump_json(),
        "expires_at": expiry(precedent.at),
    }
