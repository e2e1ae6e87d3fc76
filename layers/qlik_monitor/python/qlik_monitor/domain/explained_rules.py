"""Explained rules: what the alerting rules mean for one task, entry by entry, and from where.

`make rules-check` and the console's page of a task tell the same, from here.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from qlik_monitor.domain.alert_rules import Maintenance, Match
from qlik_monitor.domain.applied_rules import AlertRules, AppliedRules
from qlik_monitor.domain.maintenance import Window, next_window, windows
from qlik_monitor.domain.matching import Matcher
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.resolution import THRESHOLDS
from qlik_monitor.domain.task import TaskId, TaskSnapshot, TaskState
from qlik_monitor.domain.thresholds import Thresholds

OWN = "the deployment's own"
"""Where a setting comes from that no rule changes."""
Tags = tuple[str, ...] | None
"""The tags that a task carries; None where they are not known."""
LineOf = Callable[[tuple[str | int, ...]], int]
"""Finds the line on which an entry of the file begins."""


class Verdict(Frozen):
    """Whether an entry means the task."""

    name: str
    line: int
    misses: tuple[str, ...] = ()
    """The matchers that do not fit; none when the entry applies."""
    depends_on: tuple[str, ...] = ()
    """The tags of which it needs one, where all else fits and the task's tags are not known."""

    @property
    def applies(self) -> bool | None:
        """Whether it means the task; None when its tags would tell."""
        return False if self.misses else None if self.depends_on else True


class WindowVerdict(Frozen):
    """Whether an entry of maintenance means the task, and when."""

    verdict: Verdict
    zone: str
    lasting: Window | None
    coming: Window | None


class Setting(Frozen):
    """One setting that holds for the task, and where it comes from."""

    name: str
    value: str
    source: str


class ExplainedRules(Frozen):
    """Everything that is said of one task."""

    task: TaskId
    tags: Tags
    at: datetime
    rules: tuple[Verdict, ...]
    maintenance: tuple[WindowVerdict, ...]
    opt_out_tags: tuple[str, ...]
    applied: AppliedRules
    """What holds; where the tags are not known, without the entries that depend on them."""


def explain(
    rules: AlertRules,
    line_of: LineOf,
    task: TaskId | TaskSnapshot,
    tags: Tags,
    at: datetime,
) -> ExplainedRules:
    """Work out what the rules mean for a task at a moment; of a reading its notes count, too."""
    file = rules.file
    task_id = task.id if isinstance(task, TaskSnapshot) else task
    blank = TaskSnapshot(id=task_id, observed_at=at, state=TaskState.UNKNOWN, tags=tags or ())
    asked = task if isinstance(task, TaskSnapshot) else blank
    return ExplainedRules(
        task=task_id,
        tags=tags,
        at=at,
        rules=tuple(
            _verdict(one.name, line_of(("rules", number)), one.match, task_id, tags)
            for number, one in enumerate(file.rules)
        ),
        maintenance=tuple(
            _window_verdict(
                one,
                _verdict(one.name, line_of(("maintenance", number)), one.match, task_id, tags),
                at,
            )
            for number, one in enumerate(file.maintenance)
        ),
        opt_out_tags=file.opt_out_tags,
        applied=rules.for_task(asked, at),
    )


def settings_of(applied: AppliedRules) -> Iterator[Setting]:
    """Say which thresholds and severities hold, and which rule says so; thresholds all three."""
    said: dict[str, tuple[str, str]] = {}
    for line in applied.because:
        name, _, rest = line.partition(" = ")
        value, _, source = rest.partition(": ")
        said[name] = (value, source)
    for name, value in _thresholds(applied.thresholds):
        _, source = said.get(name, ("", OWN))
        yield Setting(name=name, value=value, source=source)
    for kind in applied.severity_of:
        value, source = said[f"severity.{kind.value}"]
        yield Setting(name=f"severity.{kind.value}", value=value, source=source)


def _thresholds(own: Thresholds) -> Iterator[tuple[str, str]]:
    for name, field in THRESHOLDS.items():
        yield f"thresholds.{name}", f"{getattr(own, field).total_seconds():.0f}"


def _verdict(name: str, line: int, match: Match, task: TaskId, tags: Tags) -> Verdict:
    known = match if tags is not None else match.model_copy(update={"tags": None})
    misses = tuple(Matcher(known).misses(task.server, task.task, tags or ()))
    depends_on = match.tags or () if tags is None and not misses else ()
    return Verdict(name=name, line=line, misses=misses, depends_on=depends_on)


def _window_verdict(entry: Maintenance, verdict: Verdict, at: datetime) -> WindowVerdict:
    lasting = (window for window in windows(entry.schedule, at, days=2) if window.holds(at))
    return WindowVerdict(
        verdict=verdict,
        zone=entry.time_zone,
        lasting=next(lasting, None),
        coming=next_window(entry.schedule, at),
    )
