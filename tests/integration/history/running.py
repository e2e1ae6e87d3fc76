"""Runs `python -m local.history` in this process, against a table on moto."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.history.__main__ import main
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import TaskId
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK, a_restart
from tests.fakes.history import a_point
from tests.fakes.ran import Ran


class Past:
    """Writes a past into the table and reads it back with the command."""

    def __init__(self, stack: FakeStack, capsys: pytest.CaptureFixture[str]) -> None:
        self.stack, self._capsys = stack, capsys
        self._store = DynamoDbHistory(stack.table)
        self.now = datetime.now(UTC).replace(microsecond=0)

    def ago(self, **duration: float) -> datetime:
        """Return a moment in the past: `ago(minutes=5)`."""
        return self.now - timedelta(**duration)

    def store(self, *points: HistoryPoint, task: TaskId = TASK) -> None:
        """Keep readings."""
        for point in points:
            self._store.save(task.server, {task.task: point}, point.at)

    def steady(self, minutes: Iterable[int], **changes: Any) -> None:
        """Keep a reading of a running task for each of so many minutes ago."""
        for ago in minutes:
            usual: dict[str, Any] = {"at": self.ago(minutes=ago), "applied": 10**6 - ago * 600}
            self.store(a_point(**usual | changes))

    def restart(self, at: datetime, **changes: Any) -> None:
        """Keep a restart."""
        DynamoDbRestarts(self.stack.table).record(
            a_restart(requested_at=at, **changes), RestartOutcome.RECOVERED, "", at
        )

    def __call__(self, *arguments: str, task: str = str(TASK)) -> Ran:
        """Run the command once."""
        code = main([task, *arguments])
        printed = self._capsys.readouterr()
        return Ran(code, printed.out, printed.err)
