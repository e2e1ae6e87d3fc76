"""Loading: whether a reload has brought about what it was for, as one reading shows it."""

from typing import NamedTuple

from qlik_monitor.domain.actions import Effect
from qlik_monitor.domain.task import Counters, TaskSnapshot


class Expected(NamedTuple):
    """What a reload is measured against."""

    effect: Effect
    tables_with_error: int | None
    """Tables in error when it was decided."""
    before: Counters | None
    """Totals of the reading before this one: a load that does not grow stands still."""


def not_loaded(expected: Expected, snapshot: TaskSnapshot) -> str | None:
    """Say what a reload has not brought about, or None; nothing is asked of other actions."""
    if expected.effect is Effect.TABLE_LOADED:
        return _table_not_loaded(expected.tables_with_error, snapshot.full_load.tables_with_error)
    if expected.effect is Effect.TARGET_LOADED:
        return _target_not_loaded(expected.before, snapshot)
    return None


def _table_not_loaded(before: int | None, now: int | None) -> str | None:
    if before is None or now is None:
        return "how many tables are in error is not known"
    if now >= before:
        return f"tables in error: {now}, and there were {before} when it was decided"
    return None


def _target_not_loaded(before: Counters | None, snapshot: TaskSnapshot) -> str | None:
    load = snapshot.full_load
    if load.tables_with_error is None or load.completed is None:
        return "how far the full load is, is not known"
    if load.tables_with_error:
        return f"tables that could not be loaded: {load.tables_with_error}"
    if not load.completed and not _grows(before, snapshot.counters):
        return "the full load has not moved since the last reading"
    return None


def _grows(before: Counters | None, now: Counters) -> bool:
    if before is None:
        return False
    pairs = (
        (before.full_load_records, now.full_load_records),
        (before.full_load_tables, now.full_load_tables),
    )
    return any(old is not None and new is not None and new > old for old, new in pairs)


def loaded(expected: Expected, snapshot: TaskSnapshot) -> str:
    """Say what a reload has brought about so far; empty for other actions.

    A full load may take hours: one that visibly goes on counts as begun well, and this says so.
    """
    load = snapshot.full_load
    if expected.effect is Effect.TABLE_LOADED:
        return f"; tables in error: {load.tables_with_error}, before: {expected.tables_with_error}"
    if expected.effect is not Effect.TARGET_LOADED:
        return ""
    if load.completed:
        return "; the full load is complete"
    parts = {
        "loaded": load.tables_completed,
        "loading": load.tables_loading,
        "waiting": load.tables_queued,
    }
    known = ", ".join(f"{count} {word}" for word, count in parts.items() if count is not None)
    return f"; the full load goes on{': tables ' + known if known else ''}"
