"""Builds the alerting rules of a function, once per container; apart, as CEL costs an import."""

import time
from datetime import datetime
from functools import cache

from qlik_monitor.adapters.alert_rules_errors import Place
from qlik_monitor.adapters.alert_rules_file import deployed_place, read_compiled
from qlik_monitor.adapters.error_catalogue_file import built_in_catalogue
from qlik_monitor.domain.alert_rules import AlertRulesFile
from qlik_monitor.domain.applied_rules import AlertRules
from qlik_monitor.domain.custom_findings import Evaluation
from qlik_monitor.domain.error_catalogue import ErrorCatalogue
from qlik_monitor.domain.expressions import Budget, Expressions
from qlik_monitor.domain.task import TaskSnapshot
from qlik_monitor.domain.thresholds import Thresholds


@cache
def alert_rules(base: Thresholds) -> AlertRules:
    """Return the deployment's rules over its own thresholds; raises ConfigurationError."""
    file, _ = _file()
    return AlertRules(file, base)


def line_of(path: tuple[str | int, ...]) -> int:
    """Return the line of the rules' file on which an entry begins; raises ConfigurationError."""
    _, place = _file()
    return place.line_of(path)


def maintenance_of(snapshot: TaskSnapshot, now: datetime) -> str | None:
    """Return the name of the window that lasts for a task; raises ConfigurationError."""
    return alert_rules(Thresholds()).for_task(snapshot, now).maintenance


def opt_out_tags() -> frozenset[str]:
    """Return the tags of tasks that nothing may be done to; raises ConfigurationError."""
    file, _ = _file()
    return frozenset(file.opt_out_tags)


@cache
def error_catalogue() -> ErrorCatalogue:
    """Return the built-in classes with the deployment's patterns; raises ConfigurationError."""
    file, _ = _file()
    return built_in_catalogue().with_patterns(file.error_patterns)


def evaluation() -> Evaluation:
    """Begin the evaluation of one cycle's expressions; raises ConfigurationError."""
    return Evaluation(_expressions(), Budget(time.monotonic))


@cache
def _file() -> tuple[AlertRulesFile, Place]:
    return read_compiled(deployed_place())


@cache
def _expressions() -> Expressions:
    file, place = _file()
    if not any(rule.expressions for rule in file.rules):
        return {}
    # A deployment without expressions loads no engine.
    from qlik_monitor.adapters.cel_expressions import expressions_of  # noqa: PLC0415

    return expressions_of(file.model_dump(mode="json"), place)
