"""The calls of a restart, in their order; each is made once, and states are read in between."""

import contextlib
from collections.abc import Callable

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.domain.restart import Restart, RestartOutcome
from qlik_monitor.domain.task import ActionAnswer, RunOption, TaskId, TaskState
from qlik_monitor.errors import QlikRequestRefused, QlikUnavailable, ReplicationMonitorError

Result = tuple[RestartOutcome, str]
Sleep = Callable[[float], None]

NOT_RESUMED = "THE TASK WAS STOPPED AND COULD NOT BE RESUMED"
STOP_POLLS = 20
STOP_POLL_SECONDS = 3.0
"""Qlik Enterprise Manager learns of a stop late: its state is polled for up to a minute."""


def carry_out(platform: ReplicationPlatform, restart: Restart, sleep: Sleep) -> Result:
    """Make the calls for a reserved restart; say what Qlik answered.

    A lost connection means UNKNOWN, never "try again": the verification reads what came of it.
    """
    try:
        if restart.action is Action.STOP_AND_RESUME:
            return _stop_and_run(platform, restart.task, sleep)
        return _result("run", platform.run_task(restart.task, RunOption.RESUME_PROCESSING))
    except QlikUnavailable as error:
        return RestartOutcome.UNKNOWN, str(error)
    except QlikRequestRefused as error:
        return RestartOutcome.REFUSED, str(error)


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
