"""Baselines in DynamoDB: what the tasks of a server did at one hour of the day, packed.

| item | pk | sk |
|---|---|---|
| 400 tasks at one hour | `BASELINE#<server>` | `HOUR#<hour>#<chunk>` |

A cycle reads one hour of each server, and writes one when an hour has ended: 24 times a day.
"""

import json
import zlib
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from pydantic import TypeAdapter

from qlik_monitor.adapters.dynamodb import expiry, pages, store_errors
from qlik_monitor.domain.baseline import Baseline

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

CHUNK = 400
KEPT = timedelta(days=35)
"""A week longer than the oldest row that counts."""
_ADAPTER: TypeAdapter[dict[str, Baseline]] = TypeAdapter(dict[str, Baseline])


class DynamoDbBaselines:
    """Fits `BaselineStore`."""

    def __init__(self, table: "Table") -> None:
        """Keep baselines in this table."""
        self._table = table

    def load(self, server: str, hour: int) -> dict[str, Baseline]:
        """Return the baselines of one hour of the day, UTC, by task name."""
        known: dict[str, Baseline] = {}
        condition = Key("pk").eq(f"BASELINE#{server}") & Key("sk").begins_with(f"HOUR#{hour:02}#")
        for page in pages(self._table, f"load baselines of {server}", condition):
            for item in page:
                _merge(known, unpack(bytes(item["packed"])))
        return known

    def save(self, server: str, hour: int, baselines: dict[str, Baseline], now: datetime) -> None:
        """Store the baselines of one hour; a chunk that is no longer needed dies of its TTL."""
        for number, names in enumerate(batched(sorted(baselines), CHUNK, strict=False)):
            item: dict[str, Any] = {
                "pk": f"BASELINE#{server}",
                "sk": f"HOUR#{hour:02}#{number:04}",
                "packed": pack({name: baselines[name] for name in names}),
                "expires_at": expiry(now, KEPT),
            }
            with store_errors(f"save baselines of {server}"):
                self._table.put_item(Item=item)


def _merge(known: dict[str, Baseline], chunk: dict[str, Baseline]) -> None:
    # A task may stand in a chunk that is no longer written as well: the newer rows count.
    for name, rows in chunk.items():
        if name not in known or known[name][-1:] < rows[-1:]:
            known[name] = rows


def pack(baselines: dict[str, Baseline]) -> bytes:
    """Compress."""
    return zlib.compress(json.dumps(baselines, separators=(",", ":")).encode())


def unpack(packed: bytes) -> dict[str, Baseline]:
    """Undo `pack`; what another release wrote in another form is forgotten, and learnt anew."""
    try:
        return _ADAPTER.validate_json(zlib.decompress(packed))
    except (ValueError, zlib.error):
        return {}
