"""A mock server with a clock that stands still, and a client that has logged in."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from local.mock_qlik import MockQlik
from tests.contract.mock_qlik.vendor_client import VendorClient

type Start = Callable[..., VendorClient]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a server with these tasks on one server; whatever else the scenario says goes along."""
    with ExitStack() as stack:

        def started(*tasks: dict[str, Any], **scenario: Any) -> VendorClient:
            servers = [{"name": "Local Server", "tasks": list(tasks)}]
            tls = scenario.pop("tls", False)
            qlik = stack.enter_context(MockQlik({"servers": servers} | scenario, tls=tls))
            return VendorClient(qlik).log_in()

        yield started
