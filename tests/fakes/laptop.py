"""A stack on moto as a command on a laptop finds it: by the name of its table."""

from collections.abc import Iterator

import pytest

from tests.fakes.aws import ENVIRONMENT, FakeStack, fake_stack


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStack]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with fake_stack() as made:
        monkeypatch.setenv("TABLE_NAME", made.table_name)
        yield made
