"""Qlik Cloud's data integration API (`di-projects`) as a `ReplicationPlatform`.

A project stands for a server. Names may repeat and change while ids do neither, so each call
finds the ids anew: a remembered one could belong to another task by now.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from qlik_monitor.adapters.qlik_cloud_calls import PROJECTS, CloudCalls, project_path, task_path
from qlik_monitor.adapters.qlik_cloud_fields import (
    REPLICATING,
    by_label,
    cloud_snapshot,
    label_of,
    unread_task,
)
from qlik_monitor.adapters.qlik_crew import Crew
from qlik_monitor.adapters.qlik_deadline import Deadline
from qlik_monitor.adapters.qlik_fleet import FleetDraft, ListedServer, ListedTask, TaskList
from qlik_monitor.adapters.qlik_settings import QlikSettings
from qlik_monitor.adapters.qlik_text import seen
from qlik_monitor.domain.task import (
    ActionAnswer,
    FleetReading,
    RunOption,
    ServerSnapshot,
    ServerState,
    TaskId,
    TaskSnapshot,
    Unread,
)
from qlik_monitor.errors import QlikRequestRefused

# Cloud only marks a task for a reload, which whatever run comes next then does: a mark that is
# left behind would rewrite the target at a moment that nobody has approved.
_NO_RELOAD = ActionAnswer(
    accepted=False,
    error_code="NOT_SUPPORTED",
    error_message=(
        "Qlik Cloud reloads with the next run only, which no single call can do safely: "
        "nothing was sent, reload it in Qlik Cloud"
    ),
)


class QlikCloud:
    """Reads and operates the replicating data tasks of all projects that the token may see."""

    def __init__(
        self, calls: CloudCalls, settings: QlikSettings, now: Callable[[], datetime]
    ) -> None:
        self._calls = calls
        self._settings = settings
        self._now = now

    def read_fleet(self) -> FleetReading:
        """Read all projects and tasks; what could not be read stands in `unread`."""
        deadline = self._deadline()
        observed_at = self._now()
        projects, faults = _usable(self._projects(deadline), "project")
        draft = FleetDraft(Crew(self._settings.concurrency, deadline), observed_at)
        for name, fault in faults:
            draft.miss(name, None, fault)
        return draft.read(
            ListedServer(
                snapshot=ServerSnapshot(name=label, state=ServerState.MONITORED),
                list_tasks=partial(self._list_tasks, label, project, deadline),
            )
            for label, project in projects.items()
        )

    def read_task(self, task: TaskId) -> TaskSnapshot:
        """Read one task's state now."""
        deadline = self._deadline()
        return self._read(task, self._find(task, deadline), deadline)

    def run_task(self, task: TaskId, option: RunOption) -> ActionAnswer:
        """Ask once for a start; a reload is refused here, with nothing sent."""
        if option is RunOption.RELOAD_TARGET:
            return _NO_RELOAD
        # A start without an option continues where the task ended.
        resumes = option is RunOption.RESUME_PROCESSING
        return self._act(task, "start", None if resumes else option.value)

    def stop_task(self, task: TaskId) -> ActionAnswer:
        """Ask once for a stop."""
        return self._act(task, "stop")

    def reload_table(self, task: TaskId, schema: str, table: str) -> ActionAnswer:
        """Refuse, with nothing sent."""
        return _NO_RELOAD

    def close(self) -> None:
        """Give connections back."""
        self._calls.close()

    def _deadline(self) -> Deadline:
        return Deadline.after(self._settings.read_deadline_seconds)

    def _projects(self, deadline: Deadline) -> list[object]:
        return self._calls.items(PROJECTS, "projects", deadline)

    def _tasks(self, project: str, deadline: Deadline) -> list[object]:
        items = self._calls.items(f"{project_path(project)}/di-tasks", "dataTasks", deadline)
        return [item for item in items if _may_replicate(item)]

    def _list_tasks(self, label: str, project: str, deadline: Deadline) -> TaskList:
        tasks, faults = _usable(self._tasks(project, deadline), "data task")
        return TaskList(
            tasks=tuple(
                self._listed(TaskId(server=label, task=name), task_path(project, id), deadline)
                for name, id in tasks.items()
            ),
            unread=tuple(Unread(server=label, error=fault) for _name, fault in faults),
        )

    def _listed(self, task: TaskId, path: str, deadline: Deadline) -> ListedTask:
        return ListedTask(
            listed=unread_task(task, self._now()),
            read=partial(self._read, task, path, deadline),
        )

    def _read(self, task: TaskId, path: str, deadline: Deadline) -> TaskSnapshot:
        document = self._calls.document(f"{path}/runtime/state", deadline)
        return cloud_snapshot(task, document, self._now())

    def _find(self, task: TaskId, deadline: Deadline) -> str:
        """Return the path of a task; raises QlikRequestRefused when there is none such."""
        project = _usable(self._projects(deadline), "project")[0].get(task.server)
        if project is None:
            raise QlikRequestRefused(f"{task}: Qlik Cloud shows no project {task.server!r}")
        id = _usable(self._tasks(project, deadline), "data task")[0].get(task.task)
        if id is None:
            raise QlikRequestRefused(f"{task}: Qlik Cloud shows no such replication task")
        return task_path(project, id)

    def _act(self, task: TaskId, action: str, option: str | None = None) -> ActionAnswer:
        path = self._find(task, self._deadline())
        target = f"{path}/runtime/actions/{action}"
        return self._calls.act(target, self._settings.action_timeout_seconds, option)


def _may_replicate(item: object) -> bool:
    """Keep replicating tasks, and what is so malformed that it could be one."""
    kind = item.get("type") if isinstance(item, dict) else None
    return not isinstance(kind, str) or kind.strip().upper() in REPLICATING


def _usable(items: list[object], what: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Split entries into ids by label, and what is wrong with the rest."""
    named: list[tuple[str, str]] = []
    faults: list[tuple[str, str]] = []
    for item in items:
        entry = item if isinstance(item, dict) else {}
        id, label = entry.get("id"), label_of(entry.get("name"))
        if isinstance(id, str) and id.strip() and label:
            named.append((id, label))
        else:
            fault = f"a {what} cannot be used: its id is {seen(id)}, its name {seen(label)}"
            faults.append((label or seen(id), fault))
    return by_label(named), faults
