"""The calls of a restart, in their order; each is made once, and states are read in between."""

import contextlib
from collections.abc import Callable
from typing import NamedTuple

from functions.execute_restart.rewrite import not_called, rewrite
from qlik_monitor.domain.actions import DESTRUCTIVE, Action
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.domain.restart import Restart, RestartOutcome
from qlik_monitor.domain.rewriting import Warrant
from qlik_monitor.domain.task import ActionAnswer, RunOption, TaskId, TaskState
from qlik_monitor.errors import (
    QlikAccessDenied,
    QlikLicenseMissing,
    QlikRequestRefused,
    QlikUnavailable,
    ReplicationMonitorError,
)

Sleep = Callable[[float], None]

REFUSALS = (QlikRequestRefused, QlikAccessDenied, QlikLicenseMissing)
"""Qlik did nothing of what it was asked for."""
NOT_RESUMED = "THE TASK WAS STOPPED AND COULD NOT BE RESUMED"
OPTIONS = {
    Action.RESUME: RunOption.RESUME_PROCESSING,
    Action.RESUME_FROM_CHECKPOINT: RunOption.RECOVER_USING_LOCALLY_STORED_CHECKPOINT,
}
"""Actions of one run; none of them ever stands in for another."""
STOP_POLLS = 20
STOP_POLL_SECONDS = 3.0
"""Qlik Enterprise Manager learns of a stop late: its state is polled for up to a minute."""


class Result(NamedTuple):
    """What became of the calls."""

    outcome: RestartOutcome
    detail: str
    stopped: bool = False
    """Whether the task may stand still because of our stop."""


def carry_out(
    platform: ReplicationPlatform, restart: Restart, sleep: Sleep, warrant: Warrant | None = None
) -> Result:
    """Make the calls for a reserved restart; say what Qlik answered.

    What rewrites data needs a warrant, and is refused without one.
    A lost connection means UNKNOWN, never "try again": the verification reads what came of it.
    So does whatever else Qlik's client raises, but what says that nothing was done.
    """
    try:
        if restart.action is Action.STOP_AND_RESUME:
            return _stop_and_run(platform, restart.task, sleep)
        call = "reload" if restart.action in DESTRUCTIVE else "run"
        return _result(call, _one_call(platform, restart, warrant))
    except REFUSALS as error:
        return Result(RestartOutcome.REFUSED, str(error))
    except ReplicationMonitorError as error:
        return Result(RestartOutcome.UNKNOWN, str(error))


def _one_call(
    platform: ReplicationPlatform, restart: Restart, warrant: Warrant | None
) -> ActionAnswer:
    if restart.action in DESTRUCTIVE:
        if warrant is None:
            return not_called("there is no warrant for what rewrites data")
        return rewrite(platform, restart, warrant)
    option = OPTIONS.get(restart.action)
    if option is None:
        return not_called("there is no call for this action")
    return platform.run_task(restart.task, option)


def _stop_and_run(platform: ReplicationPlatform, task: TaskId, sleep: Sleep) -> Result:
    lost = ""
    try:
        stop = platform.stop_task(task)
    except REFUSALS:
        raise
    except ReplicationMonitorError as error:
        # It ran a moment ago, so a stop that is seen now is taken for ours: it gets its run.
        lost = str(error)
    else:
        if not stop.accepted:
            # Already stopped means that someone else stopped it: then it is theirs to start.
            return _result("stop", stop)
    if _is_stopped(platform, task, sleep):
        return _run_again(platform, task)
    if lost:
        said = f"{lost}; the task was not seen to stop, and was not run"
        return Result(RestartOutcome.UNKNOWN, said, stopped=True)
    said = "the task was told to stop, was not seen to, and was not run"
    return Result(RestartOutcome.REFUSED, said, stopped=True)


def _run_again(platform: ReplicationPlatform, task: TaskId) -> Result:
    try:
        run = platform.run_task(task, RunOption.RESUME_PROCESSING)
    except QlikUnavailable as error:
        said = f"the task was stopped; whether it was resumed: {error}"
        return Result(RestartOutcome.UNKNOWN, said, stopped=True)
    except ReplicationMonitorError as error:
        return Result(RestartOutcome.REFUSED, f"{NOT_RESUMED}: {error}", stopped=True)
    result = _result("run", run)
    said = result.detail if run.accepted else f"{NOT_RESUMED}: {result.detail}"
    return Result(result.outcome, said, stopped=True)


def _is_stopped(platform: ReplicationPlatform, task: TaskId, sleep: Sleep) -> bool:
    for _ in range(STOP_POLLS):
        # A stop that is not followed by a run leaves the task worse off: keep looking.
        with contextlib.suppress(ReplicationMonitorError):
            if platform.read_task(task).state is TaskState.STOPPED:
                return True
        sleep(STOP_POLL_SECONDS)
    return False


def _result(call: str, answer: ActionAnswer) -> Result:
    said = " ".join(part for part in (answer.error_code, answer.error_message) if part)
    if answer.accepted:
        return Result(RestartOutcome.ACCEPTED, f"{call} accepted, state {answer.state.value}")
    return Result(RestartOutcome.REFUSED, f"{call} refused: {said or answer.state.value}")
