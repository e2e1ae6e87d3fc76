"""The switch that pauses the agent, in DynamoDB: every reservation of a restart checks this item.

| item | pk | sk |
|---|---|---|
| the switch | `CONTROL` | `AUTOMATION` |
"""

import contextlib
import random
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import is_conflict, store_errors
from qlik_monitor.domain.automation import MAX_WORDS, Automation
from qlik_monitor.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

KEY = {"pk": "CONTROL", "sk": "AUTOMATION"}
RUNS = "attribute_not_exists(pk) OR paused = :no"
"""The condition that nothing is paused."""
TRIES = 60
"""How often a write is tried while reservations check the item; nobody else repeats it."""
LONGEST_SLEEP = 0.25
"""Seconds between two tries at most; all of them take less than the shortest function has."""


class DynamoDbAutomation:
    """Fits `AutomationSwitch`."""

    def __init__(self, table: "Table", sleep: Callable[[float], None] = time.sleep) -> None:
        """Keep the switch in this table."""
        self._table = table
        self._sleep = sleep

    def state(self) -> Automation:
        """Return how it stands, consistently read."""
        with store_errors("read whether automation is paused"):
            answer = self._table.get_item(Key=KEY, ConsistentRead=True)
        return automation_of(dict(answer.get("Item", {})))

    def pause(self, by: str, reason: str, now: datetime) -> Automation:
        """Pause it; one that is paused already keeps who did it and why."""
        paused = Automation(paused=True, by=by[:MAX_WORDS], reason=reason[:MAX_WORDS], at=now)
        return self._write(paused, RUNS, {":no": False})

    def resume(self, by: str, now: datetime) -> Automation:
        """Let it go on; one that was not paused is left as it is."""
        runs = Automation(paused=False, by=by[:MAX_WORDS], at=now)
        return self._write(runs, "paused = :yes", {":yes": True})

    def untold(self) -> Automation | None:
        """Return how it stands if people have not heard of that yet."""
        with store_errors("read whether automation is paused"):
            answer = self._table.get_item(Key=KEY, ConsistentRead=True)
        item = dict(answer.get("Item", {}))
        return automation_of(item) if item and not item.get("told") else None

    def told(self, state: Automation) -> None:
        """Note that people have heard of it, unless it was switched since."""

        def note() -> None:
            self._table.update_item(
                Key=KEY,
                UpdateExpression="SET told = :yes",
                ConditionExpression="document = :document",
                ExpressionAttributeValues={":yes": True, ":document": state.model_dump_json()},
            )

        with contextlib.suppress(ClientError):
            self._insist("note that people were told", note)

    def _write(self, wanted: Automation, condition: str, values: dict[str, bool]) -> Automation:
        fields: dict[str, Any] = {"paused": wanted.paused, "document": wanted.model_dump_json()}

        def put() -> None:
            self._table.put_item(
                Item={**KEY, **fields},
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )

        try:
            self._insist("switch automation", put)
        except ClientError:
            return self.state()
        return wanted

    def _insist(self, doing: str, write: Callable[[], None]) -> None:
        """Write, however many reservations check the item meanwhile.

        DynamoDB refuses a write beside a transaction at the same item, and boto3 does not repeat
        that. A storm of restarts is what a pause is for. A failed condition is raised: an answer.
        """
        for _ in range(TRIES):
            try:
                with store_errors(doing, races=True):
                    return write()
            except ClientError as error:
                if not is_conflict(error):
                    raise
            self._sleep(random.uniform(0, LONGEST_SLEEP))
        raise StoreUnavailable(f"{doing}: too many restarts are reserved at once, try again")


def automation_of(item: dict[str, Any]) -> Automation:
    """Read the stored switch; no item means that nobody ever paused it."""
    return Automation.model_validate_json(str(item["document"])) if item else Automation()


def runs(table_name: str) -> dict[str, Any]:
    """Make the part of a transaction that holds only while nothing is paused."""
    return {
        "TableName": table_name,
        "Key": KEY,
        "ConditionExpression": RUNS,
        "ExpressionAttributeValues": {":no": False},
    }
