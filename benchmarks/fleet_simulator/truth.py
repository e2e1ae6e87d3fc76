"""The truth: who was ill, since when, and from when on a monitor should have said so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.fleet_simulator.snapshot import is_well
from benchmarks.fleet_simulator.task_model import TaskModel
from benchmarks.fleet_simulator.timeline import DAY
from qlik_monitor.domain.task import TaskId
from qlik_monitor.domain.thresholds import Thresholds

LAG_SECONDS = Thresholds().lag.total_seconds()
SLOT = 1800.0
"""Half hours: how finely the time of day counts when asking what is usual."""
FAR_BEYOND = 1.5
COMES_BACK_AFTER = 1200.0


@dataclass(frozen=True, slots=True)
class TruthIncident:
    """One illness that really happened."""

    kind: str
    server: str | None
    task: str | None
    endpoint: str | None
    members: frozenset[TaskId]
    began: float
    due: float | None
    """From this moment on it has lasted its threshold; None if it never came to that."""
    ended: float


class Usual:
    """The latency that a task has shown while nothing befell it, by time of day."""

    def __init__(self) -> None:
        self.highest = 0.0
        self.by_slot: dict[int, float] = {}

    def learn(self, now: float, latency: float) -> None:
        """Take a healthy reading in."""
        slot = int(now % DAY // SLOT)
        self.by_slot[slot] = max(self.by_slot.get(slot, 0.0), latency)
        self.highest = max(self.highest, latency)

    def is_beyond(self, now: float, latency: float) -> bool:
        """Tell whether a lag is clearly beyond anything usual at this hour."""
        slot, slots = int(now % DAY // SLOT), int(DAY // SLOT)
        near = (self.by_slot.get((slot + step) % slots, 0.0) for step in (-1, 0, 1))
        unusual_hour = max(near) < LAG_SECONDS
        return latency >= LAG_SECONDS and (unusual_hour or latency > FAR_BEYOND * self.highest)


type Due = Callable[["Patient", float], float | None]
"""Say since when an illness has lasted its threshold, or None while it has not."""


@dataclass(slots=True)
class Patient:
    """One illness while it is followed; `until` is when its cause ends."""

    kind: str
    began: float
    until: float
    due_rule: Due
    models: Sequence[TaskModel]
    server: str | None = None
    endpoint: str | None = None
    interval: float = 300.0
    usual: Usual = field(default_factory=Usual)
    due: float | None = None
    ended: float | None = None
    first_sign: float | None = None

    def follow(self, now: float) -> None:
        """Look at the tasks after a step."""
        if self.due is None and now <= self.until:
            self.due = self.due_rule(self, now)
        if now > self.until and all(is_well(model, LAG_SECONDS) for model in self.models):
            self.ended = now

    def truth(self, now: float) -> TruthIncident:
        """Say what is known of it in the end."""
        only = self.models[0].id if len(self.models) == 1 and not self.server else None
        return TruthIncident(
            kind=self.kind,
            server=self.server or (only.server if only else None),
            task=only.task if only else None,
            endpoint=self.endpoint,
            members=frozenset(model.id for model in self.models),
            began=self.began,
            due=self.due,
            ended=now if self.ended is None else self.ended,
        )


def at_once(patient: Patient, now: float) -> float | None:
    """From its first moment."""
    return patient.began if now >= patient.began else None


def after(seconds: float) -> Due:
    """Make the rule that an illness counts once it has lasted so long."""

    def rule(patient: Patient, now: float) -> float | None:
        due = patient.began + seconds
        return due if now >= due else None

    return rule


def after_polls(polls: int) -> Due:
    """Make the rule that an illness counts once so many polls could have seen it."""

    def rule(patient: Patient, now: float) -> float | None:
        due = patient.began + polls * patient.interval
        return due if now >= due else None

    return rule


def when_lagging(patient: Patient, now: float) -> float | None:
    """From when the task is as far behind as the threshold for lag."""
    return now if now >= patient.began and patient.models[0].latency >= LAG_SECONDS else None


def when_lagging_again(patient: Patient, now: float) -> float | None:
    """From when a lag that comes and goes is known to come back: it was no passing spike."""
    if now < patient.began or patient.models[0].latency < LAG_SECONDS:
        return None
    patient.first_sign = patient.first_sign or now
    return now if now - patient.first_sign >= COMES_BACK_AFTER else None


def when_beyond_usual(patient: Patient, now: float) -> float | None:
    """From when the lag is beyond anything usual at this hour."""
    beyond = patient.usual.is_beyond(now, patient.models[0].latency)
    return now if now >= patient.began and beyond else None


STUCK = after(Thresholds().stuck.total_seconds())
RECOVERY = after(Thresholds().recovery.total_seconds())
