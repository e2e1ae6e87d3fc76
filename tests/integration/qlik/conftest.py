"""What the Qlik integration tests share: pauses between repeated reads take no time."""

import pytest

from qlik_monitor.adapters import qlik_http


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat failed reads at once."""
    monkeypatch.setattr(qlik_http, "FIRST_PAUSE_SECONDS", 0.0)
