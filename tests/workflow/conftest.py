"""What the workflow suite shares: an environment without anybody's real account in it."""

import pytest

from tests.fakes.aws import ENVIRONMENT


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
