"""The items behind the limits over restarts: their keys, and their forms in DynamoDB.

| item | pk | sk |
|---|---|---|
| restart | `TASK#<server/task>` | `RESTART#<incident id>#<attempt>` |
| budget: the pause after the last restart | `TASK#<server/task>` | `BUDGET` |
| times of all restarts | `LIMIT` | `FLEET` |
| times of a server's restarts | `LIMIT` | `SERVER#<server>` |
| circuit breaker of an endpoint | `LIMIT` | `ENDPOINT#<endpoint>` |

What is shared has one partition, so that one query shows all of it.
"""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from qlik_monitor.adapters.dynamodb import expiry
from qlik_monitor.domain.breaker import Breaker
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.task import TaskId

Item = dict[str, Any]
LIMIT, SERVER, ENDPOINT = "LIMIT", "SERVER#", "ENDPOINT#"


def task_pk(task: TaskId) -> str:
    """Return the partition of a task's restarts."""
    return f"TASK#{task}"


def budget_key(task: TaskId) -> dict[str, str]:
    """Return the key of a task's budget."""
    return {"pk": task_pk(task), "sk": "BUDGET"}


def server_key(server: str) -> dict[str, str]:
    """Return the key of a server's times."""
    return {"pk": LIMIT, "sk": f"{SERVER}{server}"}


def fleet_key() -> dict[str, str]:
    """Return the key of everybody's times."""
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


def times_item(key: dict[str, str], times: tuple[datetime, ...], now: datetime) -> Item:
    """Write the times of restarts, as milliseconds since 1970: ten thousand fit into an item."""
    stored = [round(time.timestamp() * 1000) for time in times]
    return key | {"times": stored, "expires_at": expiry(now)}


def times_of(item: Item) -> tuple[datetime, ...]:
    """Read the times of restarts."""
    stored = item.get("times", [])
    return tuple(datetime.fromtimestamp(int(time) / 1000, UTC) for time in stored)


def next_version(table_name: str, item: Item, seen: Item) -> Item:
    """Make the write that holds only if nobody has written the item since it was seen."""
    version = int(seen.get("version", 0))
    return {
        "TableName": table_name,
        "Item": item | {"version": version + 1},
        "ConditionExpression": "attribute_not_exists(pk) OR version = :seen",
        "ExpressionAttributeValues": {":seen": version},
    }
