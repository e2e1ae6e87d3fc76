"""What a detector says, and what a detector is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qlik_monitor.domain.task import FleetReading, TaskId


@dataclass(slots=True)
class PredictedIncident:
    """An incident that a detector opened; `task` is None for a server or an endpoint."""

    server: str | None
    task: str | None
    endpoint: str | None
    members: frozenset[TaskId]
    """The tasks that it names; a detector that groups may name more while it is open."""
    kinds: frozenset[str]
    opened_at: datetime
    closed_at: datetime | None = None

    def __str__(self) -> str:
        subject = self.endpoint or "/".join(filter(None, (self.server, self.task)))
        return f"{subject}: {', '.join(sorted(self.kinds))}"


class Detector(Protocol):
    """Looks at one reading after the other, and opens and closes incidents."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    def observe(self, reading: FleetReading) -> None:
        """Take the next reading in."""
        ...

    def incidents(self) -> Sequence[PredictedIncident]:
        """Every incident so far, closed ones included."""
        ...
