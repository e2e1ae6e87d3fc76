"""Limits: what keeps one more restart from happening, whoever proposed and approved it."""

from datetime import datetime

from qlik_monitor.domain.model import Frozen


class LimitReading(Frozen):
    """One limit as it was consulted; kept with the incident, so that people see it."""

    name: str
    used: int
    allowed: int
    refuses: str | None = None
    """Why it allows no restart now, or None when it does."""
    until: datetime | None = None
    """When it will allow one by itself; None when that takes a person, or nothing is refused."""
