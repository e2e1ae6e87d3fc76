"""Findings: what one reading of the fleet shows, before any incident is looked at."""

from pydantic import Field

from qlik_monitor.domain.anomaly import Anomaly, AnomalyKind, Subject
from qlik_monitor.domain.baseline import HourRow
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.progress import TaskProgress
from qlik_monitor.domain.task import TaskId, TaskSnapshot


class Findings(Frozen):
    """Anomalies by subject, and what is to be remembered of each task."""

    of_tasks: dict[TaskId, tuple[Anomaly, ...]]
    """What was found of each task by itself, whoever it is put down to."""
    anomalies: dict[Subject, tuple[Anomaly, ...]]
    unjudged: dict[Subject, frozenset[AnomalyKind]] = Field(default_factory=dict)
    """Kinds of which nothing can be said now: in maintenance, or for want of a reading."""
    snapshots: dict[Subject, TaskSnapshot]
    progress: dict[str, dict[str, TaskProgress]]
    emptied: frozenset[str] = frozenset()
    """Servers that list no task at all and had some before: nothing is known of those."""
    members: dict[Subject, tuple[str, ...]] = Field(default_factory=dict)
    """The ill tasks behind a subject that stands for several, as `server/task`."""
    held_back: int = 0
    """Findings that wait for the next reading, to see whether they have a cause in common."""

    def finished_hours(self) -> dict[tuple[str, int], dict[str, HourRow]]:
        """Return what this reading completed, by server and hour of the day, then by task."""
        rows: dict[tuple[str, int], dict[str, HourRow]] = {}
        for server, tasks in self.progress.items():
            for task, progress in tasks.items():
                if progress.finished:
                    hour, row = progress.finished
                    rows.setdefault((server, hour), {})[task] = row
        return rows

    def progress_of(self, subject: Subject) -> TaskProgress | None:
        """Return what is remembered of a task."""
        return self.progress.get(subject.server, {}).get(subject.task or "")
