"""Cycle reports in DynamoDB, and a memory of failures so that people hear of each once in a while.

| item | pk | sk |
|---|---|---|
| report | `CYCLE#<day>` | time and id |
| failure that people heard of | `FAILURE` | name of the error |
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import expiry, store_errors
from qlik_monitor.domain.cycle import CycleReport

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

REPEATED_AFTER = timedelta(hours=1)
REPORT_KEPT = timedelta(days=14)


class DynamoDbCycles:
    """Fits `CycleLog`."""

    def __init__(self, table: "Table") -> None:
        """Keep reports in this table."""
        self._table = table

    def record(self, report: CycleReport) -> None:
        """Store a report."""
        item: dict[str, Any] = {
            "pk": f"CYCLE#{report.finished_at:%Y-%m-%d}",
            "sk": f"{report.finished_at.isoformat()}#{report.id}",
            "document": report.model_dump_json(),
            "expires_at": expiry(report.finished_at, REPORT_KEPT),
        }
        with store_errors(f"record cycle {report.id}"):
            self._table.put_item(Item=item)

    def newest(self, now: datetime, most: int) -> tuple[CycleReport, ...]:
        """Return so many of the newest reports, newest first."""
        found: list[CycleReport] = []
        for days in range(REPORT_KEPT.days):
            day = Key("pk").eq(f"CYCLE#{now - timedelta(days=days):%Y-%m-%d}")
            with store_errors("read cycle reports"):
                page = self._table.query(
                    KeyConditionExpression=day, ScanIndexForward=False, Limit=most - len(found)
                )
            items = page["Items"]
            found += [CycleReport.model_validate_json(str(one["document"])) for one in items]
            if len(found) >= most:
                break
        return tuple(found)

    def failure_is_news(self, error: str, now: datetime) -> bool:
        """Tell whether this kind of failure was not told within the last hour."""
        try:
            with store_errors("remember a failure"):
                self._table.put_item(
                    Item={
                        "pk": "FAILURE",
                        "sk": error,
                        "told_at": int(now.timestamp()),
                        "expires_at": expiry(now, timedelta(days=7)),
                    },
                    ConditionExpression="attribute_not_exists(pk) OR told_at <= :long_ago",
                    ExpressionAttributeValues={
                        ":long_ago": int((now - REPEATED_AFTER).timestamp())
                    },
                )
        except ClientError:
            return False
        return True

    def failures(self, before: datetime) -> tuple[str, ...]:
        """Return the names of the failures that people heard of before a moment."""
        with store_errors("read failures"):
            page = self._table.query(
                KeyConditionExpression=Key("pk").eq("FAILURE"), ConsistentRead=True
            )
        limit = int(before.timestamp())
        return tuple(str(i["sk"]) for i in page["Items"] if int(str(i["told_at"])) <= limit)

    def forget(self, failures: tuple[str, ...]) -> None:
        """Forget failures, so that the next one of their kind is news."""
        with store_errors("forget failures"):
            for name in failures:
                self._table.delete_item(Key={"pk": "FAILURE", "sk": name})
