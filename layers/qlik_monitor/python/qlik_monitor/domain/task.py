"""What one poll reads: servers, tasks and what could not be read.

Every number is `None` when Qlik did not send it or sent something that is not that number:
unknown is never zero, and never healthy.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field

from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.model import Frozen


class TaskState(StrEnum):
    """Replicate's task state; `RECOVERING` is read as `RECOVERY`."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    ERROR = "ERROR"
    RECOVERY = "RECOVERY"
    UNKNOWN = "UNKNOWN"


class StopReason(StrEnum):
    """Why Replicate says that a task is not running."""

    NONE = "NONE"
    NORMAL = "NORMAL"
    RECOVERABLE_ERROR = "RECOVERABLE_ERROR"
    FATAL_ERROR = "FATAL_ERROR"
    FULL_LOAD_ONLY_FINISHED = "FULL_LOAD_ONLY_FINISHED"
    STOPPED_AFTER_FULL_LOAD = "STOPPED_AFTER_FULL_LOAD"
    STOPPED_AFTER_CACHED_EVENTS = "STOPPED_AFTER_CACHED_EVENTS"
    EXPRESS_LICENSE_LIMITS_REACHED = "EXPRESS_LICENSE_LIMITS_REACHED"
    STOPPED_AFTER_DDL_APPLY = "STOPPED_AFTER_DDL_APPLY"
    STOPPED_LOW_MEMORY = "STOPPED_LOW_MEMORY"
    STOPPED_LOW_DISK_SPACE = "STOPPED_LOW_DISK_SPACE"
    UNKNOWN = "UNKNOWN"


class ServerState(StrEnum):
    """Whether Qlik Enterprise Manager can read a server."""

    MONITORED = "MONITORED"
    NOT_MONITORED = "NOT_MONITORED"
    NOT_CONNECTED = "NOT_CONNECTED"
    ERROR = "ERROR"
    UNKNOWN = "UNKNOWN"


UNREACHABLE = (ServerState.ERROR, ServerState.NOT_CONNECTED, ServerState.UNKNOWN)
"""States in which nothing is known of a server's tasks."""


class RunOption(StrEnum):
    """The run options that this agent may ever send."""

    RESUME_PROCESSING = "RESUME_PROCESSING"
    RECOVER_USING_LOCALLY_STORED_CHECKPOINT = "RECOVER_USING_LOCALLY_STORED_CHECKPOINT"
    RELOAD_TARGET = "RELOAD_TARGET"
    """Rewrites all tables of the target: sent by one function only, on a warrant."""


class TaskId(Frozen):
    """A task's identity, written `server/task`."""

    server: Annotated[str, Field(min_length=1)]
    task: Annotated[str, Field(min_length=1)]

    def __str__(self) -> str:
        return f"{self.server}/{self.task}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `server/task`; a task's name may itself hold slashes, a server's may not."""
        server, slash, task = text.partition("/")
        if not (server and slash and task):
            raise ValueError(f"task id {text!r}: expected 'server/task'")
        return cls(server=server, task=task)


class Endpoint(Frozen):
    """A source or target endpoint of a task."""

    name: str
    type: str | None = None


Count = Annotated[int, Field(ge=0)]


class Counters(Frozen):
    """Totals that only grow while a task runs; a fall means that the task was restarted."""

    applied_inserts: Count | None = None
    applied_updates: Count | None = None
    applied_deletes: Count | None = None
    applied_ddls: Count | None = None
    applied_transactions: Count | None = None
    applied_records: Count | None = None
    full_load_records: Count | None = None
    full_load_tables: Count | None = None

    def moved_since(self, earlier: Self) -> bool:
        """Tell whether a total that is known both times differs: unknown is no movement."""
        before, after = earlier.model_dump(), self.model_dump()
        pairs = [(before[name], after[name]) for name in before]
        return any(old != new for old, new in pairs if old is not None and new is not None)


class Backlog(Frozen):
    """Changes that wait in Replicate, in records, and what is being applied right now."""

    accumulated_in_memory: Count | None = None
    accumulated_on_disk: Count | None = None
    applying_in_memory: Count | None = None
    applying_on_disk: Count | None = None
    transactions_in_progress: Count | None = None
    records_in_progress: Count | None = None

    def waiting(self) -> int | None:
        """Sum of the waiting records, at least; None when those that are known are not any.

        Where one of the four is unknown, a sum of zero would claim that nothing waits.
        """
        parts = (
            self.accumulated_in_memory,
            self.accumulated_on_disk,
            self.applying_in_memory,
            self.applying_on_disk,
        )
        total = sum(part for part in parts if part)
        return total if total or None not in parts else None


class Throughput(Frozen):
    """Current speed of one phase: records per second and kilobytes per second."""

    source_records: Count | None = None
    source_kilobytes: Count | None = None
    target_records: Count | None = None
    target_kilobytes: Count | None = None


class FullLoad(Frozen):
    """Tables of the full load, by what has become of them."""

    completed: bool | None = None
    tables_completed: Count | None = None
    tables_loading: Count | None = None
    tables_queued: Count | None = None
    tables_with_error: Count | None = None


class TaskSnapshot(Frozen):
    """What one poll read of one task."""

    id: TaskId
    observed_at: datetime
    state: TaskState
    stop_reason: StopReason = StopReason.UNKNOWN
    message: str = ""
    error_class: ErrorClass = ErrorClass.UNKNOWN
    """What kind of trouble state, stop reason and message speak of."""
    tags: tuple[str, ...] = ()
    source_endpoint: Endpoint | None = None
    target_endpoint: Endpoint | None = None
    source_latency_seconds: Count | None = None
    total_latency_seconds: Count | None = None
    counters: Counters = Counters()
    backlog: Backlog = Backlog()
    cdc_throughput: Throughput = Throughput()
    full_load_throughput: Throughput = Throughput()
    full_load: FullLoad = FullLoad()
    memory_mb: Count | None = None
    disk_usage_mb: Count | None = None
    cpu_percentage: Count | None = None
    data_error_count: Count | None = None
    details_read: bool = True
    unknown_fields: tuple[str, ...] = ()
    """What Qlik sent in another form than documented, as `field: what was seen`."""

    @property
    def endpoint_names(self) -> tuple[str, ...]:
        """The names of its source and target, as far as they are known."""
        both = (self.source_endpoint, self.target_endpoint)
        return tuple(sorted({endpoint.name for endpoint in both if endpoint}))

    def with_tags_of(self, earlier: Self) -> Self:
        """Return it with the tags of an earlier reading too: details may leave them out."""
        tags = dict.fromkeys((*self.tags, *earlier.tags))
        return self.model_copy(update={"tags": tuple(tags)})


class ServerSnapshot(Frozen):
    """What one poll read of one server."""

    name: str
    state: ServerState
    message: str = ""
    license_state: str | None = None
    license_days_left: int | None = None
    machine_cpu_percentage: Count | None = None
    memory_mb: Count | None = None
    disk_usage_mb: Count | None = None


class Unread(Frozen):
    """A server or task that could not be read, and why: never the same as 'healthy'."""

    server: str
    task: str | None = None
    error: str


class FleetReading(Frozen):
    """Everything that one cycle learnt from Qlik."""

    observed_at: datetime
    servers: tuple[ServerSnapshot, ...] = ()
    tasks: tuple[TaskSnapshot, ...] = ()
    unread: tuple[Unread, ...] = ()


class ActionAnswer(Frozen):
    """What Qlik answered to a run, a stop or a reload; `accepted` is False when it refused."""

    accepted: bool
    state: TaskState = TaskState.UNKNOWN
    error_code: str = ""
    error_message: str = ""
