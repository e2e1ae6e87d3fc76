import itertools
from functools import cache, partial

from benchmarks.fleet_simulator.fleet import Fleet
from benchmarks.fleet_simulator.groups import add_group_server, add_lost_server, add_shared_endpoint
from benchmarks.fleet_simulator.plan import FleetPlan, add_healthy, add_ill
from benchmarks.fleet_simulator.scenarios import HOURS
from benchmarks.fleet_simulator.span import Span
from benchmarks.fleet_simulator.timeline import DAY
from qlik_monitor.domain.task import FleetReading, ServerState, TaskSnapshot
from tests.unit.benchmarks.simulation import play

SHORT = Span(interval=300.0, warm_up=0.5 * DAY, scored=1.5 * DAY)


def a_small_fleet(seed: int) -> tuple[Fleet, list[FleetReading]]:
    plan = FleetPlan(seed, SHORT)
    add_healthy(plan)
    add_group_server(plan, 1)
    fleet = Fleet(plan)
    return fleet, list(fleet.readings())


the_small_fleet = cache(partial(a_small_fleet, 7))


def test_the_same_seed_makes_the_same_fleet_and_another_another() -> None:
    (first, readings), (again, same) = the_small_fleet(), a_small_fleet(7)
    _, others = a_small_fleet(8)

    assert first.truths == again.truths
    assert [one.model_dump_json() for one in readings] == [one.model_dump_json() for one in same]
    assert readings[-1] != others[-1]


def test_a_snapshot_is_what_the_product_itself_would_accept() -> None:
    for reading in the_small_fleet()[1][::50]:
        for task in reading.tasks:
            assert TaskSnapshot.model_validate(task.model_dump()) == task


def test_some_polls_are_missing_and_some_come_late() -> None:
    fleet, readings = the_small_fleet()
    moments = [reading.observed_at for reading in readings]

    gaps = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(moments)]
    assert fleet.polls < SHORT.end / SHORT.interval - 5
    assert max(gaps) > 600
    assert min(gaps) < 295


def test_every_illness_that_was_wanted_befalls_somebody() -> None:
    plan = FleetPlan(3, Span(interval=300.0, warm_up=1 * DAY, scored=7 * DAY))
    add_ill(plan, 2)

    kinds = [patient.kind for patient in plan.patients]
    assert len(kinds) == 2 * len(set(kinds))


def test_a_lost_server_with_200_tasks_is_one_incident() -> None:
    plan = FleetPlan(1, HOURS, missed_share=0.0, outages=0)
    add_lost_server(plan, 200)
    fleet = Fleet(plan)
    lost = [r for r in fleet.readings() if r.servers[0].state is not ServerState.MONITORED]

    (truth,) = fleet.truths
    assert truth.server == "giant" and truth.task is None
    assert len(truth.members) == 200
    assert all(not reading.tasks and reading.unread for reading in lost)
    assert len(lost) >= 20


def test_a_lost_endpoint_is_one_incident_of_all_tasks_that_use_it() -> None:
    plan = FleetPlan(2, HOURS, missed_share=0.0, outages=0)
    add_shared_endpoint(plan, 20)
    played = play(plan)

    (truth,) = played.truths
    assert truth.endpoint == "shared-warehouse" and len(truth.members) == 20
    assert {s.id.server for s in played.snapshots} == {"left", "right"}


def test_a_server_that_runs_low_is_one_incident_though_several_tasks_stop() -> None:
    fleet, _readings = the_small_fleet()

    kinds = sorted(truth.kind for truth in fleet.truths)
    assert kinds == ["licence_expired", "low_disk", "low_memory", "server_lost"]
    assert all(truth.server == "gamma" and truth.task is None for truth in fleet.truths)


def test_the_days_before_scoring_and_the_days_of_the_ill_do_not_count_as_healthy() -> None:
    fleet, _readings = the_small_fleet()

    members = 6 * SHORT.scored
    ill = sum(6 * (truth.ended - truth.began) for truth in fleet.truths)
    assert abs(fleet.healthy_seconds["group_member"] - (members - ill)) < 0.01 * members
    assert fleet.healthy_seconds["steady"] <= SHORT.scored
