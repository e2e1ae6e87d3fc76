"""The agent's own health for its page: whether cycles come, what failed, what the model cost."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qlik_monitor.domain.console_fleet import pause_of
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.model_budget import Usage

A_DAY = timedelta(days=1)
CYCLES_OF_A_PAUSE = 12


class Trouble(Frozen):
    """One kind of failure of cycles, as often as it came within a day."""

    name: str
    times: int
    newest: datetime
    text: str
    """What the newest one said besides; may be empty."""


class ModelCost(Frozen):
    """What the model took, as far as that is stored."""

    today: Usage
    month: Usage
    """Of this month (UTC), today included."""
    days: int
    """Days of the month on which anything was asked."""


def is_overdue(reports: Sequence[CycleReport], now: datetime) -> bool:
    """Tell whether cycles, newest first, have stopped to come: none for three intervals."""
    if not reports:
        return True
    moments = [one.finished_at for one in reports[:CYCLES_OF_A_PAUSE]]
    return reports[0].finished_at < now - pause_of(moments)


def troubles(reports: Sequence[CycleReport], now: datetime) -> tuple[Trouble, ...]:
    """Count the failures of the last day, from reports newest first; the newest kind first."""
    failed = [one for one in reports if not one.succeeded and now - one.finished_at < A_DAY]
    found: dict[str, Trouble] = {}
    for one in failed:
        name, _, text = one.error.partition(": ")
        known = found.get(name)
        found[name] = (
            known.model_copy(update={"times": known.times + 1})
            if known
            else Trouble(name=name, times=1, newest=one.finished_at, text=text)
        )
    return tuple(found.values())


def cost_of(days: Sequence[Usage | None]) -> ModelCost:
    """Add up the days of a month, today last; a day that nothing is kept of took nothing.

    What a day took is kept for longer than a month, so that none is missing.
    """
    known = [one for one in days if one]
    return ModelCost(
        today=(days[-1] if days else None) or Usage(),
        month=sum(known, Usage()),
        days=sum(one.calls > 0 for one in known),
    )
