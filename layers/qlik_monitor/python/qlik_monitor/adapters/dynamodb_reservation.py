"""The transaction that reserves a restart: every part holds only if nobody was quicker there."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from qlik_monitor.adapters.dynamodb_automation import runs
from qlik_monitor.adapters.dynamodb_restart_items import (
    Item,
    breaker_item,
    fleet_key,
    next_version,
    pause_item,
    restart_item,
    server_key,
    slots_of,
    take_slot,
)
from qlik_monitor.domain.limits import Limits, backoff
from qlik_monitor.domain.limits_consulted import Spent, counted_restarts, trials_needed
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.slots import free_slots

Chance = Callable[[], float]
"""A number from 0 to 1, at random."""


class Seen(NamedTuple):
    """What a try is based on: the facts, and the items as they were read."""

    spent: Spent
    budget: Item
    server: Item
    fleet: Item
    breakers: dict[str, Item]


def transaction(
    table_name: str,
    restart: Restart,
    seen: Seen,
    allowed: tuple[Limits, datetime | None],
    chance: Chance,
) -> list[Item]:
    """Make the parts, the write-ahead record first; call it only where no limit refuses.

    `allowed` are the limits, and the moment that a task's restarts count from.
    """
    (limits, counts_from), now, spent = allowed, restart.requested_at, seen.spent
    counted = counted_restarts(spent.restarts, limits, counts_from, now)
    pause = backoff(len(counted) + 1, limits.backoff, chance())
    new = {
        "TableName": table_name,
        "Item": restart_item(restart),
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    changed = [
        (pause_item(restart.task, pause, now), seen.budget),
        *(
            (breaker_item(one.tried_by(restart.key, now), now), seen.breakers[one.endpoint])
            for one in trials_needed(spent, limits, now)
        ),
    ]
    writes = [{"Put": next_version(table_name, item, before)} for item, before in changed]
    caps = [
        (server_key(restart.task.server), seen.server, limits.server_cap),
        (fleet_key(), seen.fleet, limits.fleet_cap),
    ]
    places = []
    for key, item, cap in caps:
        free = free_slots(slots_of(item), cap, limits.cap_window, now)
        # Which one is left to chance, so that few racers meet.
        slot = free[min(int(chance() * len(free)), len(free) - 1)]
        places.append({"Update": take_slot(table_name, key, slot, now, limits.cap_window)})
    return [{"Put": new}, *writes, *places, {"ConditionCheck": runs(table_name)}]
