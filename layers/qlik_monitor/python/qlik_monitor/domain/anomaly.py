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
    UNKNOWN = "unknown"
    SERVER_UNREACHABLE = "server_unreachable"
    CUSTOM = "custom"
    """Found by an expression of the alerting rules; people hear of it, nothing is done about it."""


SERVER_KINDS = frozenset(
    {
        AnomalyKind.LOW_DISK,
        AnomalyKind.LOW_MEMORY,
        AnomalyKind.LICENSE,
        AnomalyKind.SERVER_UNREACHABLE,
    }
)
"""Findings whose cause is the server: one incident for it, not one for each of its tasks."""


class Severity(StrEnum):
    """How much a finding hurts."""

    WARNING = "warning"
    CRITICAL = "critical"


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


class Subject(Frozen):
    """What an incident is about: one task, or a whole server when `task` is None."""

    server: str
    task: str | None = None

    def __str__(self) -> str:
        return self.server if self.task is None else f"{self.server}/{self.task}"

    @property
    def task_id(self) -> TaskId | None:
        """The task, or None for a server."""
        return None if self.task is None else TaskId(server=self.server, task=self.task)
