"""Alerting rules as their file says them: which tasks, which limits, how severe, and when not.

`applied_rules` works out what they mean for one task. The names of the fields are the file's own:
docs/ALERT_RULES.md describes each.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from qlik_monitor.domain.anomaly import AnomalyKind, Severity
from qlik_monitor.domain.error_pattern import ErrorPattern
from qlik_monitor.domain.maintenance import OneOff, Schedule, Weekly, is_time_zone
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.rule_text import Name, Text, Texts

MAX_RULES = 500
MAX_EXPRESSIONS = 20
MAX_EXPRESSION_LENGTH = 500
MAX_ERROR_PATTERNS = 200

Seconds = Annotated[int, Field(strict=True, ge=1, le=31_536_000)]


class Level(StrEnum):
    """How severe a finding is to be, or that it is to be ignored."""

    WARNING = "warning"
    CRITICAL = "critical"
    IGNORE = "ignore"

    @property
    def severity(self) -> Severity | None:
        """Return it as an anomaly's severity; None is ignored."""
        return None if self is Level.IGNORE else Severity(self.value)


class Match(Frozen):
    """Which tasks are meant: those that fit every matcher given; one left out fits all."""

    servers: Texts | None = None
    """Patterns of server names, as a shell's: `*`, `?`, `[ab]`, `[!ab]`; case counts."""
    tasks: Texts | None = None
    """Patterns of task names."""
    tags: Texts | None = None
    """Tags, exactly as Qlik shows them; a task fits that carries any of them."""


class Limits(Frozen):
    """Thresholds that replace the deployment's own."""

    lag_seconds: Seconds | None = None
    stuck_seconds: Seconds | None = None
    recovery_seconds: Seconds | None = None


class CustomExpression(Frozen):
    """A finding of one's own: there when `when` holds."""

    name: Name
    when: Annotated[str, Field(min_length=1, max_length=MAX_EXPRESSION_LENGTH)]
    severity: Severity
    summary: Text


def _not_custom(kind: AnomalyKind) -> AnomalyKind:
    if kind is AnomalyKind.CUSTOM:
        raise PydanticCustomError("severity", "each expression says its own severity")
    return kind


class Rule(Frozen):
    """What is different for the tasks that match."""

    name: Name
    match: Match = Match()
    thresholds: Limits = Limits()
    severity: Mapping[Annotated[AnomalyKind, AfterValidator(_not_custom)], Level] = {}
    expressions: Annotated[tuple[CustomExpression, ...], Field(max_length=MAX_EXPRESSIONS)] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        _require_names_once("expressions", [one.name for one in self.expressions])
        return self


def _known_zone(name: str) -> str:
    if not is_time_zone(name):
        raise PydanticCustomError(
            "time_zone", "is not a time zone of the IANA database, such as Europe/Berlin"
        )
    return name


class Maintenance(Frozen):
    """A time in which the tasks that match are not judged."""

    name: Name
    match: Match = Match()
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    weekly: Weekly | None = None
    once: OneOff | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.weekly is None) is (self.once is None):
            raise PydanticCustomError("one_kind", "needs either 'weekly' or 'once'")
        return self

    @property
    def schedule(self) -> Schedule:
        """When its windows are."""
        return Schedule(zone=self.time_zone, weekly=self.weekly, once=self.once)


class AlertRulesFile(Frozen):
    """The whole file; without any entry it changes nothing."""

    model_config = ConfigDict(hide_input_in_errors=True)

    version: Annotated[int, Field(strict=True, ge=1, le=1)]
    rules: Annotated[tuple[Rule, ...], Field(max_length=MAX_RULES)] = ()
    maintenance: Annotated[tuple[Maintenance, ...], Field(max_length=MAX_RULES)] = ()
    opt_out_tags: Annotated[tuple[Text, ...], Field(max_length=200)] = ()
    """Tags of tasks that are watched and never acted upon."""
    error_patterns: Annotated[tuple[ErrorPattern, ...], Field(max_length=MAX_ERROR_PATTERNS)] = ()
    """Messages of known classes; the first that fits counts, before the built-in catalogue."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        _require_names_once("rules", [rule.name for rule in self.rules])
        _require_names_once("maintenance", [entry.name for entry in self.maintenance])
        _require_names_once("error_patterns", [one.name for one in self.error_patterns])
        return self


def _require_names_once(where: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PydanticCustomError(
            "name_twice", "{where}: '{name}' is the name of two", {"where": where, "name": twice[0]}
        )
