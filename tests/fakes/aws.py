"""The stack's table, topic and secrets on moto, whose DynamoDB is made atomic by one lock."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

import boto3
from moto import mock_aws
from moto.dynamodb.responses import DynamoHandler
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.sns.models import sns_backends

from qlik_monitor.adapters import secrets

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

REGION = "eu-west-1"
ACCOUNT = "123456789012"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_XRAY_CONTEXT_MISSING": "IGNORE_ERROR",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "test",
}
SECRETS = {
    "QLIK_SECRET_ARN": {"api_token": "qlik-token-value"},
    "OPENAI_SECRET_ARN": {"api_key": "openai-key-value"},
    "APPROVAL_SECRET_ARN": {"key_id": "k1", "key": "a-long-secret-signing-key"},
}


@dataclass(frozen=True)
class Told:
    """One message on the topic."""

    kind: str
    subject: str
    body: str
    approver: str = ""


@dataclass(frozen=True)
class FakeStack:
    """What Terraform would have made."""

    table_name: str
    topic_arn: str
    secret_arns: dict[str, str]

    @property
    def table(self) -> "Table":
        """The table."""
        return boto3.resource("dynamodb").Table(self.table_name)

    @property
    def told(self) -> list[Told]:
        """Everything that people were told, in order."""
        topic = sns_backends[ACCOUNT][REGION].topics[self.topic_arn]
        return [
            Told(
                kind=attributes["kind"]["Value"],
                subject=subject or "",
                body=message,
                approver=attributes.get("approver", {}).get("Value", ""),
            )
            for _, message, subject, attributes, *_ in topic.sent_notifications
            if attributes
        ]

    def dump(self) -> list[dict[str, Any]]:
        """Every item of the table, sorted by key."""
        items = cast("list[dict[str, Any]]", self.table.scan()["Items"])
        return sorted(items, key=lambda item: (item["pk"], item["sk"]))

    def write_secret(self, variable: str, fields: object) -> None:
        """Give a secret another value."""
        boto3.client("secretsmanager").put_secret_value(
            SecretId=self.secret_arns[variable], SecretString=json.dumps(fields)
        )

    def remove_topic(self) -> None:
        """Let every message fail from now on."""
        boto3.client("sns").delete_topic(TopicArn=self.topic_arn)


@contextmanager
def fake_stack() -> Iterator[FakeStack]:
    """Mock AWS and create the table, the topic and the secrets."""
    with mock_aws(), atomic_dynamodb(), patch("boto3.DEFAULT_SESSION", _session()):
        yield FakeStack(
            table_name=create_table("agent"),
            topic_arn=boto3.client("sns").create_topic(Name="notices")["TopicArn"],
            secret_arns={name: _secret(name, fields) for name, fields in SECRETS.items()},
        )


@cache
def _session() -> boto3.Session:
    # One session reads each service's description once; moto would begin anew in every test.
    return boto3.Session()


def create_table(name: str) -> str:
    """Create a table with the keys of the real one."""
    boto3.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@contextmanager
def atomic_dynamodb() -> Iterator[None]:
    """Let moto's DynamoDB take one request at a time, as atomic as the real one."""
    lock, original = threading.RLock(), DynamoHandler.call_action

    def one_at_a_time(self: DynamoHandler) -> Any:
        with lock:
            return original(self)

    with patch.object(DynamoHandler, "call_action", one_at_a_time):
        yield


@contextmanager
def refused(operation: str, partition: str) -> Iterator[None]:
    """Let the table refuse one operation on items whose `pk` begins so, as a lost permission."""
    original = DynamoHandler.call_action

    def refusing(self: DynamoHandler) -> Any:
        params = self.params
        keys = params.get("Item") or params.get("Key") or {}
        concerned = keys.get("pk", {}).get("S", "").startswith(partition)
        if concerned and self.headers["X-Amz-Target"].endswith(f".{operation}"):
            kind = "com.amazonaws.dynamodb.v20120810#AccessDeniedException"
            return 400, {}, json.dumps({"__type": kind, "message": "no"})
        return original(self)

    with patch.object(DynamoHandler, "call_action", refusing):
        yield


def forget_secrets() -> None:
    """Let the next function read every secret anew, as a new container does."""
    for value in vars(secrets).values():
        if clear := getattr(value, "cache_clear", None):
            clear()


@contextmanager
def read_secrets(failing: str = "") -> Iterator[list[str]]:
    """Note the stage of each value that is read; reads of the failing stage are refused."""
    stages: list[str] = []
    original = SecretsManagerResponse.get_secret_value

    def reading(self: SecretsManagerResponse) -> Any:
        stages.append(self._get_param("VersionStage") or "AWSCURRENT")
        if stages[-1] == failing:
            # With 500 the SDK would try again, and wait in between.
            return 400, {}, json.dumps({"__type": "InternalServiceError", "message": "no"})
        return original(self)

    with patch.object(SecretsManagerResponse, "get_secret_value", reading):
        yield stages


def _secret(name: str, fields: dict[str, str]) -> str:
    answer = boto3.client("secretsmanager").create_secret(
        Name=name, SecretString=json.dumps(fields)
    )
    return answer["ARN"]
