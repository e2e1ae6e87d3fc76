"""The page of the agent's own health: its last cycles, and what failed."""

from collections.abc import Sequence
from datetime import timedelta

from functions.console.pages import View, Visit
from functions.console.stores import cycles, incidents
from qlik_monitor.domain.console_query import Query
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model import Frozen

SHOWN = 50
A_DAY = timedelta(days=1)
MOST_OF_A_DAY = 1500
"""More than one a minute."""


class ModelUse(Frozen):
    """What the open incidents' proposals cost."""

    by_model: int
    by_rules: int
    tokens: int


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
            "model": _model_use(incidents().all_open()),
        },
    )


def _last_good(reports: Sequence[CycleReport]) -> CycleReport | None:
    return next((one for one in reports if one.succeeded), None)


def _model_use(opened: Sequence[Incident]) -> ModelUse:
    proposals = [one.proposal for one in opened if one.proposal]
    by_model = [one for one in proposals if one.made_by.value == "model"]
    return ModelUse(
        by_model=len(by_model),
        by_rules=len(proposals) - len(by_model),
        tokens=sum(one.prompt_tokens + one.completion_tokens for one in proposals),
    )
