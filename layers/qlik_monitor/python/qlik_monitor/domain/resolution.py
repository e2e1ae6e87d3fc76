"""Resolution: rules laid over each other in their order, keeping which one says what."""

from collections.abc import Iterator
from datetime import timedelta

from qlik_monitor.domain.alert_rules import CustomExpression, Rule
from qlik_monitor.domain.anomaly import AnomalyKind, Severity
from qlik_monitor.domain.thresholds import Thresholds

THRESHOLDS = {"lag_seconds": "lag", "stuck_seconds": "stuck", "recovery_seconds": "recovery"}
"""What the file's thresholds are called in the domain."""


class Resolution:
    """What the rules added so far say together."""

    def __init__(self, base: Thresholds) -> None:
        self.thresholds = base
        self.severity_of: dict[AnomalyKind, Severity | None] = {}
        self.expressions: dict[str, tuple[str, CustomExpression]] = {}
        self._said: dict[str, list[tuple[str, str]]] = {}

    def add(self, rule: Rule) -> None:
        """Lay a rule over the earlier ones: what it says replaces what they said."""
        limits = rule.thresholds.model_dump(exclude_none=True)
        update = {THRESHOLDS[name]: timedelta(seconds=value) for name, value in limits.items()}
        self.thresholds = self.thresholds.model_copy(update=update)
        for name, value in limits.items():
            self._say(f"thresholds.{name}", str(value), rule)
        for kind, level in rule.severity.items():
            self.severity_of[kind] = level.severity
            self._say(f"severity.{kind.value}", level.value, rule)
        for one in rule.expressions:
            self.expressions[one.name] = (rule.name, one)
            self._say(f"expression '{one.name}'", one.severity.value, rule)

    def because(self) -> Iterator[str]:
        """Say of each setting which rule it comes from, and which ones lost."""
        for setting, said in self._said.items():
            (rule, value), lost = said[-1], said[:-1]
            over = ", ".join(f"'{name}' ({other})" for name, other in lost)
            yield f"{setting} = {value}: rule '{rule}'" + (f", over {over}" if over else "")

    def _say(self, setting: str, value: str, rule: Rule) -> None:
        self._said.setdefault(setting, []).append((rule.name, value))
