"""Illnesses of many tasks at once: of a server, or of an endpoint that tasks share."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from types import MappingProxyType

from benchmarks.fleet_simulator import habits, messages
from benchmarks.fleet_simulator.plan import FleetPlan, ServerEvent, with_endpoints
from benchmarks.fleet_simulator.symptoms import Event, Symptoms
from benchmarks.fleet_simulator.task_model import TaskModel
from benchmarks.fleet_simulator.timeline import DAY, HOUR, MINUTE
from benchmarks.fleet_simulator.truth import RECOVERY, Due, Patient, at_once
from qlik_monitor.domain.task import ServerState, StopReason, TaskId, TaskState

GROUP_SERVER, UNWATCHED = "gamma", "delta"
GROUP_SIZE, UNWATCHED_SIZE = 6, 2

STOPS: Mapping[str, Symptoms] = MappingProxyType(
    {
        "low_disk": Symptoms(
            TaskState.STOPPED, StopReason.STOPPED_LOW_DISK_SPACE, messages.LOW_DISK[0]
        ),
        "low_memory": Symptoms(
            TaskState.STOPPED, StopReason.STOPPED_LOW_MEMORY, messages.LOW_MEMORY[0]
        ),
        "licence_expired": Symptoms(
            TaskState.STOPPED, StopReason.EXPRESS_LICENSE_LIMITS_REACHED, messages.LICENSE[0]
        ),
    }
)
GROUP_KINDS = (*STOPS, "server_lost")


def add_group_server(plan: FleetPlan, episodes_of_each: int) -> None:
    """Add a server whose tasks fall ill together, and a healthy one that is not always watched."""
    randomness = plan.randomness("group")
    wanted = [kind for kind in GROUP_KINDS for _ in range(episodes_of_each)]
    randomness.shuffle(wanted)
    times = _spread(randomness, plan, len(wanted))
    events: list[list[Event]] = [[] for _ in range(GROUP_SIZE)]
    spans = []
    for kind, began in zip(wanted, times, strict=True):
        ended = began + randomness.uniform(60, 200) * MINUTE
        spans.append((kind, began, ended))
        if kind in STOPS:
            first = _strike(randomness, kind, began, ended, events)
            spans[-1] = (kind, first, ended)
    models = _tasks(plan, GROUP_SERVER, randomness, events)
    for kind, began, ended in spans:
        _befall_server(plan, randomness, kind, (began, ended), models)
    _add_unwatched(plan, randomness)


def _spread(randomness: Random, plan: FleetPlan, number: int) -> list[float]:
    apart = (plan.span.scored - 0.5 * DAY) / max(1, number)
    first = plan.span.warm_up + 0.1 * DAY
    return [first + apart * (index + randomness.uniform(0, 0.3)) for index in range(number)]


def _strike(
    randomness: Random, kind: str, began: float, ended: float, events: list[list[Event]]
) -> float:
    struck = randomness.sample(range(GROUP_SIZE), randomness.randrange(3, GROUP_SIZE + 1))
    starts = [began + randomness.uniform(0, 12) * MINUTE for _ in struck]
    for index, start in zip(struck, starts, strict=True):
        events[index].append(Event(kind, start, ended, ((0.0, STOPS[kind]),)))
    return min(starts)


def _tasks(
    plan: FleetPlan, server: str, randomness: Random, events: Sequence[Sequence[Event]]
) -> list[TaskModel]:
    return [
        plan.add(
            TaskId(server=server, task=f"{server.upper()}_{number}"),
            "group_member",
            with_endpoints(habits.steady(randomness, plan.span), 100 + number),
            befalls,
        )
        for number, befalls in enumerate(events)
    ]


def _befall_server(
    plan: FleetPlan,
    randomness: Random,
    kind: str,
    lasts: tuple[float, float],
    models: Sequence[TaskModel],
) -> None:
    began, ended = lasts
    server = models[0].id.server
    if kind == "server_lost":
        state = randomness.choice((ServerState.NOT_CONNECTED, ServerState.ERROR))
        plan.servers[server].append(ServerEvent(began, ended, state))
    if kind == "licence_expired" and randomness.random() < 0.5:
        expired = ServerEvent(began, ended, license_state="LICENSE_EXPIRED")
        plan.servers[server].append(expired)
    plan.patients.append(
        Patient(kind, began, ended, at_once, models, server=server, interval=plan.span.interval)
    )


def _add_unwatched(plan: FleetPlan, randomness: Random) -> None:
    for number in range(UNWATCHED_SIZE):
        profile = with_endpoints(habits.steady(randomness, plan.span), 200 + number)
        id = TaskId(server=UNWATCHED, task=f"UNWATCHED_{number}")
        plan.add(id, "server_not_monitored", profile, [])
    plan.servers[UNWATCHED] = [
        ServerEvent(at, at + randomness.uniform(1, 9) * HOUR, ServerState.NOT_MONITORED)
        for at in plan.span.times(randomness, 2.5 * DAY)
    ]
    plan.servers["never watched"] = [ServerEvent(0, 1e12, ServerState.NOT_MONITORED)]


def add_lost_server(plan: FleetPlan, size: int) -> None:
    """Add a server with many tasks that is lost once."""
    randomness = plan.randomness("lost")
    models = _tasks(plan, "giant", randomness, [[] for _ in range(size)])
    began = plan.span.warm_up + randomness.uniform(1, 2) * HOUR
    _befall_server(plan, randomness, "server_lost", (began, began + 2.2 * HOUR), models)


def add_shared_endpoint(plan: FleetPlan, size: int) -> None:
    """Add tasks on two servers that share an endpoint, which goes down."""
    randomness = plan.randomness("endpoint")
    aborts = randomness.random() < 0.5
    text = messages.CONNECTION[1]
    if aborts:
        symptoms = Symptoms(TaskState.ERROR, StopReason.FATAL_ERROR, text)
    else:
        symptoms = Symptoms(TaskState.RECOVERY, StopReason.RECOVERABLE_ERROR, text)
    began = plan.span.warm_up + randomness.uniform(1, 2) * HOUR
    ended = began + randomness.uniform(90, 150) * MINUTE
    models = []
    for number in range(size):
        start = began + (randomness.uniform(0, 6) * MINUTE if number else 0.0)
        profile = replace(
            with_endpoints(habits.steady(randomness, plan.span), number),
            target_endpoint="shared-warehouse",
        )
        id = TaskId(server=("left", "right")[number % 2], task=f"SHARED_{number}")
        event = Event("endpoint_down", start, ended, ((0.0, symptoms),))
        models.append(plan.add(id, "group_member", profile, [event]))
    due: Due = at_once if aborts else RECOVERY
    plan.patients.append(
        Patient(
            "endpoint_down",
            *(began, ended, due, models),
            endpoint="shared-warehouse",
            interval=plan.span.interval,
        )
    )
