"""A fleet's plan: which tasks on which servers, what befalls them and when; all from one seed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from benchmarks.fleet_simulator.illnesses import ILLNESSES
from benchmarks.fleet_simulator.look_alikes import LOOK_ALIKES
from benchmarks.fleet_simulator.profile import Profile
from benchmarks.fleet_simulator.schedule import Episode, schedule, undisturbed
from benchmarks.fleet_simulator.span import Span
from benchmarks.fleet_simulator.symptoms import Event
from benchmarks.fleet_simulator.task_model import TaskModel
from benchmarks.fleet_simulator.truth import Patient
from qlik_monitor.domain.task import ServerState, TaskId

SERVERS = ("alpha", "beta")
TARGETS = 4
BACKGROUNDS = (
    *("nightly_batch", "steady", "long_full_load", "daily_cycle", "clock_skew", "weekly_batch"),
    *("batch_apply", "quick_restart", "missing_fields", "latency_spike", "quiet_weekend", "steady"),
    *("constant_data_errors", "large_transaction", "low_volume", "source_burst", "planned_stop"),
)
"""What ill tasks are like while they are well, in this order."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """Something that befalls a server as Enterprise Manager shows it."""

    began: float
    ended: float
    state: ServerState = ServerState.MONITORED
    license_state: str = "VALID_LICENSE"


@dataclass(slots=True)
class FleetPlan:
    """Everything that will happen in a fleet."""

    seed: int
    span: Span
    models: list[TaskModel] = field(default_factory=list)
    patients: list[Patient] = field(default_factory=list)
    servers: dict[str, list[ServerEvent]] = field(default_factory=dict)
    missed_share: float = 0.01
    outages: int = 2
    """How often the monitor itself is down for up to an hour."""

    def randomness(self, name: str) -> Random:
        """A stream of random numbers of its own for everything that has a name."""
        return Random(f"{self.seed}/{self.span.interval}/{name}")

    def add(self, id: TaskId, kind: str, profile: Profile, events: Sequence[Event]) -> TaskModel:
        """Add a task."""
        model = TaskModel(id, kind, profile, events, self.randomness(f"model {id}"))
        self.models.append(model)
        self.servers.setdefault(id.server, [])
        return model


def add_healthy(plan: FleetPlan) -> None:
    """Add one task of every healthy kind."""
    for number, kind in enumerate(LOOK_ALIKES):
        add_task(plan, number, kind, f"WELL_{kind.upper()}", [])


def add_ill(plan: FleetPlan, episodes_of_each: int) -> None:
    """Add tasks until every illness has befallen one so often."""
    wanted = [kind for kind in ILLNESSES for _ in range(episodes_of_each)]
    plan.randomness("wanted").shuffle(wanted)
    number = 0
    while wanted:
        kind = BACKGROUNDS[number % len(BACKGROUNDS)]
        if number >= 4 * len(BACKGROUNDS):
            raise RuntimeError(f"seed {plan.seed}: no room for {wanted}")
        if any(kind in ILLNESSES[one].befalls for one in wanted):
            add_task(plan, number, kind, f"ILL_{number}_{kind.upper()}", wanted)
        number += 1


def add_task(plan: FleetPlan, number: int, kind: str, name: str, wanted: list[str]) -> None:
    """Add a task of a healthy kind, ill with as many of the wanted illnesses as fit."""
    id = TaskId(server=SERVERS[number % len(SERVERS)], task=name)
    randomness = plan.randomness(f"plan {id}")
    look_alike = LOOK_ALIKES[kind]
    profile = with_endpoints(look_alike.profile(randomness, plan.span), number)
    happenings = look_alike.happenings(randomness, plan.span, profile)
    episodes = schedule(randomness, plan.span, kind, profile, wanted) if wanted else []
    events = undisturbed(happenings, episodes) + [episode.event for episode in episodes]
    model = plan.add(id, kind, profile, events)
    plan.patients += [_patient(plan, model, episode) for episode in episodes]


def with_endpoints(profile: Profile, number: int) -> Profile:
    """Give a task a source of its own, and a target that it shares with some others."""
    return replace(
        profile, source_endpoint=f"source-{number}", target_endpoint=f"lake-{number % TARGETS}"
    )


def _patient(plan: FleetPlan, model: TaskModel, episode: Episode) -> Patient:
    return Patient(
        kind=episode.kind,
        began=episode.began,
        until=episode.until,
        due_rule=ILLNESSES[episode.kind].due,
        models=(model,),
        interval=plan.span.interval,
    )
