"""What is remembered of tasks between cycles, packed: one item for up to 400 tasks of a server.

One item a server and cycle costs a few writes where one a task would cost thousands: 400 busy
tasks with full windows take up to 60 kB compressed, that is 60 write units, 50 tasks 8.
"""

import zlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Key
from pydantic import TypeAdapter

from qlik_monitor.adapters.dynamodb import expiry, pages, store_errors
from qlik_monitor.domain.progress import TaskProgress

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

CHUNK = 400
KEPT = timedelta(days=7)
_ADAPTER = TypeAdapter(dict[str, TaskProgress])


class DynamoDbProgress:
    """Fits `ProgressStore`."""

    def __init__(self, table: "Table") -> None:
        """Keep progress in this table."""
        self._table = table

    def load(self, server: str) -> dict[str, TaskProgress]:
        """Return what is remembered, by task name."""
        remembered: dict[str, TaskProgress] = {}
        condition = Key("pk").eq(f"PROGRESS#{server}")
        for page in pages(self._table, f"load progress of {server}", condition):
            for item in page:
                _merge(remembered, unpack(bytes(item["packed"])))
        return remembered

    def save(self, server: str, progress: dict[str, TaskProgress]) -> None:
        """Remember a server's tasks; a chunk that is no longer needed dies of its TTL."""
        if not progress:
            return
        names = sorted(progress)
        now = max(progress[name].observed_at for name in names)
        for number, start in enumerate(range(0, len(names), CHUNK)):
            chunk = {name: progress[name] for name in names[start : start + CHUNK]}
            self._put(server, number, pack(chunk), now)

    def _put(self, server: str, number: int, packed: bytes, now: datetime) -> None:
        item = {"pk": f"PROGRESS#{server}", "sk": f"CHUNK#{number:04}", "packed": packed}
        with store_errors(f"save progress of {server}"):
            self._table.put_item(Item=item | {"expires_at": expiry(now, KEPT)})


def _merge(remembered: dict[str, TaskProgress], chunk: dict[str, TaskProgress]) -> None:
    # A task may stand in a chunk that is no longer written as well: the newer one counts.
    for name, progress in chunk.items():
        known = remembered.get(name)
        if known is None or known.observed_at < progress.observed_at:
            remembered[name] = progress


def pack(progress: dict[str, TaskProgress]) -> bytes:
    """Compress; what has its default value is left out."""
    return zlib.compress(_ADAPTER.dump_json(progress, exclude_defaults=True))


def unpack(packed: bytes) -> dict[str, TaskProgress]:
    """Undo `pack`; what another release wrote in another form is forgotten, and begun anew."""
    try:
        return _ADAPTER.validate_json(zlib.decompress(packed))
    except (ValueError, zlib.error):
        return {}
