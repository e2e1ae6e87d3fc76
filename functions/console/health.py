"""The page of the agent's own health: its last cycles, and what failed."""

from collections.abc import Sequence
from datetime import timedelta

from functions.console.pages import View, Visit
from functions.console.stores import cycles
from qlik_monitor.domain.console_query import Query
from qlik_monitor.domain.cycle import CycleReport

SHOWN = 50
A_DAY = timedelta(days=1)
MOST_OF_A_DAY = 1500
"""More than one a minute."""


def view(_query: Query, visit: Visit) -> View:
    """Show the newest cycles, and count those of the last day."""
    newest = cycles().newest(visit.now, MOST_OF_A_DAY)
    lately = [one for one in newest if visit.now - one.finished_at < A_DAY]
    return View(
        template="health.html",
        title="Health",
        values={
            "cycles": newest[:SHOWN],
            "lately": len(lately),
            "failed": sum(not one.succeeded for one in lately),
            "last_good": _last_good(newest),
            "failures": cycles().failures(visit.now),
            "model": newest[0].model_today if newest else None,
        },
    )


def _last_good(reports: Sequence[CycleReport]) -> CycleReport | None:
    return next((one for one in reports if one.succeeded), None)
