"""The web front in process, filled, and put back to where it began before each request."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from moto.dynamodb.models import dynamodb_backends

from functions.approval_api import opening
from qlik_monitor.adapters.step_functions import WaitingWorkflow
from tests.fakes.aws import ACCOUNT, REGION, FakeStack
from tests.fakes.gateway import Gateway
from tests.integration.functions.approving import FakeStates
from tests.integration.functions.conftest import stack
from tests.integration.web.seeded import Known, seed, the_gateway

__all__ = ["stack"]


@dataclass(frozen=True)
class Web:
    """The web front, and what is behind it."""

    gateway: Gateway
    stack: FakeStack
    known: Known
    began: list[dict[str, Any]]
    """What the table held at first."""
    begin_anew: Callable[[], None]
    """Put the table and the workflow back to where they began."""


@pytest.fixture
def web(stack: FakeStack, monkeypatch: pytest.MonkeyPatch) -> Web:
    """The web front of a stack with something of everything in it."""
    states = FakeStates()
    workflow = WaitingWorkflow(states)  # type: ignore[arg-type]
    monkeypatch.setattr(opening, "workflow", lambda: workflow)
    known = seed(stack)
    table: Any = dynamodb_backends[ACCOUNT][REGION].tables[stack.table_name]
    items = copy.deepcopy(table.items)
    gateway = the_gateway()

    def begin_anew() -> None:
        states.taken.clear()
        gateway.failures.clear()
        table.items = copy.deepcopy(items)

    return Web(gateway, stack, known, stack.dump(), begin_anew)
