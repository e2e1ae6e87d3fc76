"""Restart history in DynamoDB: written ahead of each call, within every limit or not at all.

The write-ahead record, the task's pause, the server's and the fleet's times, the trial of a circuit
breaker and the check that nothing is paused are one transaction. Each part holds only if nobody
wrote it since it was read, so of any number of racers each place has one winner. The items stand
in `dynamodb_restart_items.py`, the circuit breakers in `dynamodb_breakers.py`.
"""

import random
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import cancellation_codes, items, pages, store_errors
from qlik_monitor.adapters.dynamodb_automation import KEY as AUTOMATION_KEY
from qlik_monitor.adapters.dynamodb_automation import automation_of, runs
from qlik_monitor.adapters.dynamodb_breakers import DynamoDbBreakers
from qlik_monitor.adapters.dynamodb_restart_items import (
    Item,
    breaker_item,
    breaker_key,
    breaker_of,
    budget_key,
    fleet_key,
    next_version,
    pause_item,
    pause_of,
    restart_item,
    server_key,
    slots_of,
    take_slot,
    task_pk,
)
from qlik_monitor.domain.limits import Limits, backoff, refused_by
from qlik_monitor.domain.limits_consulted import (
    Spent,
    consult,
    counted_restarts,
    trials_needed,
)
from qlik_monitor.domain.restart import Reservation, Reserved, Restart, RestartOutcome
from qlik_monitor.domain.slots import free_slots
from qlik_monitor.domain.task import TaskId
from qlik_monitor.errors import StoreUnavailable
from qlik_monitor.observability import spend

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

TRIES = 60
"""How often a reservation is tried anew when others write the same items at the same time."""
LONGEST_SLEEP = 0.5
"""Seconds between two tries at most; all tries together stay below what a function keeps for it."""
GRANTED = Reserved(reservation=Reservation.GRANTED)
ALREADY_RESERVED = Reserved(reservation=Reservation.ALREADY_RESERVED)


class _Seen(NamedTuple):
    """What a try is based on: the facts, and the items as they were read."""

    spent: Spent
    budget: Item
    server: Item
    fleet: Item
    breakers: dict[str, Item]


class DynamoDbRestarts:
    """Fits `RestartHistory`."""

    def __init__(
        self,
        table: "Table",
        chance: Callable[[], float] = random.random,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Keep restarts in this table; `chance` returns a number from 0 to 1."""
        self._table = table
        self._chance = chance
        self._sleep = sleep

    def of(self, task: TaskId) -> tuple[Restart, ...]:
        """Return a task's restarts, oldest first (incident ids begin with their time)."""
        condition = Key("pk").eq(task_pk(task)) & Key("sk").begins_with("RESTART#")
        read = pages(self._table, f"read restarts of {task}", condition, ConsistentRead=True)
        documents = (str(item["document"]) for page in read for item in page)
        return tuple(Restart.model_validate_json(document) for document in documents)

    def spent(self, task: TaskId, endpoints: tuple[str, ...]) -> Spent:
        """Return all that the limits over one more restart of a task are held against."""
        return self._seen(task, endpoints).spent

    def reserve(
        self, restart: Restart, limits: Limits, counts_from: datetime | None = None
    ) -> Reserved:
        """Write the restart and its place under every limit in one transaction, or nothing."""
        now = restart.requested_at
        for number in range(TRIES):
            seen = self._seen(restart.task, restart.endpoints)
            if any(earlier.key == restart.key for earlier in seen.spent.restarts):
                return ALREADY_RESERVED
            consulted = consult(restart.action, seen.spent, limits, counts_from, now)
            if refused := refused_by(consulted):
                return Reserved(reservation=Reservation.REFUSED, refused=refused)
            if outcome := self._write_ahead(restart, seen, limits, counts_from):
                return outcome
            spend("reservations_repeated", 1)
            self._sleep(self._chance() * min(LONGEST_SLEEP, 0.01 * 2**number))
        raise StoreUnavailable(f"reserve a restart of {restart.task}: too many others at once")

    def record(
        self, restart: Restart, outcome: RestartOutcome, detail: str, now: datetime
    ) -> Restart:
        """Write down what became of a restart, and tell the circuit breakers of its endpoints."""
        changed = restart.model_copy(
            update={"outcome": outcome, "detail": detail[:500], "finished_at": now}
        )
        with store_errors(f"record a restart of {restart.task}"):
            self._table.put_item(Item=restart_item(changed))
        DynamoDbBreakers(self._table).tell(changed, now)
        return changed

    def _seen(self, task: TaskId, endpoints: tuple[str, ...]) -> _Seen:
        fixed = [budget_key(task), server_key(task.server), fleet_key(), AUTOMATION_KEY]
        keys = [*fixed, *(breaker_key(name) for name in endpoints)]
        budget, server, fleet, switch, *breakers = items(self._table, f"limits of {task}", keys)
        spent = Spent(
            task=task,
            # After the budget: a restart that is missed here has changed the budget's version.
            restarts=self.of(task),
            pause=pause_of(budget),
            server=tuple(slots_of(server).values()),
            fleet=tuple(slots_of(fleet).values()),
            breakers=tuple(map(breaker_of, endpoints, breakers)),
            automation=automation_of(switch),
        )
        return _Seen(spent, budget, server, fleet, dict(zip(endpoints, breakers, strict=True)))

    def _write_ahead(
        self, restart: Restart, seen: _Seen, limits: Limits, counts_from: datetime | None
    ) -> Reserved | None:
        """Try the transaction once; None means that somebody else was quicker somewhere."""
        client: Any = self._table.meta.client
        parts = self._parts(restart, seen, limits, counts_from)
        try:
            with store_errors(f"reserve a restart of {restart.task}", races=True):
                client.transact_write_items(TransactItems=parts)
        except ClientError as error:
            taken = cancellation_codes(error)[:1] == ["ConditionalCheckFailed"]
            return ALREADY_RESERVED if taken else None
        return GRANTED

    def _parts(
        self, restart: Restart, seen: _Seen, limits: Limits, counts_from: datetime | None
    ) -> list[Item]:
        name, now, spent = self._table.name, restart.requested_at, seen.spent
        counted = counted_restarts(spent.restarts, limits, counts_from, now)
        pause = backoff(len(counted) + 1, limits.backoff, self._chance())
        new = {
            "TableName": name,
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
        writes = [{"Put": next_version(name, item, before)} for item, before in changed]
        caps = [
            (server_key(restart.task.server), seen.server, limits.server_cap),
            (fleet_key(), seen.fleet, limits.fleet_cap),
        ]
        places = [{"Update": self._place(key, item, cap, limits, now)} for key, item, cap in caps]
        return [{"Put": new}, *writes, *places, {"ConditionCheck": runs(name)}]

    def _place(
        self, key: dict[str, str], item: Item, cap: int, limits: Limits, now: datetime
    ) -> Item:
        """Take one of a cap's free places; which one is left to chance, so that few meet."""
        window = limits.cap_window
        free = free_slots(slots_of(item), cap, window, now)
        slot = free[min(int(self._chance() * len(free)), len(free) - 1)]
        return take_slot(self._table.name, key, slot, now, window)
