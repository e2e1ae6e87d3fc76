"""The page of the agent's own health: its last cycles, what failed, and what it has cost."""

from collections.abc import Sequence

from functions.console.pages import View, Visit
from functions.console.stores import cycles, model_usage
from qlik_monitor.composition import settings
from qlik_monitor.domain.console_health import A_DAY, cost_of, is_overdue, troubles
from qlik_monitor.domain.console_query import Query
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.model_budget import days_of_month, dollars
from qlik_monitor.settings import ConsoleSettings

SHOWN = 50
MOST_OF_A_DAY = 1500
"""More than one a minute."""


def view(_query: Query, visit: Visit) -> View:
    """Show the newest cycles, count those of the last day, and add up what the model took."""
    newest = cycles().newest(visit.now, MOST_OF_A_DAY)
    lately = [one for one in newest if visit.now - one.finished_at < A_DAY]
    cost = cost_of(model_usage().of_days(days_of_month(visit.now)))
    return View(
        template="health.html",
        title="Health",
        values={
            "cycles": newest[:SHOWN],
            "overdue": is_overdue(newest, visit.now),
            "lately": len(lately),
            "failed": sum(not one.succeeded for one in lately),
            "troubles": troubles(newest, visit.now),
            "last_good": _last_good(newest),
            "failures": cycles().failures(visit.now),
            "cost": cost,
            "today": dollars(cost.today.micro_dollars),
            "month": dollars(cost.month.micro_dollars),
            "allowed": f"{settings(ConsoleSettings).openai_usd_per_day:g}",
        },
    )


def _last_good(reports: Sequence[CycleReport]) -> CycleReport | None:
    return next((one for one in reports if one.succeeded), None)
