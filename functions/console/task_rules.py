"""What holds for a task on its page: rules, settings, expressions, windows, and where from."""

from datetime import datetime

from qlik_monitor.adapters.cel_bounds import facts_named_in, tokens_of
from qlik_monitor.composition import settings
from qlik_monitor.composition_rules import alert_rules, line_of
from qlik_monitor.domain.applied_rules import AppliedExpression
from qlik_monitor.domain.explained_rules import ExplainedRules, Setting, explain, settings_of
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.policy import TAG_FIELDS
from qlik_monitor.domain.task import TaskId, TaskSnapshot
from qlik_monitor.domain.words import seconds
from qlik_monitor.settings import ConsoleSettings

NAMES = {
    "thresholds.lag_seconds": "Counts as lagging from",
    "thresholds.stuck_seconds": "Counts as stuck after",
    "thresholds.recovery_seconds": "RECOVERY lasts too long after",
}


class Expression(Frozen):
    """An expression that is evaluated for the task, and what it asks for."""

    name: str
    rule: str
    severity: str
    when: str
    asks: tuple[str, ...]


def rules_of(task: TaskId, known: Incident | None, now: datetime) -> ExplainedRules:
    """Say what holds for a task; its tags are stored only while it has an incident of its own."""
    snapshot = known.snapshot if known and known.snapshot and known.snapshot.id == task else None
    rules = alert_rules(settings(ConsoleSettings).thresholds())
    return explain(rules, line_of, snapshot or task, _tags(snapshot), now)


def _tags(snapshot: TaskSnapshot | None) -> tuple[str, ...] | None:
    """Return the tags of a stored reading; None where there is none, or they could not be read."""
    if snapshot is None:
        return None
    unread = any(note.partition(": ")[0] in TAG_FIELDS for note in snapshot.unknown_fields)
    return None if unread else snapshot.tags


def told(found: ExplainedRules) -> dict[str, object]:
    """Return what the template shows of them."""
    applied = found.applied
    return {
        "rules": found,
        "settings": [_named(one) for one in settings_of(applied)],
        "expressions": [_expression(one) for one in applied.expressions],
        "ruled": bool(found.rules or found.maintenance or found.opt_out_tags),
    }


def _named(one: Setting) -> Setting:
    if one.name in NAMES:
        update = {"name": NAMES[one.name], "value": seconds(int(one.value))}
        return one.model_copy(update=update)
    kind = one.name.removeprefix("severity.").replace("_", " ")
    return one.model_copy(update={"name": f"Severity of {kind}"})


def _expression(one: AppliedExpression) -> Expression:
    said = one.expression
    return Expression(
        name=said.name,
        rule=one.rule,
        severity=said.severity.value,
        when=said.when,
        asks=tuple(sorted(facts_named_in(tokens_of(said.when)))),
    )
