"""Runs `python -m local.monitor` in this process, and reads what it printed."""

from typing import Any

import pytest

from local.monitor.__main__ import main
from local.monitor.settings import MonitorSettings
from tests.fakes.ran import Ran

VARIABLES = (*(name.upper() for name in MonitorSettings.model_fields), "NO_COLOR", "FORCE_COLOR")
TOKEN = "mock-api-token"
HEALTHY: dict[str, Any] = {"servers": [{"name": "S", "tasks": [{"name": "T"}, {"name": "U"}]}]}


def a_fleet(*tasks: dict[str, Any], **server: Any) -> dict[str, Any]:
    """A scenario of one server `S` with these tasks."""
    named = [{"name": f"T{number}"} | task for number, task in enumerate(tasks, start=1)]
    return {"servers": [{"name": "S", "tasks": named} | server]}


class Monitored(Ran):
    """How a run ended, and what it found."""

    def kinds(self, task: str) -> list[str]:
        """The kinds of a task's anomalies."""
        found = next(one for one in self.json["tasks"] if one["task"] == task)
        return [anomaly["kind"] for anomaly in found["anomalies"]]


class Monitor:
    """Calls `main` with settings as environment variables."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, endpoint: str | None, *arguments: str, **variables: str) -> Monitored:
        """Run once, with the mock server's token unless another is given."""
        settings = {"QLIK_API_TOKEN": TOKEN} | variables
        if endpoint is not None:
            settings["QLIK_API_ENDPOINT"] = endpoint
        with self._monkeypatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(name, value)
            code = main(list(arguments))
        printed = self._capsys.readouterr()
        return Monitored(code, printed.out, printed.err)
