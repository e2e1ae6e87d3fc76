"""DynamoDB and its streams from moto, which ships with LocalStack, made atomic."""

import threading
from typing import Any

from localstack.aws.api.core import ServiceRequestHandler
from localstack.aws.api.dynamodb import DynamodbApi
from localstack.aws.api.dynamodbstreams import DynamodbstreamsApi
from localstack.aws.skeleton import DispatchTable
from localstack.services.moto import MotoFallbackDispatcher
from localstack.services.plugins import Service, ServiceLifecycleHook
from localstack.state import StateVisitor

# moto checks a condition and writes in two steps. One lock around both makes a conditional write
# what it is on AWS; streams read the same tables.
ONE_AT_A_TIME = threading.RLock()


class MotoDynamoDb(DynamodbApi, ServiceLifecycleHook):
    """Implements no operation, so that every one falls through to moto."""

    def accept_state_visitor(self, visitor: StateVisitor) -> None:
        """Show the tables to whoever saves or resets LocalStack's state."""
        from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415 - a slow import

        visitor.visit(dynamodb_backends)


class MotoDynamoDbStreams(DynamodbstreamsApi):
    """Implements no operation, so that every one falls through to moto."""


def service(provider: DynamodbApi | DynamodbstreamsApi) -> Service:
    """Build the service that answers one request after the other from moto."""
    return Service.for_provider(provider, dispatch_table_factory=atomic_moto)


def atomic_moto(provider: object) -> DispatchTable:
    """Return moto's handlers, each behind the lock."""
    handlers = MotoFallbackDispatcher(provider)
    return {operation: _locked(handler) for operation, handler in handlers.items()}


def _locked(handler: ServiceRequestHandler) -> ServiceRequestHandler:
    def handle(context: Any, request: Any) -> Any:
        with ONE_AT_A_TIME:
            return handler(context, request)

    return handle
