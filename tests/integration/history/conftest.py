"""What the tests of `make history` share: a table, a clean environment, and Berlin's time."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.history import source
from local.monitor import settings
from local.run import whereabouts
from tests.fakes.aws import ENVIRONMENT, FakeStack, fake_stack
from tests.integration.history.running import Past

VARIABLES = ("TABLE_NAME", "LAG_THRESHOLD_SECONDS", "NO_COLOR", "FORCE_COLOR", "COLUMNS")


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A machine on which nothing runs and nothing was deployed."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in (ENVIRONMENT | {"TZ": "Europe/Berlin"}).items():
        monkeypatch.setenv(name, value)
    time.tzset()
    monkeypatch.setattr(settings, "ENV_FILE", tmp_path / ".env")
    monkeypatch.setattr(source, "TERRAFORM", tmp_path / "terraform")
    monkeypatch.setattr(whereabouts, "PID_FILE", tmp_path / "pid")
    monkeypatch.setattr(whereabouts, "STACK_FILE", tmp_path / "stack.json")
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def stack() -> Iterator[FakeStack]:
    with fake_stack() as made:
        yield made


@pytest.fixture
def past(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Past:
    """A past that tests write, in the table that TABLE_NAME names."""
    monkeypatch.setenv("TABLE_NAME", stack.table_name)
    return Past(stack, capsys)
