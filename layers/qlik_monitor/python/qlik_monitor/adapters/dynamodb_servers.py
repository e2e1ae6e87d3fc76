"""Known servers in DynamoDB: one item, written only when the servers or their states change.

| item | pk | sk |
|---|---|---|
| server list | `SERVERS` | `SERVERS` |
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from qlik_monitor.adapters.dynamodb import store_errors
from qlik_monitor.domain.known_server import KnownServer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

KEY = {"pk": "SERVERS", "sk": "SERVERS"}
_ADAPTER = TypeAdapter(tuple[KnownServer, ...])


class DynamoDbServers:
    """Remembers which servers there are."""

    def __init__(self, table: "Table") -> None:
        """Remember them in this table."""
        self._table = table

    def all(self) -> tuple[KnownServer, ...]:
        """Return the servers of the last cycle, by name."""
        listed = self._listed()
        return _ADAPTER.validate_json(listed) if listed else ()

    def keep(self, servers: Sequence[KnownServer]) -> None:
        """Remember the servers of a cycle, unless they are what is remembered."""
        listed = _ADAPTER.dump_json(tuple(servers)).decode()
        if listed == self._listed():
            return
        with store_errors("remember the servers"):
            self._table.put_item(Item={**KEY, "servers": listed})

    def _listed(self) -> str:
        with store_errors("read the servers"):
            answer = self._table.get_item(Key=KEY, ConsistentRead=True)
        return str(answer["Item"]["servers"]) if "Item" in answer else ""
