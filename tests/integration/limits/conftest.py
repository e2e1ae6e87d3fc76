"""AWS on moto around the benchmark's own world."""

from collections.abc import Iterator

import pytest

from tests.fakes.aws import ENVIRONMENT, FakeStack, fake_stack


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStack]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with fake_stack() as made:
        yield made
