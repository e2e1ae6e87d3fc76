from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from qlik_monitor.adapters.dynamodb import table
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_cycles import DynamoDbCycles
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_progress import DynamoDbProgress
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from tests.fakes.aws import ENVIRONMENT, FakeStack, fake_stack, forget_secrets

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    forget_secrets()
    yield
    forget_secrets()


@pytest.fixture
def stack() -> Iterator[FakeStack]:
    with fake_stack() as made:
        yield made


@pytest.fixture
def incidents(stack: FakeStack) -> DynamoDbIncidents:
    return DynamoDbIncidents(table(stack.table_name))


@pytest.fixture
def restarts(stack: FakeStack) -> DynamoDbRestarts:
    return DynamoDbRestarts(table(stack.table_name))


@pytest.fixture
def approvals(stack: FakeStack) -> DynamoDbApprovals:
    return DynamoDbApprovals(table(stack.table_name))


@pytest.fixture
def cycles(stack: FakeStack) -> DynamoDbCycles:
    return DynamoDbCycles(table(stack.table_name))


@pytest.fixture
def progress(stack: FakeStack) -> DynamoDbProgress:
    return DynamoDbProgress(table(stack.table_name))
