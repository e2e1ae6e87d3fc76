"""What LocalStack finds through this package's entry points; the rest is imported on use."""

from typing import TYPE_CHECKING, Any

from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.plugins import Service, aws_provider

if TYPE_CHECKING:
    from localstack_process.executor import ProcessExecutor


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """`LAMBDA_RUNTIME_EXECUTOR=process`."""

    name = "process"

    def load(self, *_arguments: Any, **_options: Any) -> "type[ProcessExecutor]":
        """Return the executor's class."""
        from localstack_process.executor import ProcessExecutor  # noqa: PLC0415

        return ProcessExecutor


@aws_provider(api="dynamodb", name="moto")
def dynamodb() -> Service:
    """`PROVIDER_OVERRIDE_DYNAMODB=moto`."""
    from localstack_process.dynamodb import MotoDynamoDb, service  # noqa: PLC0415

    return service(MotoDynamoDb())


@aws_provider(api="dynamodbstreams", name="moto")
def dynamodbstreams() -> Service:
    """`PROVIDER_OVERRIDE_DYNAMODBSTREAMS=moto`."""
    from localstack_process.dynamodb import MotoDynamoDbStreams, service  # noqa: PLC0415

    return service(MotoDynamoDbStreams())
