"""Qlik Enterprise Manager's REST API as a `ReplicationPlatform`.

Identity: a task is known by the name that the task list gives. Where the details spell it in
another case, actions use the details' spelling (Replicate falls over the other one), while
the identity stays as it is, so that incidents do not change their name from cycle to cycle.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from urllib.parse import quote, urlencode

from qlik_monitor.adapters import qlik_enterprise_manager_fields as fields
from qlik_monitor.adapters.qlik_crew import Crew
from qlik_monitor.adapters.qlik_deadline import Deadline
from qlik_monitor.adapters.qlik_enterprise_manager_calls import (
    ManagerCalls,
    server_path,
    task_path,
)
from qlik_monitor.adapters.qlik_enterprise_manager_task import listed_task, task_snapshot
from qlik_monitor.adapters.qlik_fleet import FleetDraft, ListedServer, ListedTask, TaskList
from qlik_monitor.adapters.qlik_settings import QlikSettings
from qlik_monitor.adapters.qlik_text import name_fault, seen, shown
from qlik_monitor.domain.task import (
    ActionAnswer,
    FleetReading,
    RunOption,
    ServerSnapshot,
    ServerState,
    TaskId,
    TaskSnapshot,
    TaskState,
    Unread,
)

_RUNS = frozenset({TaskState.RUNNING, TaskState.RECOVERY})
_STOPS = frozenset({TaskState.STOPPED})


class QlikEnterpriseManager:
    """Reads and operates the tasks of all Replicate servers that one Enterprise Manager knows."""

    def __init__(
        self, calls: ManagerCalls, settings: QlikSettings, now: Callable[[], datetime]
    ) -> None:
        self._calls = calls
        self._settings = settings
        self._now = now
        self._spellings: dict[TaskId, str] = {}

    def read_fleet(self) -> FleetReading:
        """Read all servers and tasks; what could not be read stands in `unread`."""
        deadline = self._begin()
        observed_at = self._now()
        items = self._calls.items("/servers", "serverList", deadline)
        draft = FleetDraft(Crew(self._settings.concurrency, deadline), observed_at)
        servers = [self._server(item, draft, deadline) for item in items]
        return draft.read(server for server in servers if server)

    def read_task(self, task: TaskId) -> TaskSnapshot:
        """Read one task's details now."""
        return self._read(task, {}, self._begin())

    def run_task(self, task: TaskId, option: RunOption) -> ActionAnswer:
        """Ask once for a run."""
        return self._act(task, f"run&option={option.value}", _RUNS)

    def stop_task(self, task: TaskId) -> ActionAnswer:
        """Ask once for a stop."""
        return self._act(task, "stop", _STOPS)

    def reload_table(self, task: TaskId, schema: str, table: str) -> ActionAnswer:
        """Ask once for one table to be loaded anew."""
        deadline = self._begin()
        query = urlencode({"schema": schema, "table": table}, quote_via=quote)
        target = f"{self._path(task)}/tables?action=reload&{query}"
        return self._calls.command(target, self._settings.action_timeout_seconds, deadline)

    def close(self) -> None:
        """Give connections back."""
        self._calls.close()

    def _begin(self) -> Deadline:
        self._calls.begin()
        return Deadline.after(self._settings.read_deadline_seconds)

    def _server(self, item: object, draft: FleetDraft, deadline: Deadline) -> ListedServer | None:
        """Take one entry of the server list: to be read, to be reported, or of no concern."""
        if not isinstance(item, dict):
            draft.miss(seen(item), None, "an entry of the server list is not an object")
            return None
        if fields.is_compose(item):
            return None
        if fault := _server_fault(item.get("name")):
            draft.miss(shown(item.get("name")), None, f"the server cannot be used: {fault}")
            return None
        listed = fields.server_snapshot(item["name"], item)
        if listed.state is ServerState.MONITORED:
            return self._monitored(listed, deadline)
        draft.servers[listed.name] = listed
        # Whoever took a server out of monitoring knows that; the other states are news.
        if listed.state is not ServerState.NOT_MONITORED:
            draft.miss(listed.name, None, f"its state is {listed.state.value}: {listed.message}")
        return None

    def _monitored(self, listed: ServerSnapshot, deadline: Deadline) -> ListedServer:
        return ListedServer(
            snapshot=listed,
            list_tasks=partial(self._list_tasks, listed.name, deadline),
            describe=partial(self._describe, listed, deadline),
        )

    def _describe(self, listed: ServerSnapshot, deadline: Deadline) -> ServerSnapshot:
        document = self._calls.document(server_path(listed.name), deadline)
        return fields.described_server(listed, document)

    def _list_tasks(self, server: str, deadline: Deadline) -> TaskList:
        items = self._calls.items(f"{server_path(server)}/tasks", "taskList", deadline)
        entries = [self._entry(server, item, deadline) for item in items]
        return TaskList(
            tasks=tuple(entry for entry in entries if isinstance(entry, ListedTask)),
            unread=tuple(entry for entry in entries if isinstance(entry, Unread)),
        )

    def _entry(self, server: str, item: object, deadline: Deadline) -> ListedTask | Unread:
        if not isinstance(item, dict):
            error = f"an entry of the task list is {seen(item)}"
            return Unread(server=server, error=error)
        if fault := name_fault(item.get("name")):
            error = f"an entry of the task list cannot be used: {fault}"
            return Unread(server=server, error=error)
        id = TaskId(server=server, task=item["name"])
        listed = listed_task(id, item, self._now())
        return ListedTask(listed, partial(self._read, id, item, deadline))

    def _read(self, task: TaskId, item: Mapping[str, object], deadline: Deadline) -> TaskSnapshot:
        document = self._calls.document(task_path(task.server, task.task), deadline)
        details = fields.details_in(document, task)
        self._remember_spelling(task, details.get("name"))
        return task_snapshot(task, details, self._now(), item)

    def _remember_spelling(self, task: TaskId, name: object) -> None:
        if isinstance(name, str) and name != task.task:
            self._spellings[task] = name

    def _act(self, task: TaskId, action: str, wanted: frozenset[TaskState]) -> ActionAnswer:
        deadline = self._begin()
        seconds = self._settings.action_timeout_seconds
        return self._calls.act(
            f"{self._path(task)}?action={action}&timeout={seconds}", seconds, wanted, deadline
        )

    def _path(self, task: TaskId) -> str:
        return task_path(task.server, self._spellings.get(task, task.task))


def _server_fault(name: object) -> str | None:
    fault = name_fault(name)
    if not fault and "/" in str(name):
        return "its name holds a slash, which separates server and task in a task's identity"
    return fault
