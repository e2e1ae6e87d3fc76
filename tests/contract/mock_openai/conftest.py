"""A running mock, and the real `openai` client talking to it."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from openai import OpenAI

from local.mock_openai import MockOpenAI
from tests.contract.mock_openai.asking import ClientFactory


@pytest.fixture
def mock() -> Iterator[MockOpenAI]:
    with MockOpenAI() as running:
        yield running


@pytest.fixture
def client_of() -> Iterator[ClientFactory]:
    """Builds clients of a mock and closes them afterwards."""
    with ExitStack() as clients:

        def build(mock: MockOpenAI, **options: Any) -> OpenAI:
            settings: dict[str, Any] = {"base_url": mock.url, "api_key": mock.api_key}
            return clients.enter_context(OpenAI(**settings | {"max_retries": 0} | options))

        yield build


@pytest.fixture
def client(mock: MockOpenAI, client_of: ClientFactory) -> OpenAI:
    return client_of(mock)
