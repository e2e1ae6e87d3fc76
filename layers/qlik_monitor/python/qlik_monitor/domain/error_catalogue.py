"""The error catalogue: which class a task's state, stop reason and last message have, and why.

The first entry that fits decides, and what forbids more stands first. What stands in quotes is a
name or a value of others: it may forbid a restart, and never make one possible.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from qlik_monitor.domain.class_actions import OF_TABLES, forbids_restart
from qlik_monitor.domain.error_class import CURABLE, ErrorClass
from qlik_monitor.domain.error_entry import ErrorEntry
from qlik_monitor.domain.error_pattern import ErrorPattern
from qlik_monitor.domain.redaction import BLOT
from qlik_monitor.domain.task import StopReason, TaskSnapshot, TaskState

MAX_REMEMBERED = 4096
"""Different messages that are remembered with their class: those of a fleet repeat."""
# An apostrophe within a word opens no quotation and closes none, and what is quoted as an error is
# no name. A quotation that is not closed, as where a message was cut, goes to the end.
_QUOTED = re.compile(
    r"(?<!\w)(?<!error )(?<!error: )'(?:[^']|'(?=\w))*+(?:'|$)"
    r'|"[^"]*+(?:"|$)'
    r"|`[^`]*+(?:`|$)"
)


class Found(NamedTuple):
    """What decided about a class."""

    error_class: ErrorClass
    name: str
    """The entry's, or the pattern's of the alerting rules."""
    why: str
    own: bool = False
    """Whether a pattern of the alerting rules decided."""
    overruled: str = ""
    """The name of a pattern of the rules that fits and was not allowed to decide."""


class _Ready(NamedTuple):
    """An entry, its patterns made one."""

    entry: ErrorEntry
    pattern: re.Pattern[str] | None

    def fits(self, state: TaskState, stop_reason: StopReason, message: str, bare: str) -> bool:
        entry = self.entry
        if entry.states and state not in entry.states:
            return False
        if entry.stop_reasons and stop_reason not in entry.stop_reasons:
            return False
        text = bare if entry.error_class in CURABLE else message
        return self.pattern is None or self.pattern.search(text) is not None


class ErrorCatalogue:
    """The built-in entries, and before them the patterns of a deployment's alerting rules."""

    def __init__(
        self, entries: tuple[ErrorEntry, ...], patterns: tuple[ErrorPattern, ...] = ()
    ) -> None:
        self.entries = entries
        self.patterns = patterns
        self._ready = tuple(_ready(entry) for entry in entries)
        self._remembered = lru_cache(maxsize=MAX_REMEMBERED)(self._find)

    def with_patterns(self, patterns: tuple[ErrorPattern, ...]) -> "ErrorCatalogue":
        """Return the catalogue of a deployment with these patterns of its own."""
        return ErrorCatalogue(self.entries, patterns)

    def classify(self, state: TaskState, stop_reason: StopReason, message: str) -> ErrorClass:
        """Name the class; what nothing fits is unknown."""
        found = self.entry_for(state, stop_reason, message)
        return found.error_class if found else ErrorClass.UNKNOWN

    def entry_for(self, state: TaskState, stop_reason: StopReason, message: str) -> Found | None:
        """Say what decides about the class, or None when nothing fits."""
        return self._remembered(state, stop_reason, message)

    def class_of(self, snapshot: TaskSnapshot) -> ErrorClass:
        """Name the class of a task's trouble as a poll has read it.

        Qlik shows a task's last error, and a task that runs may have got over it long ago. So its
        message may still forbid something, and never lets anything happen: no running task has a
        curable error, and one of a table only while tables are in error.
        """
        found = self.classify(snapshot.state, snapshot.stop_reason, snapshot.message)
        if found in CURABLE and BLOT in snapshot.message:
            # What was blotted out as a secret may have been the words that forbid a restart.
            return ErrorClass.UNKNOWN
        if snapshot.state is not TaskState.RUNNING or forbids_all(found):
            return found
        in_error = bool(snapshot.full_load.tables_with_error)
        return found if found in OF_TABLES and in_error else ErrorClass.UNKNOWN

    def _find(self, state: TaskState, stop_reason: StopReason, message: str) -> Found | None:
        own = next((one for one in self.patterns if one.fits(state, stop_reason, message)), None)
        built_in = self._built_in(state, stop_reason, message)
        if own is None:
            return built_in
        # A deployment may forbid more than the catalogue does, and name what it does not know.
        strict = built_in is not None and forbids_restart(built_in.error_class)
        if built_in and strict and not forbids_restart(own.error_class):
            return built_in._replace(overruled=own.name)
        return Found(own.error_class, own.name, "a pattern of the alerting rules", own=True)

    def _built_in(self, state: TaskState, stop_reason: StopReason, message: str) -> Found | None:
        lowered = message.lower()
        bare = _QUOTED.sub("''", lowered)
        fitting = (one.entry for one in self._ready if one.fits(state, stop_reason, lowered, bare))
        entry = next(fitting, None)
        return Found(entry.error_class, entry.name, entry.why) if entry else None


def forbids_all(error_class: ErrorClass) -> bool:
    """Tell whether a class lets nothing happen to a task that runs, of a table neither."""
    return forbids_restart(error_class) and error_class not in OF_TABLES


def _ready(entry: ErrorEntry) -> _Ready:
    joined = "|".join(f"(?:{pattern})" for pattern in entry.patterns)
    return _Ready(entry, re.compile(joined) if joined else None)
