"""Task facts: what an expression of the alerting rules may ask about a task.

A fact that is None is unknown: whatever depends on it is neither true nor false.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum

from qlik_monitor.domain.maintenance import WEEKDAYS
from qlik_monitor.domain.policy import TAG_FIELDS
from qlik_monitor.domain.task import Endpoint, TaskSnapshot

MAX_TEXT = 1000
"""An expression sees so much of a message: what it may cost depends on it."""
UNKNOWN_NAMES = "task.unknown"

Fact = str | int | bool | list[str] | None
Facts = Mapping[str, Fact]


class FactKind(Enum):
    """What a fact is."""

    TEXT = "text"
    TEXTS = "texts"
    WHOLE = "whole number"
    TRUTH = "true or false"


Read = Callable[[TaskSnapshot], Fact]


def _name(endpoint: Endpoint | None) -> str | None:
    return endpoint.name if endpoint else None


def _type(endpoint: Endpoint | None) -> str | None:
    return endpoint.type if endpoint else None


def _tags(snapshot: TaskSnapshot) -> list[str] | None:
    unread = any(note.partition(": ")[0] in TAG_FIELDS for note in snapshot.unknown_fields)
    return None if unread else list(snapshot.tags)


TASK_FACTS: Mapping[str, tuple[FactKind, Read]] = {
    "task.server": (FactKind.TEXT, lambda s: s.id.server),
    "task.name": (FactKind.TEXT, lambda s: s.id.task),
    "task.state": (FactKind.TEXT, lambda s: s.state.value),
    "task.stop_reason": (FactKind.TEXT, lambda s: s.stop_reason.value),
    "task.message": (FactKind.TEXT, lambda s: s.message[:MAX_TEXT]),
    "task.tags": (FactKind.TEXTS, _tags),
    "task.source_endpoint": (FactKind.TEXT, lambda s: _name(s.source_endpoint)),
    "task.source_type": (FactKind.TEXT, lambda s: _type(s.source_endpoint)),
    "task.target_endpoint": (FactKind.TEXT, lambda s: _name(s.target_endpoint)),
    "task.target_type": (FactKind.TEXT, lambda s: _type(s.target_endpoint)),
    "task.source_latency_seconds": (FactKind.WHOLE, lambda s: s.source_latency_seconds),
    "task.total_latency_seconds": (FactKind.WHOLE, lambda s: s.total_latency_seconds),
    "task.waiting": (FactKind.WHOLE, lambda s: s.backlog.waiting()),
    "task.waiting_on_disk": (FactKind.WHOLE, lambda s: s.backlog.accumulated_on_disk),
    "task.transactions_in_progress": (
        FactKind.WHOLE,
        lambda s: s.backlog.transactions_in_progress,
    ),
    "task.source_records_per_second": (FactKind.WHOLE, lambda s: s.cdc_throughput.source_records),
    "task.target_records_per_second": (FactKind.WHOLE, lambda s: s.cdc_throughput.target_records),
    "task.source_kilobytes_per_second": (
        FactKind.WHOLE,
        lambda s: s.cdc_throughput.source_kilobytes,
    ),
    "task.target_kilobytes_per_second": (
        FactKind.WHOLE,
        lambda s: s.cdc_throughput.target_kilobytes,
    ),
    "task.tables_completed": (FactKind.WHOLE, lambda s: s.full_load.tables_completed),
    "task.tables_loading": (FactKind.WHOLE, lambda s: s.full_load.tables_loading),
    "task.tables_queued": (FactKind.WHOLE, lambda s: s.full_load.tables_queued),
    "task.tables_with_error": (FactKind.WHOLE, lambda s: s.full_load.tables_with_error),
    "task.full_load_completed": (FactKind.TRUTH, lambda s: s.full_load.completed),
    "task.memory_mb": (FactKind.WHOLE, lambda s: s.memory_mb),
    "task.disk_usage_mb": (FactKind.WHOLE, lambda s: s.disk_usage_mb),
    "task.cpu_percentage": (FactKind.WHOLE, lambda s: s.cpu_percentage),
    "task.data_error_count": (FactKind.WHOLE, lambda s: s.data_error_count),
    "task.details_read": (FactKind.TRUTH, lambda s: s.details_read),
}
"""Each name that an expression may use of a task, its kind, and where it is read."""
OTHER_FACTS: Mapping[str, FactKind] = {
    UNKNOWN_NAMES: FactKind.TEXTS,
    "now.hour": FactKind.WHOLE,
    "now.minute": FactKind.WHOLE,
    "now.weekday": FactKind.TEXT,
}
"""What is always known: which of the above is not, and the time in UTC."""
KINDS: Mapping[str, FactKind] = {**{n: kind for n, (kind, _) in TASK_FACTS.items()}, **OTHER_FACTS}


def facts_about(snapshot: TaskSnapshot, now: datetime) -> Facts:
    """Read every fact of a task; unknown ones are None, and their names stand in `task.unknown`."""
    facts: dict[str, Fact] = {name: read(snapshot) for name, (_, read) in TASK_FACTS.items()}
    unknown = [name.removeprefix("task.") for name, value in facts.items() if value is None]
    facts[UNKNOWN_NAMES] = unknown
    moment = now.astimezone(UTC)
    facts["now.hour"], facts["now.minute"] = moment.hour, moment.minute
    facts["now.weekday"] = WEEKDAYS[moment.weekday()].value
    return facts
