"""Matching: which tasks and servers the matchers of an entry mean."""

import re
from collections.abc import Iterator
from fnmatch import translate

from qlik_monitor.domain.alert_rules import Match


class Matcher:
    """The matchers of one rule or maintenance entry, made ready for many tasks."""

    def __init__(self, match: Match) -> None:
        self._match = match
        self._servers = _pattern(match.servers)
        self._tasks = _pattern(match.tasks)
        self._tags = None if match.tags is None else frozenset(match.tags)

    def fits_server(self, server: str) -> bool:
        """Tell whether tasks of a server can fit."""
        return self._servers is None or bool(self._servers.match(server))

    def fits_name(self, task: str) -> bool:
        """Tell whether a task's name fits."""
        return self._tasks is None or bool(self._tasks.match(task))

    def fits_tags(self, tags: tuple[str, ...]) -> bool:
        """Tell whether a task's tags fit."""
        return self._tags is None or not self._tags.isdisjoint(tags)

    @property
    def means_whole_servers(self) -> bool:
        """Tell whether a server fits as a whole, and not only some of its tasks."""
        return self._tasks is None and self._tags is None

    def misses(self, server: str, task: str, tags: tuple[str, ...]) -> Iterator[str]:
        """Say which matchers do not fit a task, for people; nothing when all do."""
        if not self.fits_server(server):
            yield _miss("servers", self._match.servers, server)
        if not self.fits_name(task):
            yield _miss("tasks", self._match.tasks, task)
        if not self.fits_tags(tags):
            yield _miss("tags", self._match.tags, ", ".join(sorted(tags)) or "a task without tags")


def _pattern(globs: tuple[str, ...] | None) -> re.Pattern[str] | None:
    # `translate` makes atomic groups, so no pattern backtracks without end. Case counts.
    return None if globs is None else re.compile("|".join(translate(glob) for glob in globs))


def _miss(matcher: str, wanted: tuple[str, ...] | None, seen: str) -> str:
    return f"{matcher}: {seen} is none of {', '.join(wanted or ())}"
