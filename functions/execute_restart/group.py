"""One approved resume of several tasks: each is judged, written ahead and run by itself, in order.

A step that runs again finds what was written ahead and calls Qlik no more; what one task meets
never stops the others.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from functions.execute_restart.carry_out import Sleep, carry_out
from qlik_monitor.adapters.qlik_members import OF_ONE_TASK
from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.group_restart import (
    MAX_REASON,
    restart_of_candidate,
    stale_candidate,
)
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.limits import Limits, reason_of
from qlik_monitor.domain.member import Candidate, Fate, Resumed
from qlik_monitor.domain.ports import IncidentStore, ReplicationPlatform, RestartHistory
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.restart import Reservation, Restart, RestartOutcome
from qlik_monitor.domain.task import TaskId
from qlik_monitor.domain.verification import Verification
from qlik_monitor.errors import ReplicationMonitorError, Retryable

OF_ALL_TASKS = "nothing more was begun"


class Tools(NamedTuple):
    """What a resume needs of the world, and its bounds."""

    platform: ReplicationPlatform
    incidents: IncidentStore
    restarts: RestartHistory
    limits: Limits
    opt_out_tags: frozenset[str]
    readings: Callable[[TaskId], Sequence[HistoryPoint]]
    """What is stored of a task since people were asked, oldest first."""
    now: Callable[[], datetime]
    sleep: Sleep
    has_time: Callable[[], bool]
    """Whether one more reading and run fit into the function's time."""


def resume_each(incident: Incident, tools: Tools) -> tuple[Resumed, ...]:
    """Resume every candidate that is still what was approved; say what became of each."""
    each = _Each(incident, tools)
    return tuple(each.resumed(candidate) for candidate in incident.candidates)


class _Each:
    """Goes through one group; made and thrown away within `resume_each`."""

    def __init__(self, incident: Incident, tools: Tools) -> None:
        self._incident = incident
        self._tools = tools
        self._barred = ""
        """Why nothing can be read at all: fifty vain logins would lock an account."""

    def resumed(self, candidate: Candidate) -> Resumed:
        restart = restart_of_candidate(self._incident, candidate.task, self._tools.now())
        if earlier := self._earlier(restart):
            return earlier
        if self._barred or not self._tools.has_time():
            return _fate(restart, Fate.NOT_BEGUN, self._barred or "no time was left for it")
        try:
            changed = self._changed(candidate)
        except OF_ONE_TASK as error:
            return _fate(restart, Fate.REFUSED, f"it could not be read: {error}")
        except ReplicationMonitorError as error:
            if isinstance(error, Retryable):
                raise  # the store's: the step is repeated, and finds what was written ahead
            self._barred = f"{OF_ALL_TASKS}: {error}"
            return _fate(restart, Fate.NOT_BEGUN, self._barred)
        return _fate(restart, Fate.STALE, changed) if changed else self._reserved(restart)

    def _changed(self, candidate: Candidate) -> str | None:
        task = candidate.task
        fresh = self._tools.platform.read_task(task)
        readings = self._tools.readings(task)
        if changed := stale_candidate(candidate, fresh, self._tools.opt_out_tags, readings):
            return changed
        own = self._tools.incidents.is_open(Subject(server=task.server, task=task.task))
        return "it has an incident of its own now" if own else None

    def _reserved(self, restart: Restart) -> Resumed:
        counts_from = self._incident.member_counts_from.get(str(restart.task))
        reserved = self._tools.restarts.reserve(restart, self._tools.limits, counts_from)
        if refusal := reason_of(reserved.refused):
            return _fate(restart, Fate.REFUSED, refusal)
        if reserved.reservation is Reservation.ALREADY_RESERVED:
            return self._earlier(restart) or self._started(restart, "begun before")
        outcome, detail, _ = carry_out(self._tools.platform, restart, self._tools.sleep)
        self._tools.restarts.record(restart, outcome, detail, self._tools.now())
        if outcome is RestartOutcome.REFUSED:
            return _fate(restart, Fate.REFUSED, detail)
        return self._started(restart, detail)

    def _earlier(self, restart: Restart) -> Resumed | None:
        """Return what an earlier run of this very step did with the task, if it came so far."""
        key = (restart.incident_id, restart.attempt)
        for done in self._tools.restarts.of(restart.task):
            if (done.incident_id, done.attempt) == key:
                if done.outcome is RestartOutcome.REFUSED:
                    return _fate(restart, Fate.REFUSED, done.detail)
                return self._started(restart, "the call was made, or begun, before")
        return None

    def _started(self, restart: Restart, detail: str) -> Resumed:
        verification = Verification(started_at=self._tools.now())
        one = _fate(restart, Fate.STARTED, detail)
        return one.model_copy(update={"verification": verification})


def _fate(restart: Restart, fate: Fate, detail: str) -> Resumed:
    return Resumed(task=restart.task, fate=fate, detail=redact(detail)[:MAX_REASON])
