"""Expressions: what the domain needs of the language that alerting rules are written in."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Protocol

from qlik_monitor.domain.task_facts import Facts

BUDGET = timedelta(seconds=20)
"""What all expressions of one cycle may take together; `monitor_tasks` has 240 s for everything."""

Clock = Callable[[], float]
"""Seconds that only grow."""


class Expression(Protocol):
    """One expression, checked and ready."""

    def holds(self, facts: Facts) -> bool | None:
        """Tell whether it holds; None when that depends on a fact that is unknown."""
        ...


Expressions = Mapping[str, Expression]
"""Every expression of the rules, by its text."""


class Budget:
    """The time that expressions may take together; only their own time counts."""

    def __init__(self, clock: Clock, limit: timedelta = BUDGET) -> None:
        self._clock = clock
        self._left = limit.total_seconds()

    @property
    def is_spent(self) -> bool:
        """Tell whether no further expression may be evaluated."""
        return self._left <= 0

    def evaluate(self, expression: Expression, facts: Facts) -> bool | None:
        """Evaluate one, on the budget."""
        begun = self._clock()
        try:
            return expression.holds(facts)
        finally:
            self._left -= self._clock() - begun
