"""Restarts: the write-ahead record of one executed action, and what its reservation says."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.limits import LimitReading
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import TaskId


class RestartOutcome(StrEnum):
    """What became of a restart."""

    REQUESTED = "requested"
    """Written before the call; if nothing follows, whether Qlik got the call is unknown."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    RECOVERED = "recovered"
    FAILED = "failed"


class Restart(Frozen):
    """One attempt to heal one task; `incident_id` and `attempt` identify it."""

    task: TaskId
    incident_id: str
    attempt: Annotated[int, Field(ge=1)]
    action: Action
    requested_at: datetime
    approval_id: str | None = None
    table: str | None = None
    """The table of a reload, as `schema.table`."""
    error_class: ErrorClass = ErrorClass.UNKNOWN
    endpoints: tuple[str, ...] = ()
    """Names of the task's source and target: restarts that fail count against both."""
    confidence: float | None = None
    """That of the proposal: with the outcome, it shows what a confidence is worth."""
    made_by: str = ""
    outcome: RestartOutcome = RestartOutcome.REQUESTED
    detail: str = ""
    finished_at: datetime | None = None

    @property
    def key(self) -> str:
        """Tell it apart from every other restart."""
        return f"{self.task}#{self.incident_id}#{self.attempt}"


class Reservation(StrEnum):
    """Whether a restart may go ahead."""

    GRANTED = "granted"
    ALREADY_RESERVED = "already_reserved"
    REFUSED = "refused"


class Reserved(Frozen):
    """The answer to a reservation, and what refused it."""

    reservation: Reservation
    refused: LimitReading | None = None
