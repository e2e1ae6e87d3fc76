"""The one table: its keys, and the translation of DynamoDB's errors into ours."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.conditions import ConditionBase
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from qlik_monitor.adapters.person_waits import brief_or, refuse_late_calls
from qlik_monitor.errors import StoreUnavailable
from qlik_monitor.observability import spend

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

KEPT = timedelta(days=90)
"""How long closed incidents, restarts and reports are kept."""
CONFIG = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "max_attempts": 4})


WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
UNIT_BYTES = 1024
BATCH_TRIES = 5


def table(name: str) -> "Table":
    """Return the table by name; what is written to it is counted."""
    resource = boto3.resource("dynamodb", config=brief_or(CONFIG))
    refuse_late_calls(resource.meta.client)
    for operation in WRITES:
        resource.meta.client.meta.events.register(f"before-call.dynamodb.{operation}", _tally)
    return resource.Table(name)


def _tally(model: Any, params: Any, **_: object) -> None:
    """Count write units as DynamoDB bills them: one a kilobyte, double in a transaction.

    The request stands for the item, so the figure is a little high.
    """
    units = math.ceil(len(params["body"]) / UNIT_BYTES)
    spend("write_units", units * 2 if model.name == "TransactWriteItems" else units)


def pages(
    table: "Table", doing: str, condition: ConditionBase, **arguments: Any
) -> Iterator[list[Any]]:
    """Query page by page, a megabyte each at most; raises StoreUnavailable."""
    while True:
        with store_errors(doing):
            page = table.query(KeyConditionExpression=condition, **arguments)
        yield page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        arguments |= {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def items(table: "Table", doing: str, keys: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Read up to 100 items by their keys, consistently; an item that is not there is empty.

    What a batch leaves out, as DynamoDB may when it is busy, is asked for again: left out is not
    the same as not there. Raises StoreUnavailable.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    missing = keys
    for _ in range(BATCH_TRIES):
        with store_errors(doing):
            answer = table.meta.client.batch_get_item(
                RequestItems={table.name: {"Keys": missing, "ConsistentRead": True}}
            )
        for item in answer["Responses"].get(table.name, []):
            found[str(item["pk"]), str(item["sk"])] = dict(item)
        left = dict(answer.get("UnprocessedKeys", {})).get(table.name)
        if not left:
            return [found.get((key["pk"], key["sk"]), {}) for key in keys]
        missing = [{"pk": str(key["pk"]), "sk": str(key["sk"])} for key in left["Keys"]]
    raise StoreUnavailable(f"{doing}: DynamoDB left out {len(missing)} items")


def second_of(moment: datetime) -> str:
    """Write a moment, to the second, so that of two texts the later moment's is the greater."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def expiry(now: datetime, kept: timedelta = KEPT) -> int:
    """Return when an item may be removed, as DynamoDB's TTL wants it: seconds since 1970."""
    return int((now + kept).timestamp())


@contextmanager
def store_errors(doing: str, *, races: bool = False) -> Iterator[None]:
    """Translate what DynamoDB raises, a failed condition aside: that is an answer.

    With `races` the caller reads and tries again, and a write that another one disturbed is an
    answer, too.
    """
    try:
        yield
    except ClientError as error:
        if is_condition_failure(error) or (races and is_conflict(error)):
            raise
        raise StoreUnavailable(f"{doing}: {error.response['Error']['Code']}") from error
    except BotoCoreError as error:
        raise StoreUnavailable(f"{doing}: {type(error).__name__}") from error


def is_condition_failure(error: ClientError) -> bool:
    """Tell whether a write, alone or in a transaction, was refused by its condition."""
    code = error.response["Error"]["Code"]
    if code == "TransactionCanceledException":
        return "ConditionalCheckFailed" in cancellation_codes(error)
    return code == "ConditionalCheckFailedException"


def is_conflict(error: ClientError) -> bool:
    """Tell whether a write was refused only because a transaction was under way at its item."""
    codes = set(cancellation_codes(error)) - {"None"}
    return codes == {"TransactionConflict"} or (
        error.response["Error"]["Code"] == "TransactionConflictException"
    )


def cancellation_codes(error: ClientError) -> list[str]:
    """Return why each item of a cancelled transaction was refused, in order; `None` if not."""
    response: dict[str, Any] = dict(error.response)
    return [str(reason.get("Code", "None")) for reason in response.get("CancellationReasons", [])]
