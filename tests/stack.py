"""One LocalStack for the whole session, and clients of it."""

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local.localstack.running import RunningLocalStack
from local.localstack.server import localstack_from_environment

REGION = "eu-west-1"
ROLE = "arn:aws:iam::000000000000:role/function"

type Clients = Callable[[str], Any]


class AwsClients:
    """Makes each client once, with dummy credentials, and closes them all."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._clients: dict[str, Any] = {}
        self._session = boto3.Session("test", "test", region_name=REGION)

    def __call__(self, service: str) -> Any:
        """Return the client of a service."""
        if service not in self._clients:
            # Step Functions and execute-api would put words before the host's name.
            config = Config(
                inject_host_prefix=False, max_pool_connections=50, retries={"total_max_attempts": 1}
            )
            make: Any = self._session.client
            self._clients[service] = make(service, endpoint_url=self._endpoint, config=config)
        return self._clients[service]

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()


@pytest.fixture(scope="session")
def localstack() -> Iterator[RunningLocalStack]:
    """A running LocalStack: the one `LOCALSTACK_ENDPOINT` names, or one of the session's own."""
    with localstack_from_environment() as stack:
        yield stack


@pytest.fixture(scope="session")
def aws(localstack: RunningLocalStack) -> Iterator[AwsClients]:
    """Clients of the session's LocalStack: `aws("dynamodb")`."""
    clients = AwsClients(localstack.endpoint)
    yield clients
    clients.close()


def zipped(files: dict[str, str]) -> bytes:
    """Return a zip archive of these texts by path."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for path, text in files.items():
            file.writestr(path, text)
    return archive.getvalue()


def deploy(aws: Clients, name: str, code: str, **changes: Any) -> str:
    """Create a function of one module, `main.handler`, and return its name when it is active."""
    functions = aws("lambda")
    settings: dict[str, Any] = {
        "Runtime": "python3.13",
        "Role": ROLE,
        "Handler": "main.handler",
        "Timeout": 10,
        "Code": {"ZipFile": zipped({"main.py": code})},
    }
    functions.create_function(FunctionName=name, **settings | changes)
    functions.get_waiter("function_active_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100}
    )
    return name
