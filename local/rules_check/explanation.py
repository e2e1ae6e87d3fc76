"""What the rules mean for one task, entry by entry."""

from dataclasses import dataclass
from datetime import datetime

from local.alert_rules.reading import ReadRules
from qlik_monitor.domain.alert_rules import Maintenance, Match
from qlik_monitor.domain.applied_rules import AlertRules, AppliedRules
from qlik_monitor.domain.maintenance import Window, next_window, windows
from qlik_monitor.domain.matching import Matcher
from qlik_monitor.domain.task import TaskId, TaskSnapshot, TaskState
from qlik_monitor.domain.thresholds import Thresholds


@dataclass(frozen=True)
class Verdict:
    """Whether an entry means the task."""

    name: str
    line: int
    misses: tuple[str, ...]
    """The matchers that do not fit; none when the entry applies."""


@dataclass(frozen=True)
class WindowVerdict:
    """Whether an entry of maintenance means the task, and when."""

    verdict: Verdict
    zone: str
    lasting: Window | None
    coming: Window | None


@dataclass(frozen=True)
class Explanation:
    """Everything that is said of one task."""

    task: TaskId
    tags: tuple[str, ...]
    at: datetime
    rules: tuple[Verdict, ...]
    maintenance: tuple[WindowVerdict, ...]
    applied: AppliedRules


def explain(
    rules: ReadRules, base: Thresholds, task: TaskId, tags: tuple[str, ...], at: datetime
) -> Explanation:
    """Work out what the rules mean for a task at a moment."""
    snapshot = TaskSnapshot(id=task, observed_at=at, state=TaskState.UNKNOWN, tags=tags)
    return Explanation(
        task=task,
        tags=tags,
        at=at,
        rules=tuple(
            _verdict(one.name, rules.place.line_of(("rules", number)), one.match, task, tags)
            for number, one in enumerate(rules.file.rules)
        ),
        maintenance=tuple(
            _window_verdict(
                one,
                _verdict(
                    one.name, rules.place.line_of(("maintenance", number)), one.match, task, tags
                ),
                at,
            )
            for number, one in enumerate(rules.file.maintenance)
        ),
        applied=AlertRules(rules.file, base).for_task(snapshot, at),
    )


def _verdict(name: str, line: int, match: Match, task: TaskId, tags: tuple[str, ...]) -> Verdict:
    return Verdict(name, line, tuple(Matcher(match).misses(task.server, task.task, tags)))


def _window_verdict(entry: Maintenance, verdict: Verdict, at: datetime) -> WindowVerdict:
    lasting = (window for window in windows(entry.schedule, at, days=2) if window.holds(at))
    return WindowVerdict(
        verdict, entry.time_zone, next(lasting, None), next_window(entry.schedule, at)
    )
