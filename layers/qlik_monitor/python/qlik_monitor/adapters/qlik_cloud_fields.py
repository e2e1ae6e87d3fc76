"""Maps Qlik Cloud's data tasks and their runtime state to snapshots."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from qlik_monitor.adapters.qlik_fields import Fields
from qlik_monitor.adapters.qlik_text import clean_name, clean_text
from qlik_monitor.domain.task import (
    Backlog,
    Counters,
    FullLoad,
    StopReason,
    TaskId,
    TaskSnapshot,
    TaskState,
    Throughput,
)

# The task types that carry changes from a source, as a Replicate task does. The others transform
# what has landed, or only describe it; their being late has other causes and other remedies.
REPLICATING = frozenset({"REPLICATION", "LANDING", "LAKE_LANDING"})
# Leaves room for an id of 36 characters behind it.
LABEL_LIMIT = 200

# Cloud knows no RECOVERY: what retries by itself is RUNNING there. Starting and stopping count as
# running, because a process is alive. A run that completed ended by itself; a cancelled one was
# stopped by somebody.
_STATES = {
    "STARTING": (TaskState.RUNNING, StopReason.NONE),
    "RUNNING": (TaskState.RUNNING, StopReason.NONE),
    "STOPPING": (TaskState.RUNNING, StopReason.NONE),
    "COMPLETED": (TaskState.STOPPED, StopReason.FULL_LOAD_ONLY_FINISHED),
    "CANCELED": (TaskState.STOPPED, StopReason.NORMAL),
    "FAILED": (TaskState.ERROR, StopReason.FATAL_ERROR),
}
_NEVER_RAN = {
    "READY_TO_RUN": (TaskState.STOPPED, StopReason.NONE),
    "ALREADY_RUNNING": (TaskState.RUNNING, StopReason.NONE),
}
_UNKNOWN = (TaskState.UNKNOWN, StopReason.UNKNOWN)


def label_of(name: object) -> str:
    """Return the name under which a project or task is known here; empty if it has none.

    Cloud is addressed by ids, so a label may differ from the name: a slash would end the
    server's part of a task's identity.
    """
    return clean_name(name, LABEL_LIMIT).replace("/", "-") if isinstance(name, str) else ""


def by_label(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return ids by unique label, given ids with labels; labels that are shared show the id."""
    pairs = sorted(named)
    shared = Counter(label for _id, label in pairs)
    ids: dict[str, str] = {}
    for id, label in pairs:
        plain = shared[label] == 1 and label not in ids
        ids[label if plain else f"{label} ({id})"] = id
    return ids


def unread_task(task: TaskId, observed_at: datetime) -> TaskSnapshot:
    """Return what the list alone tells: that the task is there."""
    return TaskSnapshot(
        id=task, observed_at=observed_at, state=TaskState.UNKNOWN, details_read=False
    )


def cloud_snapshot(
    task: TaskId, document: Mapping[str, object], observed_at: datetime
) -> TaskSnapshot:
    """Map a runtime state."""
    fields = Fields(document)
    run = fields.inner("lastRun")
    state, reason = _state(fields, run)
    load = run.inner("fullLoad")
    changes = run.inner("cdcStatus")
    values = {
        "message": _message(fields, run),
        "total_latency_seconds": changes.clock("latency"),
        "counters": Counters(
            applied_records=changes.count("totalProcessedCount"),
            full_load_tables=load.count("completedCount"),
        ),
        # Cloud does not say whether changes wait in memory or on disk: one count is for both.
        "backlog": Backlog(
            accumulated_in_memory=changes.count("accumulatingChangesCount"),
            accumulated_on_disk=0,
            applying_in_memory=changes.count("applyingChangesCount"),
            applying_on_disk=0,
        ),
        "cdc_throughput": Throughput(
            target_kilobytes=changes.rate("throughputInKilobytesPerSecond")
        ),
        "full_load": FullLoad(
            tables_completed=load.count("completedCount"),
            tables_loading=load.count("loadingCount"),
            tables_queued=load.count("queuedCount"),
            tables_with_error=_in_error(load, run.inner("general")),
        ),
    }
    return TaskSnapshot.model_validate(
        {
            "id": task,
            "observed_at": observed_at,
            "state": state,
            "stop_reason": reason,
            **values,
            "unknown_fields": fields.notes,
        }
    )


def _in_error(load: Fields, general: Fields) -> int | None:
    """Return how many datasets are in error, by whichever count tells of more."""
    counts = (load.count("errorCount"), general.count("datasetsInErrorCount"))
    return max((count for count in counts if count is not None), default=None)


def _state(fields: Fields, run: Fields) -> tuple[TaskState, StopReason]:
    word = run.text("state").upper()
    if not word:
        word = fields.inner("runReadiness").text("state").upper()
        found = _NEVER_RAN.get(word, _UNKNOWN)
    else:
        found = _STATES.get(word, _UNKNOWN)
    if found is _UNKNOWN:
        fields.note("lastRun.state", clean_text(word, 80) or "missing")
    return found


def _message(fields: Fields, run: Fields) -> str:
    """Return what the run says of itself, its first errors, or why it cannot run."""
    if message := run.text("message"):
        return message
    errors = run.raw("errors")
    first = errors[:3] if isinstance(errors, list) else []
    texts = [_error(Fields(error)) for error in first if isinstance(error, dict)]
    return clean_text("; ".join(filter(None, texts))) or _obstacle(fields.inner("runReadiness"))


def _error(fields: Fields) -> str:
    return fields.text("detail") or fields.text("title") or fields.text("code")


def _obstacle(readiness: Fields) -> str:
    return readiness.text("message") if readiness.raw("state") == "NOT_RUNNABLE" else ""
