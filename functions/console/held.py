"""What limits hold back now: as they were counted at the last decision, less what has ended."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from qlik_monitor.domain.automation import Automation
from qlik_monitor.domain.explanation_proposal import limit_name, limit_used
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.limits import PAUSE, LimitReading
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.redaction import redact


class Held(Frozen):
    """An open incident, and the limits that hold it back."""

    incident: Incident
    said: tuple[str, ...]
    until: datetime | None
    """When all of them have ended; None where no time can be told of one."""


def held_back(opened: Sequence[Incident], switch: Automation, now: datetime) -> Iterator[Held]:
    """Name the incidents whose last decision ran into a limit that still holds."""
    for incident in opened:
        holding = [one for one in incident.limits if one.refuses and _holds(one, switch, now)]
        if holding:
            said = tuple(_said(one) for one in holding)
            yield Held(incident=incident, said=said, until=_until(holding))


def _holds(limit: LimitReading, switch: Automation, now: datetime) -> bool:
    if limit.name == PAUSE:
        return switch.paused
    return limit.until is None or limit.until > now


def _said(limit: LimitReading) -> str:
    return f"{limit_name(limit)}: {limit_used(limit)}{redact(limit.refuses or '')}"


def _until(limits: Sequence[LimitReading]) -> datetime | None:
    ends = [one.until for one in limits]
    known = [end for end in ends if end]
    return max(known) if len(known) == len(ends) else None
