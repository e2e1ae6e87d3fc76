"""The calls of a restart, in their order; each is made once, and states are read in between."""

import contextlib
from collections.abc import Callable

from functions.execute_restart.rewrite import not_called, rewrite
from qlik_monitor.domain.actions import DESTRUCTIVE, Action
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.domain.restart import Restart, RestartOutcome
from qlik_monitor.domain.rewriting import Warrant
from qlik_monitor.domain.task import ActionAnswer, RunOption, TaskId, TaskState
from qlik_monitor.errors import QlikRequestRefused, QlikUnavailable, ReplicationMonitorError

Result = tuple[RestartOutcome, str]
Sleep = Callable[[float], None]

NOT_RESUMED = "THE TASK WAS STOPPED AND COULD NOT BE RESUMED"
OPTIONS = {
    Action.RESUME: RunOption.RESUME_PROCESSING,
    Action.RESUME_FROM_CHECKPOINT: RunOption.RECOVER_USING_LOCALLY_STORED_CHECKPOINT,
}
"""Actions of one run; none of them ever stands in for another."""
STOP_POLLS = 20
STOP_POLL_SECONDS = 3.0
"""Qlik Enterprise Manager learns of a stop late: its state is polled for up to a minute."""


def carry_out(
    platform: ReplicationPlatform, restart: Restart, sleep: Sleep, warrant: Warrant | None = None
) -> Result:
    """Make the calls for a reserved restart; say what Qlik answered.

    What rewrites data needs a warrant, and is refused without one.
    A lost connection means UNKNOWN, never "try again": the verification reads what came of it.
    """
    try:
        if restart.action is Action.STOP_AND_RESUME:
            return _stop_and_run(platform, restart.task, sleep)
        call = "reload" if restart.action in DESTRUCTIVE else "run"
        return _result(call, _one_call(platform, restart, warrant))
    except QlikUnavailable as error:
        return RestartOutcome.UNKNOWN, str(error)
    except QlikRequestRefused as error:
        return RestartOutcome.REFUSED, str(error)


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
    stop = platform.stop_task(task)
    if not stop.accepted:
        # Already stopped means that someone else stopped it: then it is theirs to start.
        return _result("stop", stop)
    if not _is_stopped(platform, task, sleep):
        return RestartOutcome.REFUSED, "the task was told to stop, was not seen to, and was not run"
    try:
        run = platform.run_task(task, RunOption.RESUME_PROCESSING)
    except QlikUnavailable as error:
        return RestartOutcome.UNKNOWN, f"the task was stopped; whether it was resumed: {error}"
    except ReplicationMonitorError as error:
        return RestartOutcome.REFUSED, f"{NOT_RESUMED}: {error}"
    outcome, said = _result("run", run)
    return outcome, said if run.accepted else f"{NOT_RESUMED}: {said}"


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
        return RestartOutcome.ACCEPTED, f"{call} accepted, state {answer.state.value}"
    return RestartOutcome.REFUSED, f"{call} refused: {said or answer.state.value}"
