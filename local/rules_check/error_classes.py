"""What the error patterns of a rules file mean beside the built-in catalogue, for people."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from local.alert_rules.reading import ReadRules
from local.monitor.text import plain
from qlik_monitor.adapters.error_catalogue_file import built_in_catalogue
from qlik_monitor.domain.class_actions import SENSIBLE, forbids_restart
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.error_pattern import ErrorPattern
from qlik_monitor.domain.task import StopReason, TaskState

AS_ABORTED = (TaskState.ERROR, StopReason.FATAL_ERROR)
"""A message is looked up as that of a task that it has aborted."""


def print_warnings(out: Console, rules: ReadRules) -> None:
    """Say which patterns the built-in catalogue would not let decide."""
    for number, pattern in enumerate(rules.file.error_patterns):
        place = rules.place.at(("error_patterns", number))
        for warning in _warnings(pattern):
            out.print(Text(plain(f"{place}: warning: {warning}", 500), style="yellow"))


def print_class(out: Console, patterns: tuple[ErrorPattern, ...], message: str) -> None:
    """Say which class a message has, why, and what can make sense then."""
    found = built_in_catalogue().with_patterns(patterns).entry_for(*AS_ABORTED, message)
    error_class = found.error_class if found else ErrorClass.UNKNOWN
    out.print(Text(f"class    {error_class.value}", style="bold"))
    if found is None:
        out.print(Text("because  nothing fits: a person looks at it"))
    else:
        kind = "error pattern" if found.own else "built-in entry"
        out.print(Text(f"because  {kind} '{plain(found.name)}': {plain(found.why)}"))
    if found and found.overruled:
        name = plain(found.overruled)
        out.print(Text(f"though   error pattern '{name}' fits: it may not allow a restart here"))
    sensible = ", ".join(sorted(action.value for action in SENSIBLE[error_class]))
    out.print(Text(f"sensible {sensible}"))


def _warnings(pattern: ErrorPattern) -> Iterator[str]:
    """Look the pattern's own text up, as the shortest message that it means."""
    if forbids_restart(pattern.error_class):
        return
    state = pattern.states[0] if pattern.states else AS_ABORTED[0]
    reason = pattern.stop_reasons[0] if pattern.stop_reasons else AS_ABORTED[1]
    found = built_in_catalogue().entry_for(state, reason, pattern.text.replace("*", " "))
    if found and forbids_restart(found.error_class):
        yield (
            f"the built-in entry '{found.name}' ({found.error_class.value}) fits its text and "
            "forbids a restart, so the pattern will not decide"
        )
