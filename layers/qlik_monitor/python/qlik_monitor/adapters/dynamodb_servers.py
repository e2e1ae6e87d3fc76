"""The roster in DynamoDB: one item, written only when something in it changes.

| item | pk | sk |
|---|---|---|
| server list, and missed tasks | `SERVERS` | `SERVERS` |
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from qlik_monitor.adapters.dynamodb import store_errors
from qlik_monitor.domain.known_server import KnownServer, MissedTask, Roster

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

KEY = {"pk": "SERVERS", "sk": "SERVERS"}
MISSED_BYTES = 200_000
"""Of the missed tasks, compressed: some 20,000 usual names. DynamoDB takes 400 kB an item."""
_SERVERS = TypeAdapter(tuple[KnownServer, ...])
_MISSED = TypeAdapter(tuple[MissedTask, ...])


class DynamoDbServers:
    """Remembers which servers there are, and which tasks are missed."""

    def __init__(self, table: "Table") -> None:
        """Remember them in this table."""
        self._table = table

    def all(self) -> tuple[KnownServer, ...]:
        """Return the servers of the last cycle and those that vanished lately, by name."""
        return self.roster().servers

    def roster(self) -> Roster:
        """Return what the last cycle left."""
        with store_errors("read the servers"):
            answer = self._table.get_item(Key=KEY, ConsistentRead=True)
        return _roster(answer["Item"]) if "Item" in answer else Roster()

    def keep(self, servers: Sequence[KnownServer]) -> None:
        """Remember these servers, unless they are what is remembered."""
        self.change(lambda before: before.model_copy(update={"servers": tuple(servers)}))

    def change(self, to: Callable[[Roster], Roster]) -> None:
        """Replace the roster by what is made of it, unless that is the same."""
        before = self.roster()
        after = to(before)
        if after == before and before.servers:
            return
        with store_errors("remember the servers"):
            self._table.put_item(Item=_item(after))


def _item(roster: Roster) -> dict[str, Any]:
    missed = zlib.compress(_MISSED.dump_json(roster.missed))
    if len(missed) > MISSED_BYTES:
        return _item(roster.halved())
    # What is usual is left out, so that earlier releases read it.
    servers = _SERVERS.dump_json(roster.servers, exclude_defaults=True).decode()
    more = {"missed": missed} if roster.missed else {}
    counts = {"nameless": roster.nameless, "cut": roster.cut}
    return {**KEY, "servers": servers} | more | {n: v for n, v in counts.items() if v}


def _roster(item: Mapping[str, Any]) -> Roster:
    packed = item.get("missed")
    return Roster(
        servers=_SERVERS.validate_json(str(item["servers"])),
        missed=_MISSED.validate_json(zlib.decompress(bytes(packed))) if packed else (),
        nameless=int(item.get("nameless", 0)),
        cut=bool(item.get("cut", False)),
    )
