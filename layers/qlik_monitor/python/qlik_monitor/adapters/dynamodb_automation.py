"""The switch that pauses the agent, in DynamoDB: every reservation of a restart checks this item.

| item | pk | sk |
|---|---|---|
| the switch | `CONTROL` | `AUTOMATION` |
"""

import contextlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import store_errors
from qlik_monitor.domain.automation import MAX_WORDS, Automation

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

KEY = {"pk": "CONTROL", "sk": "AUTOMATION"}
RUNS = "attribute_not_exists(pk) OR paused = :no"
"""The condition that nothing is paused."""


class DynamoDbAutomation:
    """Fits `AutomationSwitch`."""

    def __init__(self, table: "Table") -> None:
        """Keep the switch in this table."""
        self._table = table

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
        with contextlib.suppress(ClientError), store_errors("note that people were told"):
            self._table.update_item(
                Key=KEY,
                UpdateExpression="SET told = :yes",
                ConditionExpression="document = :document",
                ExpressionAttributeValues={":yes": True, ":document": state.model_dump_json()},
            )

    def _write(self, wanted: Automation, condition: str, values: dict[str, bool]) -> Automation:
        fields: dict[str, Any] = {"paused": wanted.paused, "document": wanted.model_dump_json()}
        try:
            with store_errors("switch automation"):
                self._table.put_item(
                    Item={**KEY, **fields},
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
                )
        except ClientError:
            return self.state()
        return wanted


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
