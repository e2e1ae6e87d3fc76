"""What the model takes each day, in DynamoDB: set aside before a question, settled after it.

| item | pk | sk |
|---|---|---|
| model usage | `MODEL#<day>` | `USAGE` |

One conditional write sets aside what a question may take at most, so that any number of questions
at once stay within the caps. The ids of open questions stand in the item: a write that is sent
again, because its answer was lost, counts once. What a function set aside and died over stays.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import expiry, items, store_errors
from qlik_monitor.domain.model_budget import Hold, ModelBudget, Usage, day_of
from qlik_monitor.errors import ModelBudgetSpent

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

KEPT = timedelta(days=35)
"""As long as readings are kept by default: long enough to see what a month has cost."""
TRIES = 5
"""How often a refusal is read again that no cap explains: others have settled meanwhile."""
SUMS = ("calls", "prompt_tokens", "completion_tokens", "tokens", "micro_dollars")
CAPPED = ("calls", "tokens", "micro_dollars")
ADDED = ", ".join(f"{name} :{name}" for name in SUMS)


class DynamoDbModelUsage:
    """Fits `ModelUsageStore`."""

    def __init__(self, table: "Table") -> None:
        """Count in this table."""
        self._table = table

    def reserve(self, ahead: Usage, budget: ModelBudget, now: datetime) -> Hold:
        """Set aside what a question may take; raises ModelBudgetSpent, StoreUnavailable."""
        hold = Hold(id=secrets.token_hex(8), day=day_of(now), usage=ahead)
        # The write's condition compares what is there already; of an empty day it knows nothing.
        ever_fits = budget.refusal(Usage(), ahead) is None
        for _ in range(TRIES):
            if ever_fits and self._set_aside(hold, budget, now):
                return hold
            item = self._item(hold.day)
            if hold.id in item.get("open_questions", ()):
                return hold
            if refused := budget.refusal(_usage(item), ahead):
                raise ModelBudgetSpent(f"model budget: {refused}")
        raise ModelBudgetSpent("model budget: too many questions at once for what is left today")

    def settle(self, hold: Hold, spent: Usage) -> None:
        """Put what it took in place of what was set aside, once."""
        try:
            with store_errors("settle what the model took"):
                self._table.update_item(
                    Key=_key(hold.day),
                    UpdateExpression=f"ADD {ADDED} DELETE open_questions :ids",
                    ConditionExpression="contains(open_questions, :id)",
                    ExpressionAttributeValues={
                        **_values(spent - hold.usage),
                        ":ids": {hold.id},
                        ":id": hold.id,
                    },
                )
        except ClientError:
            pass  # settled before: the answer to that write was lost

    def of(self, day: str) -> Usage:
        """Return what a day has taken, with what is set aside."""
        return _usage(self._item(day))

    def of_days(self, days: Sequence[str]) -> tuple[Usage | None, ...]:
        """Return what each of up to 100 days has taken; None of a day of which nothing is kept."""
        doing = f"read what the model took on {len(days)} days"
        found = items(self._table, doing, [_key(day) for day in days])
        return tuple(_usage(item) if item else None for item in found)

    def _set_aside(self, hold: Hold, budget: ModelBudget, now: datetime) -> bool:
        ahead = _values(hold.usage)
        room = {f":room_{name}": getattr(budget, name) - ahead[f":{name}"] for name in CAPPED}
        fits = " AND ".join(f"{name} <= :room_{name}" for name in CAPPED)
        try:
            with store_errors("set aside what the model may take"):
                self._table.update_item(
                    Key=_key(hold.day),
                    UpdateExpression=f"ADD {ADDED}, open_questions :ids SET expires_at = :expiry",
                    ConditionExpression=(
                        f"attribute_not_exists(pk) OR "
                        f"({fits} AND NOT contains(open_questions, :id))"
                    ),
                    ExpressionAttributeValues={
                        **ahead,
                        **room,
                        ":ids": {hold.id},
                        ":id": hold.id,
                        ":expiry": expiry(now, KEPT),
                    },
                )
        except ClientError:
            return False
        return True

    def _item(self, day: str) -> dict[str, Any]:
        with store_errors(f"read what the model took on {day}"):
            answer = self._table.get_item(Key=_key(day), ConsistentRead=True)
        return dict(answer.get("Item", {}))


def _key(day: str) -> dict[str, Any]:
    return {"pk": f"MODEL#{day}", "sk": "USAGE"}


def _values(usage: Usage) -> dict[str, Any]:
    return {f":{name}": getattr(usage, name) for name in SUMS}


def _usage(item: dict[str, Any]) -> Usage:
    return Usage.model_validate({name: int(item.get(name, 0)) for name in Usage.model_fields})
