"""A fleet through time: one reading a poll, and the truth about it."""

from collections import defaultdict
from collections.abc import Iterator

from benchmarks.fleet_simulator.plan import FleetPlan, ServerEvent
from benchmarks.fleet_simulator.snapshot import snapshot_of
from benchmarks.fleet_simulator.task_model import TaskModel
from benchmarks.fleet_simulator.timeline import HOUR, moment
from benchmarks.fleet_simulator.truth import Patient, TruthIncident
from qlik_monitor.domain.task import FleetReading, ServerSnapshot, ServerState, TaskId, Unread

EVENTLESS = ServerEvent(0, 0)
USUALLY_LATE, AT_MOST_LATE = 0.05, 0.5
"""By which share of the interval a poll comes late."""


class Fleet:
    """Plays a plan out."""

    def __init__(self, plan: FleetPlan) -> None:
        self.plan, self.span = plan, plan.span
        self.truths: list[TruthIncident] = []
        self.healthy_seconds: defaultdict[str, float] = defaultdict(float)
        self.polls = 0
        self._randomness = plan.randomness("fleet")
        self._waiting = sorted(plan.patients, key=lambda patient: patient.began, reverse=True)
        self._ill: list[Patient] = []
        self._learners = self._who_learns()

    def readings(self) -> Iterator[FleetReading]:
        """Read the fleet poll by poll; the truth is complete at the end."""
        outages = self._outages()
        was = 0.0
        for number in range(1, int(self.span.end / self.span.interval)):
            now = number * self.span.interval + self._lateness()
            self._advance(now, now - was)
            was = now
            missed = self._randomness.random() < self.plan.missed_share
            if not missed and not any(began <= now < ended for began, ended in outages):
                self.polls += 1
                yield self._reading(now)
        self.truths += [patient.truth(was) for patient in self._ill]

    def _lateness(self) -> float:
        late = AT_MOST_LATE if self._randomness.random() < 0.01 else USUALLY_LATE
        return self._randomness.uniform(0, late) * self.span.interval

    def _outages(self) -> list[tuple[float, float]]:
        if not self.plan.outages:
            return []
        begins = self._randomness.choices(range(int(self.span.end)), k=self.plan.outages)
        return [(at, at + self._randomness.uniform(0.25, 1.0) * HOUR) for at in begins]

    def _advance(self, now: float, elapsed: float) -> None:
        for model in self.plan.models:
            model.advance(now)
        while self._waiting and self._waiting[-1].began <= now:
            self._ill.append(self._waiting.pop())
        for patient in self._ill:
            patient.follow(now)
        well = [patient for patient in self._ill if patient.ended is not None]
        self.truths += [patient.truth(now) for patient in well]
        self._ill = [patient for patient in self._ill if patient.ended is None]
        ill = {model.id for patient in self._ill for model in patient.models}
        self._learn(now, ill)
        if now > self.span.warm_up:
            self._count(now, elapsed, ill)

    def _who_learns(self) -> list[tuple[TaskModel, list[Patient]]]:
        patients: dict[TaskId, list[Patient]] = {}
        for patient in self.plan.patients:
            if patient.kind == "batch_overrun":
                patients.setdefault(patient.models[0].id, []).append(patient)
        return [(m, patients[m.id]) for m in self.plan.models if m.id in patients]

    def _learn(self, now: float, ill: set[TaskId]) -> None:
        for model, patients in self._learners:
            if model.id not in ill and model.event is None:
                for patient in patients:
                    patient.usual.learn(now, model.latency)

    def _count(self, now: float, elapsed: float, ill: set[TaskId]) -> None:
        for model in self.plan.models:
            if model.id not in ill and self._exists(model, now):
                self.healthy_seconds[model.kind] += elapsed

    def _exists(self, model: TaskModel, now: float) -> bool:
        return model.profile.exists_from <= now < model.profile.exists_until

    def _reading(self, now: float) -> FleetReading:
        servers = {name: self._server(events, now) for name, events in self.plan.servers.items()}
        read = {name for name, event in servers.items() if event.state is ServerState.MONITORED}
        tasks = [m for m in self.plan.models if m.id.server in read and self._exists(m, now)]
        return FleetReading(
            observed_at=moment(now),
            servers=tuple(
                ServerSnapshot(name=name, state=event.state, license_state=event.license_state)
                for name, event in sorted(servers.items())
            ),
            tasks=tuple(snapshot_of(model, now) for model in tasks),
            unread=tuple(self._unread(servers, tasks)),
        )

    def _server(self, events: list[ServerEvent], now: float) -> ServerEvent:
        return next((event for event in events if event.began <= now < event.ended), EVENTLESS)

    def _unread(self, servers: dict[str, ServerEvent], tasks: list[TaskModel]) -> Iterator[Unread]:
        for name, event in servers.items():
            if event.state not in (ServerState.MONITORED, ServerState.NOT_MONITORED):
                yield Unread(server=name, error=f"its state is {event.state.value}")
        for model in tasks:
            if model.shown.details_unread:
                error = "GET details: 500"
                yield Unread(server=model.id.server, task=model.id.task, error=error)
