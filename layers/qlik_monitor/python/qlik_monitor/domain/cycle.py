"""Cycles: what one run of the state machine found and did, in numbers."""

from datetime import datetime

from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.model_budget import Usage


class CycleReport(Frozen):
    """The counts of one cycle; they are also its metrics."""

    id: str
    finished_at: datetime
    succeeded: bool = True
    error: str = ""
    servers: int = 0
    tasks: int = 0
    unread: int = 0
    ill: int = 0
    opened: int = 0
    closed: int = 0
    deferred: int = 0
    """New incidents that wait for the next cycle."""
    model_today: Usage | None = None
    """What the model has taken so far on the day (UTC) on which the cycle ended; None: unread."""
