"""The result of one look: each task with its findings, and what could not be read."""

from typing import Self

from pydantic import Field

from qlik_monitor.domain.anomaly import Anomaly, Severity
from qlik_monitor.domain.findings import Findings
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.task import UNREACHABLE, FleetReading, ServerState, TaskId, TaskSnapshot

HEALTHY, ILL, NOT_READ_WHOLE = 0, 1, 2
"""The exit codes."""


class CheckedTask(Frozen):
    """One task with what was found."""

    snapshot: TaskSnapshot
    anomalies: tuple[Anomaly, ...] = ()


class Missed(Frozen):
    """What could not be read, and why; without a server: nothing at all."""

    server: str | None = None
    task: str | None = None
    error: str


class Checkup(Frozen):
    """One look at the fleet."""

    servers: dict[str, tuple[Anomaly, ...]] = Field(default_factory=dict)
    """Servers with findings of their own, or with those of their tasks that are theirs."""
    tasks: tuple[CheckedTask, ...] = ()
    missed: tuple[Missed, ...] = ()
    unmonitored: tuple[str, ...] = ()
    server_count: int = 0

    @classmethod
    def failed(cls, error: str) -> Self:
        """Make the result of a look that saw nothing."""
        return cls(missed=(Missed(error=redact(error)),))

    @property
    def exit_code(self) -> int:
        """What the command ends with: what was not read goes before what is ill."""
        if self.missed:
            return NOT_READ_WHOLE
        return ILL if self.servers or any(task.anomalies for task in self.tasks) else HEALTHY

    @property
    def missed_tasks(self) -> frozenset[TaskId]:
        """The tasks whose details could not be read."""
        return frozenset(
            TaskId(server=one.server, task=one.task)
            for one in self.missed
            if one.server and one.task
        )


def check(reading: FleetReading, findings: Findings) -> Checkup:
    """Put a reading and its findings together."""
    return Checkup(
        servers={s.server: found for s, found in findings.anomalies.items() if s.task is None},
        tasks=tuple(_checked(snapshot, findings) for snapshot in reading.tasks),
        missed=_missed(reading),
        unmonitored=tuple(s.name for s in reading.servers if s.state is ServerState.NOT_MONITORED),
        server_count=len(reading.servers),
    )


def _checked(snapshot: TaskSnapshot, findings: Findings) -> CheckedTask:
    # The findings give a full disk to the server; here it stands at its task as well.
    return CheckedTask(snapshot=snapshot, anomalies=findings.of_tasks.get(snapshot.id, ()))


def _missed(reading: FleetReading) -> tuple[Missed, ...]:
    missed = [
        Missed(server=one.server, task=one.task, error=redact(one.error)) for one in reading.unread
    ]
    told = {one.server for one in missed if one.task is None}
    missed += [
        Missed(server=s.name, error=redact(f"its state is {s.state.value}: {s.message}"))
        for s in reading.servers
        if s.state in UNREACHABLE and s.name not in told
    ]
    return tuple(dict.fromkeys(missed))


def worst(anomalies: tuple[Anomaly, ...]) -> Severity | None:
    """Return the worst severity among findings."""
    severities = {anomaly.severity for anomaly in anomalies}
    return next((one for one in (Severity.CRITICAL, Severity.WARNING) if one in severities), None)
