"""What the tests of `make calibration` share: a table, and a machine on which nothing runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.history import source
from local.monitor import settings
from local.run import whereabouts
from tests.fakes.aws import ENVIRONMENT, FakeStack, fake_stack

VARIABLES = ("TABLE_NAME", "NO_COLOR", "FORCE_COLOR", "COLUMNS")


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(settings, "ENV_FILE", tmp_path / ".env")
    monkeypatch.setattr(source, "TERRAFORM", tmp_path / "terraform")
    monkeypatch.setattr(whereabouts, "PID_FILE", tmp_path / "pid")
    monkeypatch.setattr(whereabouts, "STACK_FILE", tmp_path / "stack.json")


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStack]:
    """The table that TABLE_NAME names."""
    with fake_stack() as made:
        monkeypatch.setenv("TABLE_NAME", made.table_name)
        yield made
