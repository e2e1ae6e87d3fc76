"""The world around one invocation: AWS from moto, the mock Qlik server, the mock OpenAI server."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from local.mock_openai import MockOpenAI
from local.mock_qlik import MockQlik

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

REGION = "eu-west-1"
SCENARIO = {
    "stale_seconds": 0,
    "servers": [
        {
            "name": "prod",
            "tasks": [
                {"name": "orders", "kind": "aborted", "onset_seconds": -60},
                {"name": "customers", "kind": "suspended_table"},
                {"name": "invoices"},
            ],
        }
    ],
}
"""`orders` was aborted, a resume cures it; `customers` has a table in error."""
AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_XRAY_CONTEXT_MISSING": "IGNORE_ERROR",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "POWERTOOLS_METRICS_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "invoke",
}
SIGNING_KEY = {"key_id": "local", "key": "a-signing-key-for-this-machine-only"}
CHAT_SECRET = {"signing_secret": "a-chat-secret-for-this-machine-only"}


@dataclass
class World:
    """What a handler can reach, and what it did there."""

    qlik: MockQlik
    openai: MockOpenAI
    table: "Table"
    topic_arn: str
    handed_on: list[str] = field(default_factory=list)
    """What the waiting workflow was told."""

    def items(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Every item of the table by its key."""
        return {(str(i["pk"]), str(i["sk"])): dict(i) for i in self.table.scan()["Items"]}

    def subjects(self) -> list[str]:
        """The subjects of what people were told."""
        topic = sns_backends[DEFAULT_ACCOUNT_ID][REGION].topics[self.topic_arn]
        return [str(sent[2]) for sent in topic.sent_notifications]


@contextmanager
def a_world() -> Iterator[World]:
    """Make a world and point the environment at it; what else is set there, holds."""
    with ExitStack() as stack:
        qlik = stack.enter_context(MockQlik(SCENARIO))
        openai = stack.enter_context(MockOpenAI())
        # An endpoint or a profile of the caller's would lead out of moto.
        for name in [one for one in os.environ if one.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(AWS)
        stack.enter_context(mock_aws())
        boto3.setup_default_session()
        world = World(qlik, openai, _table(), _topic())
        _intercept_workflow(world)
        os.environ.update(_settings(world))
        yield world


def _settings(world: World) -> dict[str, str]:
    credentials = {"api_token": world.qlik.credentials.api_token}
    return {
        "TABLE_NAME": world.table.name,
        "TOPIC_ARN": world.topic_arn,
        "QLIK_API_ENDPOINT": world.qlik.url,
        "QLIK_FLAVOR": "auto",
        "QLIK_SECRET_ARN": _secret("qlik", credentials),
        "OPENAI_SECRET_ARN": _secret("openai", {"api_key": world.openai.api_key}),
        "OPENAI_BASE_URL": world.openai.url,
        "OPENAI_MODEL": "gpt-4o",
        "APPROVAL_SECRET_ARN": _secret("approval", SIGNING_KEY),
        "CHAT_SECRET_ARN": _secret("chat", CHAT_SECRET),
        "APPROVAL_BASE_URL": "https://approvals.example.com/live",
    }


def _table() -> "Table":
    return boto3.resource("dynamodb").create_table(
        TableName="invoke",
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


def _topic() -> str:
    return boto3.client("sns").create_topic(Name="invoke")["TopicArn"]


def _secret(name: str, fields: dict[str, str]) -> str:
    secrets = boto3.client("secretsmanager")
    return secrets.create_secret(Name=name, SecretString=json.dumps(fields))["ARN"]


def _intercept_workflow(world: World) -> None:
    """Take what is sent to a waiting workflow: here none waits."""

    def take(params: dict[str, Any], **_: object) -> tuple[AWSResponse, dict[str, Any]]:
        world.handed_on.append(json.loads(params["body"])["output"])
        return AWSResponse("", 200, HTTPHeaders(), None), {}

    session: Any = boto3.DEFAULT_SESSION
    session.events.register("before-call.stepfunctions.SendTaskSuccess", take)
