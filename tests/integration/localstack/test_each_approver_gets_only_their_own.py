"""The filter policies of sns.tf let a person receive what they should, and nobody else's link."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.stack import Clients

pytestmark = pytest.mark.e2e

ANA, BEN = "ana@example.com", "ben@example.com"
ALERTS_ONLY = [{"exists": False}]

type Mailbox = Callable[[list[Any] | None], Callable[[], set[str]]]


@pytest.fixture
def topic(aws: Clients) -> Iterator[str]:
    """A topic of the test's own."""
    arn = aws("sns").create_topic(Name=f"filtered-{uuid.uuid4().hex}")["TopicArn"]
    yield arn
    aws("sns").delete_topic(TopicArn=arn)


@pytest.fixture
def mailbox(aws: Clients, topic: str) -> Iterator[Mailbox]:
    """Subscribe a queue with a filter on `approver`, and read what came to it."""
    queues = []

    def subscribe(approver: list[Any] | None) -> Callable[[], set[str]]:
        url = aws("sqs").create_queue(QueueName=uuid.uuid4().hex)["QueueUrl"]
        queues.append(url)
        arn = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        attributes = {"RawMessageDelivery": "true", "FilterPolicyScope": "MessageAttributes"}
        if approver is not None:
            attributes["FilterPolicy"] = json.dumps({"approver": approver})
        aws("sns").subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=arn["Attributes"]["QueueArn"],
            Attributes=attributes,
        )
        return lambda: received(url)

    def received(url: str) -> set[str]:
        got: set[str] = set()
        while (
            messages := aws("sqs")
            .receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            .get("Messages")
        ):
            got |= {message["Body"] for message in messages}
            for message in messages:
                aws("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return got

    yield subscribe
    for url in queues:
        aws("sqs").delete_queue(QueueUrl=url)


def test_each_approver_gets_only_their_own_link(aws: Clients, topic: str, mailbox: Mailbox) -> None:
    alerts = mailbox(ALERTS_ONLY)
    ana = mailbox([ANA])
    ben = mailbox([BEN, *ALERTS_ONLY])
    by_hand = mailbox(None)

    def tell(body: str, **attributes: str) -> None:
        aws("sns").publish(
            TopicArn=topic,
            Message=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        )

    tell("link of ana", kind="approval_requested", approver=ANA)
    tell("link of ben", kind="approval_requested", approver=BEN)
    tell("link of eve", kind="approval_requested", approver="eve")
    tell("closed", kind="closed")

    assert by_hand() == {"link of ana", "link of ben", "link of eve", "closed"}
    assert alerts() == {"closed"}
    assert ana() == {"link of ana"}
    assert ben() == {"link of ben", "closed"}
