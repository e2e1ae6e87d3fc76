"""Conditional writes hold when many writers race, as they do on AWS."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.stack import Clients

pytestmark = pytest.mark.e2e

LIMIT, RACERS, TRIALS = 3, 30, 10


@pytest.fixture
def dynamodb(aws: Clients) -> Any:
    """DynamoDB with the table `counters`."""
    client = aws("dynamodb")
    client.create_table(
        TableName="counters",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield client
    client.delete_table(TableName="counters")


def test_exactly_as_many_racers_as_the_limit_allows_pass_a_conditional_counter(
    dynamodb: Any,
) -> None:
    def count(trial: int) -> bool:
        try:
            dynamodb.update_item(
                TableName="counters",
                Key={"pk": {"S": f"trial-{trial}"}},
                UpdateExpression="ADD passed :one",
                ConditionExpression="attribute_not_exists(passed) OR passed < :limit",
                ExpressionAttributeValues={":one": {"N": "1"}, ":limit": {"N": str(LIMIT)}},
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(RACERS) as racers:
        passed = [sum(racers.map(count, [trial] * RACERS)) for trial in range(TRIALS)]

    assert passed == [LIMIT] * TRIALS
