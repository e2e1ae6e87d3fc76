"""Circuit breakers in DynamoDB: they hear of each restart's end once, however often it is told."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import store_errors
from qlik_monitor.adapters.dynamodb_restart_items import breaker_item, breaker_key, breaker_of
from qlik_monitor.domain.breaker import Breaker
from qlik_monitor.domain.restart import Restart, RestartOutcome
from qlik_monitor.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

TRIES = 20
ENDS = (RestartOutcome.FAILED, RestartOutcome.RECOVERED, RestartOutcome.REFUSED)
Change = Callable[[Breaker], Breaker]


class DynamoDbBreakers:
    """Keeps what the circuit breakers of endpoints remember."""

    def __init__(self, table: "Table") -> None:
        """Keep them in this table."""
        self._table = table

    def tell(self, restart: Restart, now: datetime) -> None:
        """Tell the breakers of a restart's endpoints how it ended, if it did."""
        for endpoint in restart.endpoints if restart.outcome in ENDS else ():
            self._change(endpoint, partial(_told, restart=restart, now=now), now)

    def _change(self, endpoint: str, change: Change, now: datetime) -> None:
        doing = f"write the circuit breaker of {endpoint}"
        for _ in range(TRIES):
            with store_errors(doing):
                answer = self._table.get_item(Key=breaker_key(endpoint), ConsistentRead=True)
            item = dict(answer.get("Item", {}))
            before = breaker_of(endpoint, item)
            after = change(before)
            if after == before or self._written(after, int(str(item.get("version", 0))), now):
                return
        raise StoreUnavailable(f"{doing}: too many others at once")

    def _written(self, breaker: Breaker, version: int, now: datetime) -> bool:
        try:
            with store_errors(f"write the breaker of {breaker.endpoint}", races=True):
                self._table.put_item(
                    Item=breaker_item(breaker, now) | {"version": version + 1},
                    ConditionExpression="attribute_not_exists(pk) OR version = :seen",
                    ExpressionAttributeValues={":seen": version},
                )
        except ClientError:
            return False
        return True


def _told(breaker: Breaker, restart: Restart, now: datetime) -> Breaker:
    if restart.outcome is RestartOutcome.FAILED:
        return breaker.with_failure(restart.key, now)
    if restart.outcome is RestartOutcome.RECOVERED:
        return breaker.with_success(restart.key)
    return breaker.with_nothing(restart.key)
