"""What the tests of `make monitor` share: a clean environment and one way to run it."""

from pathlib import Path

import pytest

from local.monitor import settings
from qlik_monitor.adapters import qlik_http
from tests.integration.monitor.running import VARIABLES, Monitor


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's `.env`, which is not there unless a test writes it."""
    path = tmp_path / ".env"
    monkeypatch.setattr(settings, "ENV_FILE", path)
    return path


@pytest.fixture
def monitor(
    env_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Monitor:
    """Run the command in this process, with no setting but those that are given."""
    assert not env_file.exists()
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(qlik_http, "FIRST_PAUSE_SECONDS", 0.0)
    return Monitor(monkeypatch, capsys)
