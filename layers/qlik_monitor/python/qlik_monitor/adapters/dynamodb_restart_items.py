"""The items behind the limits over restarts: their keys, and their forms in DynamoDB.

| item | pk | sk |
|---|---|---|
| restart | `TASK#<server/task>` | `RESTART#<incident id>#<attempt>` |
| budget: the pause after the last restart | `TASK#<server/task>` | `BUDGET` |
| places of the fleet's cap | `LIMIT` | `FLEET` |
| places of a server's cap | `LIMIT` | `SERVER#<server>` |
| circuit breaker of an endpoint | `LIMIT` | `ENDPOINT#<endpoint>` |

What is shared has one partition, so that one query shows all of it.
"""

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from qlik_monitor.adapters.dynamodb import expiry
from qlik_monitor.domain.breaker import Breaker
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.task import TaskId

Item = dict[str, Any]
LIMIT, SERVER, ENDPOINT = "LIMIT", "SERVER#", "ENDPOINT#"
SLOT = re.compile(r"s\d+")
"""One attribute a place of a cap: when it was taken, in milliseconds since 1970."""


def task_pk(task: TaskId) -> str:
    """Return the partition of a task's restarts."""
    return f"TASK#{task}"


def budget_key(task: TaskId) -> dict[str, str]:
    """Return the key of a task's budget."""
    return {"pk": task_pk(task), "sk": "BUDGET"}


def server_key(server: str) -> dict[str, str]:
    """Return the key of a server's cap."""
    return {"pk": LIMIT, "sk": f"{SERVER}{server}"}


def fleet_key() -> dict[str, str]:
    """Return the key of the fleet's cap."""
    return {"pk": LIMIT, "sk": "FLEET"}


def breaker_key(endpoint: str) -> dict[str, str]:
    """Return the key of an endpoint's circuit breaker."""
    return {"pk": LIMIT, "sk": f"{ENDPOINT}{endpoint}"}


def restart_key(restart: Restart) -> dict[str, str]:
    """Return the key of a restart."""
    return {
        "pk": task_pk(restart.task),
        "sk": f"RESTART#{restart.incident_id}#{restart.attempt:04}",
    }


def restart_item(restart: Restart) -> Item:
    """Write a restart."""
    return restart_key(restart) | {
        "document": restart.model_dump_json(),
        "outcome": restart.outcome.value,
        "expires_at": expiry(restart.requested_at),
    }


def pause_item(task: TaskId, pause: timedelta, now: datetime) -> Item:
    """Write the pause that follows a task's restart."""
    seconds = math.ceil(pause.total_seconds())
    return budget_key(task) | {"pause_seconds": seconds, "expires_at": expiry(now)}


def pause_of(item: Item) -> timedelta:
    """Read the pause that follows a task's last restart; none where none was drawn."""
    return timedelta(seconds=int(item.get("pause_seconds", 0)))


def breaker_item(breaker: Breaker, now: datetime) -> Item:
    """Write a circuit breaker."""
    return breaker_key(breaker.endpoint) | {
        "document": breaker.model_dump_json(),
        "expires_at": expiry(now),
    }


def breaker_of(endpoint: str, item: Item) -> Breaker:
    """Read a circuit breaker; without an item it is closed."""
    if not item:
        return Breaker(endpoint=endpoint)
    return Breaker.model_validate_json(str(item["document"]))


def slots_of(item: Item) -> dict[int, datetime]:
    """Read when each place of a cap was last taken."""
    taken = {int(name[1:]): value for name, value in item.items() if SLOT.fullmatch(name)}
    return {slot: datetime.fromtimestamp(int(at) / 1000, UTC) for slot, at in taken.items()}


def take_slot(
    table_name: str, key: dict[str, str], slot: int, now: datetime, window: timedelta
) -> Item:
    """Make the update that holds only if nobody has taken the place within the window."""
    return {
        "TableName": table_name,
        "Key": key,
        "UpdateExpression": "SET #slot = :now, expires_at = :expiry",
        "ConditionExpression": "attribute_not_exists(#slot) OR #slot <= :free",
        "ExpressionAttributeNames": {"#slot": f"s{slot}"},
        "ExpressionAttributeValues": {
            ":now": round(now.timestamp() * 1000),
            ":free": math.floor((now - window).timestamp() * 1000),
            ":expiry": expiry(now),
        },
    }


def next_version(table_name: str, item: Item, seen: Item) -> Item:
    """Make the write that holds only if nobody has written the item since it was seen."""
    version = int(seen.get("version", 0))
    return {
        "TableName": table_name,
        "Item": item | {"version": version + 1},
        "ConditionExpression": "attribute_not_exists(pk) OR version = :seen",
        "ExpressionAttributeValues": {":seen": version},
    }
