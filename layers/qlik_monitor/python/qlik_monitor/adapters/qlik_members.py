"""Reads several tasks afresh, a few at a time, within the time that a function has."""

from collections.abc import Callable, Iterable

from qlik_monitor.adapters.qlik_crew import Crew
from qlik_monitor.adapters.qlik_deadline import Deadline
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.domain.task import TaskId, TaskSnapshot
from qlik_monitor.errors import (
    QlikAnswerInvalid,
    QlikRequestRefused,
    QlikUnavailable,
    ReplicationMonitorError,
)

WORKERS = 4
OF_ONE_TASK = (QlikUnavailable, QlikRequestRefused, QlikAnswerInvalid)
"""Errors that may concern one task alone; every other means that nothing can be read at all."""
Readings = dict[TaskId, TaskSnapshot | None]


def read_members(
    platform: ReplicationPlatform, tasks: Iterable[TaskId], seconds: float
) -> Readings:
    """Read each task once; None stands for one that could not be read in time.

    The first is read alone: were the login refused, four workers would be refused four times,
    and that locks accounts.
    """
    order = list(tasks)
    deadline = Deadline.after(seconds)
    readings: Readings = dict.fromkeys(order)
    for group, workers in ((order[:1], 1), (order[1:], WORKERS)):
        crew = Crew(workers, deadline)
        for task in group:
            crew.start(_reader(platform, task), _keep(readings, task))
        crew.finish()
    return readings


def _reader(platform: ReplicationPlatform, task: TaskId) -> Callable[[], TaskSnapshot]:
    return lambda: platform.read_task(task)


def _keep(
    readings: Readings, task: TaskId
) -> Callable[[TaskSnapshot | ReplicationMonitorError], None]:
    def keep(outcome: TaskSnapshot | ReplicationMonitorError) -> None:
        if isinstance(outcome, TaskSnapshot):
            readings[task] = outcome
        elif not isinstance(outcome, OF_ONE_TASK):
            raise outcome

    return keep
