"""Anomalies: what is wrong with one task or server, and the readings that say so."""

from enum import StrEnum

from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.task import TaskId


class AnomalyKind(StrEnum):
    """What a finding is about."""

    ABORTED = "aborted"
    ERROR = "error"
    STUCK = "stuck"
    LAGGING = "lagging"
    THROUGHPUT_COLLAPSE = "throughput_collapse"
    RECOVERY_LASTING = "recovery_lasting"
    DATA_ERRORS = "data_errors"
    TABLE_ERRORS = "table_errors"
    STOPPED_FOR_DDL = "stopped_for_ddl"
    LOW_DISK = "low_disk"
    LOW_MEMORY = "low_memory"
    LICENSE = "license"
    STALE_STATE = "stale_state"
    FLAPPING = "flapping"
    LAG_FORECAST = "lag_forecast"
    UNKNOWN = "unknown"
    SERVER_UNREACHABLE = "server_unreachable"
    SERVER_STRAINED = "server_strained"
    ENDPOINT_TROUBLE = "endpoint_trouble"
    CUSTOM = "custom"
    """Found by an expression of the alerting rules; people hear of it, nothing is done about it."""


SERVER_KINDS = frozenset(
    {
        AnomalyKind.LOW_DISK,
        AnomalyKind.LOW_MEMORY,
        AnomalyKind.LICENSE,
        AnomalyKind.SERVER_UNREACHABLE,
        AnomalyKind.SERVER_STRAINED,
    }
)
"""Findings whose cause is the server: one incident for it, not one for each of its tasks."""


class Severity(StrEnum):
    """How much a finding hurts."""

    WARNING = "warning"
    CRITICAL = "critical"


class Where(StrEnum):
    """Where it hurts: which part of the way from source to target a finding points at."""

    SOURCE = "source side"
    APPLY = "apply side"
    ONE_BY_ONE = "one-by-one apply"
    TRANSACTION = "one large transaction"
    FULL_LOAD = "full load"
    RESOURCES = "resources"
    SERVER = "server"
    UNKNOWN = "unknown"


class Evidence(Frozen):
    """One reading behind a finding, as text for people."""

    name: str
    value: str


class Anomaly(Frozen):
    """One finding."""

    kind: AnomalyKind
    severity: Severity
    summary: str
    evidence: tuple[Evidence, ...] = ()
    where: Where | None = None
    """Where it hurts, for findings about a task's movement."""


EVERY_SERVER = "*"
"""Stands for the server of an endpoint: tasks of several servers may use one of the same name."""


OF_ENDPOINTS = "//"
"""What the key of an endpoint begins with."""


class Subject(Frozen):
    """What an incident is about: one task, an endpoint that tasks share, or a whole server."""

    server: str
    task: str | None = None
    endpoint: str | None = None

    def __str__(self) -> str:
        if self.endpoint is not None:
            return f"endpoint {self.endpoint}"
        return self.server if self.task is None else f"{self.server}/{self.task}"

    @property
    def key(self) -> str:
        """What no other subject is called: a server may be named like an endpoint."""
        return str(self) if self.endpoint is None else f"{OF_ENDPOINTS}{self.endpoint}"

    @property
    def task_id(self) -> TaskId | None:
        """The task, or None for a server or an endpoint."""
        return None if self.task is None else TaskId(server=self.server, task=self.task)
