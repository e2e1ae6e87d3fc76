"""What is the matter with a task during a stretch of time, and events made of such stretches."""

from dataclasses import dataclass
from typing import Literal

from qlik_monitor.domain.task import StopReason, TaskState


@dataclass(frozen=True, slots=True)
class Symptoms:
    """How a task differs from its usual self; the defaults are its usual self."""

    state: TaskState = TaskState.RUNNING
    stop_reason: StopReason = StopReason.NONE
    message: str = ""
    capture: float = 1.0
    """Share of the usual speed at which changes are captured: 0 stands still."""
    apply: float = 1.0
    """Share of the usual speed at which changes are applied."""
    apply_of_source: float | None = None
    """The speed of applying, as a multiple of the speed at which the source changes."""
    apply_limit: float | None = None
    """The speed of applying, in records per second."""
    transaction: Literal["none", "grows", "frozen"] = "none"
    loading: bool = False
    load: float = 1.0
    """Share of the usual speed of a full load."""
    false_latency: int = 0
    """Seconds that are read and are not true."""
    tables_with_error: int = 0
    data_errors_per_hour: float = 0.0
    process_gone: bool = False
    looks_idle: bool = False
    details_unread: bool = False
    malformed: tuple[str, ...] = ()

    @property
    def runs(self) -> bool:
        """Tell whether changes flow."""
        return self.state in (TaskState.RUNNING, TaskState.UNKNOWN)

    @property
    def alive(self) -> bool:
        """Tell whether there is a process that moves them."""
        return self.runs and not self.process_gone


WELL = Symptoms()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that befalls a task, from `began` until `ended`."""

    kind: str
    began: float
    ended: float
    phases: tuple[tuple[float, Symptoms], ...]
    """Symptoms by the second of the event at which they begin; the first begins at 0."""

    def at(self, now: float) -> Symptoms:
        """Give the symptoms at a moment of the event."""
        since = now - self.began
        found = WELL
        for begins, symptoms in self.phases:
            if begins > since:
                break
            found = symptoms
        return found
