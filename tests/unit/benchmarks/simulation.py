"""Small fleets for tests: one task, one thing that befalls it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from benchmarks.fleet_simulator.fleet import Fleet
from benchmarks.fleet_simulator.illnesses import ILLNESSES
from benchmarks.fleet_simulator.look_alikes import LOOK_ALIKES
from benchmarks.fleet_simulator.plan import FleetPlan, add_task
from benchmarks.fleet_simulator.profile import Profile
from benchmarks.fleet_simulator.span import Span
from benchmarks.fleet_simulator.symptoms import Event, Symptoms
from benchmarks.fleet_simulator.task_model import TaskModel
from benchmarks.fleet_simulator.timeline import DAY, moment
from benchmarks.fleet_simulator.truth import TruthIncident
from qlik_monitor.domain.task import TaskId, TaskSnapshot

SPAN = Span(interval=300.0, warm_up=2 * DAY, scored=3 * DAY)
TASK = TaskId(server="alpha", task="ORDERS")


@dataclass(frozen=True)
class Played:
    """A task's snapshots, and what truly happened."""

    snapshots: tuple[TaskSnapshot, ...]
    truths: Sequence[TruthIncident]
    fleet: Fleet

    def between(self, began: float, ended: float) -> list[TaskSnapshot]:
        return [s for s in self.snapshots if moment(began) <= s.observed_at <= moment(ended)]


def a_plan(seed: int = 1, span: Span = SPAN) -> FleetPlan:
    return FleetPlan(seed, span, missed_share=0.0, outages=0)


def play(plan: FleetPlan) -> Played:
    fleet = Fleet(plan)
    snapshots = tuple(task for reading in fleet.readings() for task in reading.tasks)
    return Played(snapshots, fleet.truths, fleet)


def an_ill_task(kind: str, seed: int = 1) -> Played:
    """One task with one episode of an illness, on the first kind of task that it befalls."""
    plan = a_plan(seed)
    befalls = ILLNESSES[kind].befalls
    add_task(plan, 0, "steady" if "steady" in befalls else befalls[0], "ORDERS", [kind])
    return play(plan)


def a_healthy_task(kind: str, seed: int = 1, days: float = 9.0) -> Played:
    plan = a_plan(seed, replace(SPAN, scored=days * DAY - SPAN.warm_up))
    assert kind in LOOK_ALIKES
    add_task(plan, 0, kind, "ORDERS", [])
    return play(plan)


def a_model(*phases: tuple[float, Symptoms], profile: Profile | None = None) -> TaskModel:
    """A task of ten records a second without noise, and symptoms from given seconds on."""
    event = Event("test", 0.0, 1e9, phases)
    steady = Profile(rate=10.0, capacity=50.0, noise=0.0)
    return TaskModel(TASK, "test", profile or steady, [event], Random(1))
