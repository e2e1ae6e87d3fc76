"""A Qlik in memory: tasks with a state, scripted readings, and a record of each call."""

from collections.abc import Callable
from datetime import UTC, datetime

from qlik_monitor.domain.task import (
    ActionAnswer,
    FleetReading,
    FullLoad,
    RunOption,
    ServerSnapshot,
    StopReason,
    TaskId,
    TaskSnapshot,
    TaskState,
)
from qlik_monitor.errors import QlikRequestRefused
from tests.fakes.builders import a_server, classified

Scripted = TaskSnapshot | Exception
Answer = ActionAnswer | Exception
ACTIONS = ("run", "stop", "reload_table")


class FakePlatform:
    """Fits `ReplicationPlatform`.

    A run sets a task running, a stop stops it and a reload loads, as Replicate does; `script`
    overrides the next readings of a task, `answers` the next answers to an action.
    """

    def __init__(
        self, *tasks: TaskSnapshot, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Hold these tasks."""
        self._now = now
        self.tasks = {snapshot.id: snapshot for snapshot in tasks}
        self.servers: list[ServerSnapshot] = []
        self.scripts: dict[TaskId, list[Scripted]] = {}
        self.answers: dict[str, list[Answer]] = {call: [] for call in ACTIONS}
        self.failure: Exception | None = None
        self.calls: list[tuple[str, str]] = []
        self.options: list[RunOption] = []
        self.reloaded: list[tuple[str, str]] = []
        """Tables that were asked to be loaded anew, as schema and table."""

    @property
    def actions(self) -> list[str]:
        """The actions that were asked for, in order."""
        return [call for call, _ in self.calls if call in ACTIONS]

    def put(self, snapshot: TaskSnapshot) -> None:
        """Let a task be as this snapshot says."""
        self.tasks[snapshot.id] = snapshot

    def script(self, task: TaskId, *readings: Scripted) -> None:
        """Let the next readings of a task be these."""
        self.scripts[task] = list(readings)

    def read_fleet(self) -> FleetReading:
        """Return every task as it is now."""
        self.calls.append(("read_fleet", ""))
        if self.failure:
            raise self.failure
        names = sorted({task.server for task in self.tasks})
        servers = self.servers or [a_server(name) for name in names]
        now = self._now()
        tasks = tuple(one.model_copy(update={"observed_at": now}) for one in self.tasks.values())
        return FleetReading(observed_at=now, servers=tuple(servers), tasks=tasks)

    def read_task(self, task: TaskId) -> TaskSnapshot:
        """Return one task: the next scripted reading, else as it is now."""
        self.calls.append(("read_task", str(task)))
        scripted = self.scripts.get(task) or []
        if scripted:
            reading = scripted.pop(0)
            if isinstance(reading, Exception):
                raise reading
            return reading
        if task not in self.tasks:
            raise QlikRequestRefused(f"no task {task}")
        return self.tasks[task].model_copy(update={"observed_at": self._now()})

    def run_task(self, task: TaskId, option: RunOption) -> ActionAnswer:
        """Set a task running."""
        self.options.append(option)
        answer = self._act("run", task, TaskState.RUNNING, StopReason.NONE)
        if answer.accepted and option is RunOption.RELOAD_TARGET:
            done = {"full_load": FullLoad(completed=True, tables_with_error=0)}
            self.tasks[task] = self.tasks[task].model_copy(update=done)
        return answer

    def stop_task(self, task: TaskId) -> ActionAnswer:
        """Stop a task."""
        return self._act("stop", task, TaskState.STOPPED, StopReason.NORMAL)

    def reload_table(self, task: TaskId, schema: str, table: str) -> ActionAnswer:
        """Load one table anew: one less is in error."""
        self.reloaded.append((schema, table))
        before = self.tasks[task]
        answer = self._act("reload_table", task, before.state, before.stop_reason)
        if answer.accepted:
            load = before.full_load
            left = max(0, (load.tables_with_error or 0) - 1)
            mended = load.model_copy(update={"tables_with_error": left})
            self.tasks[task] = self.tasks[task].model_copy(update={"full_load": mended})
        return answer

    def close(self) -> None:
        """Note that it was closed."""
        self.calls.append(("close", ""))

    def _act(self, call: str, task: TaskId, state: TaskState, reason: StopReason) -> ActionAnswer:
        self.calls.append((call, str(task)))
        if self.answers[call]:
            answer = self.answers[call].pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        update = {"state": state, "stop_reason": reason, "message": "", "memory_mb": 100}
        self.tasks[task] = classified(self.tasks[task].model_copy(update=update))
        return ActionAnswer(accepted=True, state=state)


def refused(code: str = "AEM_RUN_TASK_INNER_ERR", message: str = "no") -> ActionAnswer:
    """An answer of Qlik that it does not do that."""
    return ActionAnswer(
        accepted=False, state=TaskState.ERROR, error_code=code, error_message=message
    )
