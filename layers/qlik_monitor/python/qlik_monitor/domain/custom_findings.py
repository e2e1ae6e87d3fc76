"""Custom findings: a task's anomalies as the rules want them, and what expressions add.

What could not be judged is said, never left out: a caller must not close an incident over it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from qlik_monitor.domain.anomaly import Anomaly, AnomalyKind, Evidence, Severity, Subject
from qlik_monitor.domain.applied_rules import AppliedExpression, AppliedRules
from qlik_monitor.domain.expressions import Budget, Expressions
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import TaskSnapshot
from qlik_monitor.domain.task_facts import Facts, facts_about

_FACT = re.compile(r"\b(?:task|now)\.\w+")
EVERY_KIND = frozenset(AnomalyKind)
CUSTOM_ALONE = frozenset({AnomalyKind.CUSTOM})


class RuledFindings(Frozen):
    """A subject's anomalies under the rules."""

    anomalies: tuple[Anomaly, ...] = ()
    unjudged: frozenset[AnomalyKind] = frozenset()
    """Kinds of which nothing can be said now: an open incident with one of them stays open."""


NOTHING = RuledFindings()


class Evaluation:
    """The expressions of one cycle: their budget, and a count of what they could not answer."""

    def __init__(self, expressions: Expressions, budget: Budget) -> None:
        self._expressions, self._budget = expressions, budget
        self.not_evaluated: Counter[str] = Counter()
        """Expressions left out for lack of time, by server."""
        self.unknown: Counter[str] = Counter()
        """Expressions that asked for something unknown, by server."""

    def holds(self, when: str, facts: Facts, server: str) -> bool | None:
        """Tell whether an expression holds; None when that cannot be said."""
        if self._budget.is_spent:
            self.not_evaluated[server] += 1
            return None
        held = self._budget.evaluate(self._expressions[when], facts)
        if held is None:
            self.unknown[server] += 1
        return held

    def anomalies(self) -> Iterator[tuple[Subject, Anomaly]]:
        """Yield a finding for each server of which expressions were left out for lack of time."""
        for server, left_out in sorted(self.not_evaluated.items()):
            summary = f"alerting rules took too long: {left_out} expressions were not evaluated"
            yield (
                Subject(server=server),
                Anomaly(kind=AnomalyKind.UNKNOWN, severity=Severity.WARNING, summary=summary),
            )


def apply_rules(
    anomalies: tuple[Anomaly, ...],
    snapshot: TaskSnapshot,
    applied: AppliedRules,
    evaluation: Evaluation,
    now: datetime,
) -> RuledFindings:
    """Rank, drop and add anomalies of a task as the rules say; nothing while a window lasts."""
    if applied.maintenance is not None:
        return RuledFindings(unjudged=EVERY_KIND)
    if not (anomalies or applied.expressions):
        return NOTHING
    ranked = rank(anomalies, applied.severity_of)
    if not applied.expressions:
        return RuledFindings(anomalies=ranked)
    facts = facts_about(snapshot, now)
    held = [
        (one, evaluation.holds(one.expression.when, facts, snapshot.id.server))
        for one in applied.expressions
    ]
    return RuledFindings(
        anomalies=(*ranked, *(_finding(one, facts) for one, holds in held if holds)),
        unjudged=CUSTOM_ALONE if any(holds is None for _, holds in held) else frozenset(),
    )


def apply_server_rules(anomalies: tuple[Anomaly, ...], applied: AppliedRules) -> RuledFindings:
    """Rank and drop anomalies of a server itself; nothing while a window lasts."""
    if applied.maintenance is not None:
        return RuledFindings(unjudged=EVERY_KIND)
    return RuledFindings(anomalies=rank(anomalies, applied.severity_of))


def rank(
    anomalies: tuple[Anomaly, ...], severity_of: Mapping[AnomalyKind, Severity | None]
) -> tuple[Anomaly, ...]:
    """Give anomalies the severities that the rules say, without those that they ignore."""
    if not severity_of:
        return anomalies
    ranked = ((one, severity_of.get(one.kind, one.severity)) for one in anomalies)
    return tuple(
        one.model_copy(update={"severity": severity}) for one, severity in ranked if severity
    )


def _finding(one: AppliedExpression, facts: Facts) -> Anomaly:
    said = one.expression
    asked = dict.fromkeys(_FACT.findall(said.when))
    return Anomaly(
        kind=AnomalyKind.CUSTOM,
        severity=said.severity,
        summary=f"{said.summary} (rule '{one.rule}', expression '{said.name}')",
        evidence=(
            Evidence(name="expression", value=said.when),
            *(Evidence(name=name, value=_shown(facts.get(name))) for name in asked),
        ),
    )


def _shown(value: object) -> str:
    if value is None:
        return "unknown"
    return ", ".join(value) if isinstance(value, list) else str(value)
