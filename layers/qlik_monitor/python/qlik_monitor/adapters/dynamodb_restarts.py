"""Restart history in DynamoDB: written ahead of each call, within every limit or not at all.

The write-ahead record, the task's pause, a place of the server's and of the fleet's cap, the trial
of a circuit breaker and the check that nothing is paused are one transaction. Each part holds only
if nobody was quicker, so of any number of racers each place has one winner. The transaction stands
in `dynamodb_reservation.py`, the items in `dynamodb_restart_items.py`.
"""

import random
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import cancellation_codes, items, pages, store_errors
from qlik_monitor.adapters.dynamodb_automation import KEY as AUTOMATION_KEY
from qlik_monitor.adapters.dynamodb_automation import automation_of
from qlik_monitor.adapters.dynamodb_breakers import DynamoDbBreakers
from qlik_monitor.adapters.dynamodb_reservation import Chance, Seen, transaction
from qlik_monitor.adapters.dynamodb_restart_items import (
    breaker_key,
    breaker_of,
    budget_key,
    fleet_key,
    pause_of,
    restart_item,
    server_key,
    slots_of,
    task_pk,
)
from qlik_monitor.domain.limits import Limits, refused_by
from qlik_monitor.domain.limits_consulted import Spent, consult
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.restart import Reservation, Reserved, Restart, RestartOutcome
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


class DynamoDbRestarts:
    """Fits `RestartHistory`."""

    def __init__(
        self,
        table: "Table",
        chance: Chance = random.random,
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
            update={"outcome": outcome, "detail": redact(detail)[:500], "finished_at": now}
        )
        with store_errors(f"record a restart of {restart.task}"):
            self._table.put_item(Item=restart_item(changed))
        DynamoDbBreakers(self._table).tell(changed, now)
        return changed

    def _seen(self, task: TaskId, endpoints: tuple[str, ...]) -> Seen:
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
        return Seen(spent, budget, server, fleet, dict(zip(endpoints, breakers, strict=True)))

    def _write_ahead(
        self, restart: Restart, seen: Seen, limits: Limits, counts_from: datetime | None
    ) -> Reserved | None:
        """Try the transaction once; None means that somebody else was quicker somewhere."""
        client: Any = self._table.meta.client
        parts = transaction(self._table.name, restart, seen, (limits, counts_from), self._chance)
        try:
            with store_errors(f"reserve a restart of {restart.task}", races=True):
                client.transact_write_items(TransactItems=parts)
        except ClientError as error:
            taken = cancellation_codes(error)[:1] == ["ConditionalCheckFailed"]
            return ALREADY_RESERVED if taken else None
        return GRANTED
