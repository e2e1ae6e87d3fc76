"""People are told through one SNS topic; kind and approver are attributes to filter by."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from qlik_monitor.adapters.person_waits import brief_or, refuse_late_calls
from qlik_monitor.domain.notification import Notification
from qlik_monitor.errors import NotificationFailed

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient

CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard"})


def sns_client() -> "SNSClient":
    """Return a client with short timeouts."""
    client = boto3.client("sns", config=brief_or(CONFIG))
    refuse_late_calls(client)
    return client


class SnsNotifier:
    """Fits `Notifier`."""

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        """Publish to this topic."""
        self._client = client
        self._topic_arn = topic_arn

    def tell(self, notification: Notification) -> None:
        """Publish one message."""
        try:
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=notification.subject,
                Message=notification.body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value}
                    for name, value in _attributes(notification).items()
                },
            )
        except (ClientError, BotoCoreError) as error:
            raise NotificationFailed(f"tell people ({notification.kind.value}): {error}") from error


def _attributes(notification: Notification) -> dict[str, str]:
    """Return what subscriptions filter by; the approver's name only where it is for one alone."""
    kind = {"kind": notification.kind.value}
    return kind | ({"approver": notification.approver} if notification.approver else {})
