"""Puts a fleet's reading together: servers first, their task lists, then each task."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from qlik_monitor.adapters.qlik_crew import Crew, Patience
from qlik_monitor.adapters.qlik_text import clean_text
from qlik_monitor.domain.task import FleetReading, ServerSnapshot, TaskId, TaskSnapshot, Unread
from qlik_monitor.errors import ReplicationMonitorError


@dataclass(frozen=True)
class ListedTask:
    """A task that a list names: what the list says of it, and how to read the rest."""

    listed: TaskSnapshot
    read: Callable[[], TaskSnapshot]


@dataclass(frozen=True)
class TaskList:
    """The tasks of one server, and the entries of its list that are none."""

    tasks: tuple[ListedTask, ...] = ()
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True)
class ListedServer:
    """A server whose tasks are to be read."""

    snapshot: ServerSnapshot
    list_tasks: Callable[[], TaskList]
    describe: Callable[[], ServerSnapshot] | None = None


@dataclass
class FleetDraft:
    """Collects a reading; only the thread that made it ever changes it."""

    crew: Crew
    observed_at: datetime
    servers: dict[str, ServerSnapshot] = field(default_factory=dict)
    tasks: dict[TaskId, TaskSnapshot] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    def read(self, servers: Iterable[ListedServer]) -> FleetReading:
        """Read all tasks of `servers` and return what is known in the end."""
        for server in servers:
            self._read_server(server)
        self.crew.finish()
        return FleetReading(
            observed_at=self.observed_at,
            servers=tuple(self.servers[name] for name in sorted(self.servers)),
            tasks=tuple(self.tasks[id] for id in sorted(self.tasks, key=_order)),
            unread=tuple(sorted(self.unread, key=_order)),
        )

    def miss(self, server: str, task: str | None, error: ReplicationMonitorError | str) -> None:
        """Remember what could not be read, and why."""
        self.unread.append(Unread(server=server, task=task, error=clean_text(str(error))))

    def _read_server(self, server: ListedServer) -> None:
        self.servers[server.snapshot.name] = server.snapshot
        self.crew.start(server.list_tasks, partial(self._take_list, server.snapshot.name))
        if server.describe:
            self.crew.start(server.describe, partial(self._take_description, server.snapshot))

    def _take_list(self, server: str, outcome: TaskList | ReplicationMonitorError) -> None:
        if isinstance(outcome, ReplicationMonitorError):
            self.miss(server, None, outcome)
            return
        self.unread += outcome.unread
        patience = Patience()
        for task in outcome.tasks:
            self._read_task(task, patience)

    def _read_task(self, task: ListedTask, patience: Patience) -> None:
        id = task.listed.id
        if id in self.tasks:
            self.miss(id.server, id.task, "the list names this task twice")
            return
        self.tasks[id] = task.listed
        self.crew.start(partial(patience.ask, task.read), partial(self._take_task, id))

    def _take_task(self, id: TaskId, outcome: TaskSnapshot | ReplicationMonitorError) -> None:
        if isinstance(outcome, ReplicationMonitorError):
            self.miss(id.server, id.task, outcome)
        else:
            self.tasks[id] = outcome

    def _take_description(
        self, listed: ServerSnapshot, outcome: ServerSnapshot | ReplicationMonitorError
    ) -> None:
        if isinstance(outcome, ReplicationMonitorError):
            # Its tasks can be read all the same, so this does not make the server unread.
            message = clean_text(f"{listed.message} licence not read: {outcome}")
            outcome = listed.model_copy(update={"message": message})
        self.servers[listed.name] = outcome


def _order(one: TaskId | Unread) -> tuple[str, str]:
    return one.server, one.task or ""
