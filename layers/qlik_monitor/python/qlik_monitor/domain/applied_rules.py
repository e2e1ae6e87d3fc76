"""Applied rules: what the alerting rules mean for one task, and which rule says so.

Later rules win over earlier ones, setting by setting; expressions of the same name count as one
setting. A cycle asks for thousands of tasks, so tasks that the same rules fit share one answer.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from qlik_monitor.domain.alert_rules import AlertRulesFile, CustomExpression
from qlik_monitor.domain.anomaly import AnomalyKind, Severity
from qlik_monitor.domain.maintenance import is_active
from qlik_monitor.domain.matching import Matcher
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.policy import opted_out
from qlik_monitor.domain.resolution import Resolution
from qlik_monitor.domain.task import TaskSnapshot
from qlik_monitor.domain.thresholds import Thresholds

MAX_REMEMBERED = 50_000
"""So many tasks are remembered at most: names come and go, and a container lives for hours."""

Places = tuple[int, ...]
"""Where the entries that fit stand in the file."""


class AppliedExpression(Frozen):
    """An expression, and the rule that it stands in."""

    rule: str
    expression: CustomExpression


class AppliedRules(Frozen):
    """What holds for one task at one moment."""

    thresholds: Thresholds
    severity_of: Mapping[AnomalyKind, Severity | None] = {}
    """Kinds that the rules rank otherwise; None is ignored."""
    expressions: tuple[AppliedExpression, ...] = ()
    maintenance: str | None = None
    """The name of the window that lasts: then the task is not judged."""
    automation_off: str | None = None
    """Why nothing may be done to the task, or None."""
    because: tuple[str, ...] = ()
    """Which rule says what, in words for people."""


Fit = tuple[AppliedRules, Places, Places]
"""What holds for a task outside of windows, and the rules and entries that fit it."""


class AlertRules:
    """The rules of a deployment, ready to be asked for any task."""

    def __init__(self, file: AlertRulesFile, base: Thresholds) -> None:
        self.file = file
        self.opt_out_tags = frozenset(file.opt_out_tags)
        self._base = base
        self._nothing = AppliedRules(thresholds=base)
        self._is_empty = file == AlertRulesFile(version=1)
        self._rules = tuple(Matcher(rule.match) for rule in file.rules)
        self._entries = tuple(Matcher(entry.match) for entry in file.maintenance)
        self._fits: dict[tuple[str, str, tuple[str, ...]], Fit] = {}
        self._of_server = lru_cache(maxsize=1024)(self._read_server)
        self._active_at = lru_cache(maxsize=8)(self._read_clock)
        self._resolved = lru_cache(maxsize=4096)(self._resolve)

    def for_task(self, snapshot: TaskSnapshot, now: datetime) -> AppliedRules:
        """Say what holds for a task; pass one `now` for a whole reading, as windows cost time."""
        if self._is_empty:
            return self._nothing
        applied, rules, entries = self._fit(snapshot)
        lasting = self._lasting(entries, now)
        if lasting is not None:
            applied = self._resolved(rules, lasting)
        off = opted_out(snapshot, self.opt_out_tags)
        return applied.model_copy(update={"automation_off": off}) if off else applied

    def for_server(self, server: str, now: datetime) -> AppliedRules:
        """Say what holds for a server itself: entries that match neither by task nor by tag."""
        if self._is_empty:
            return self._nothing
        rules, entries = self._of_server(server)
        whole_rules = tuple(at for at in rules if self._rules[at].means_whole_servers)
        whole_entries = tuple(at for at in entries if self._entries[at].means_whole_servers)
        return self._resolved(whole_rules, self._lasting(whole_entries, now))

    def _fit(self, snapshot: TaskSnapshot) -> Fit:
        server, task, tags = snapshot.id.server, snapshot.id.task, snapshot.tags
        known = self._fits.get((server, task, tags))
        if known is None:
            if len(self._fits) >= MAX_REMEMBERED:
                self._fits.clear()
            candidates, entries = self._of_server(server)
            rules = _fitting(self._rules, candidates, task, tags)
            windows = _fitting(self._entries, entries, task, tags)
            known = (self._resolved(rules, None), rules, windows)
            self._fits[server, task, tags] = known
        return known

    def _read_server(self, server: str) -> tuple[Places, Places]:
        rules = tuple(at for at, one in enumerate(self._rules) if one.fits_server(server))
        entries = tuple(at for at, one in enumerate(self._entries) if one.fits_server(server))
        return rules, entries

    def _lasting(self, entries: Places, now: datetime) -> int | None:
        active = self._active_at(now) if entries else frozenset()
        return next((at for at in entries if at in active), None)

    def _read_clock(self, now: datetime) -> frozenset[int]:
        entries = enumerate(self.file.maintenance)
        return frozenset(at for at, entry in entries if is_active(entry.schedule, now))

    def _resolve(self, rules: Places, lasting: int | None) -> AppliedRules:
        found = Resolution(self._base)
        for at in rules:
            found.add(self.file.rules[at])
        window = None if lasting is None else self.file.maintenance[lasting].name
        return AppliedRules(
            thresholds=found.thresholds,
            severity_of=found.severity_of,
            expressions=tuple(
                AppliedExpression(rule=rule, expression=one)
                for rule, one in found.expressions.values()
            ),
            maintenance=window,
            because=(*found.because(), *((f"maintenance: '{window}' lasts",) if window else ())),
        )


def _fitting(
    matchers: tuple[Matcher, ...], places: Places, task: str, tags: tuple[str, ...]
) -> Places:
    return tuple(
        at for at in places if matchers[at].fits_name(task) and matchers[at].fits_tags(tags)
    )
