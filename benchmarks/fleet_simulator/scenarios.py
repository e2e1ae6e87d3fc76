"""The fleets that a benchmark plays out, by name and seed."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from benchmarks.fleet_simulator.fleet import Fleet
from benchmarks.fleet_simulator.groups import (
    add_group_server,
    add_lost_server,
    add_shared_endpoint,
)
from benchmarks.fleet_simulator.plan import FleetPlan, add_healthy, add_ill
from benchmarks.fleet_simulator.span import Span
from benchmarks.fleet_simulator.timeline import DAY, HOUR, MINUTE

HOURS = Span(interval=5 * MINUTE, warm_up=4 * HOUR, scored=8 * HOUR)
"""Enough for what needs no history."""


def days_at_5_minutes(seed: int) -> Fleet:
    """Nine days to learn from, then two weeks; three episodes of each illness."""
    return _days(FleetPlan(seed, Span(5 * MINUTE)), 3)


def days_at_1_minute(seed: int) -> Fleet:
    """Nine days to learn from, then a week; two episodes of each illness."""
    return _days(FleetPlan(seed, Span(1 * MINUTE, scored=7 * DAY)), 2)


def _days(plan: FleetPlan, episodes_of_each: int) -> Fleet:
    add_healthy(plan)
    add_ill(plan, episodes_of_each)
    add_group_server(plan, episodes_of_each)
    return Fleet(plan)


def lost_server(seed: int) -> Fleet:
    """A server with 200 tasks is lost."""
    plan = FleetPlan(seed, HOURS, missed_share=0.0, outages=0)
    add_lost_server(plan, 200)
    return Fleet(plan)


def shared_endpoint(seed: int) -> Fleet:
    """An endpoint that 50 tasks share goes down."""
    plan = FleetPlan(seed, HOURS, outages=0)
    add_shared_endpoint(plan, 50)
    return Fleet(plan)


SCENARIOS: Mapping[str, Callable[[int], Fleet]] = MappingProxyType(
    {
        "5 minutes": days_at_5_minutes,
        "1 minute": days_at_1_minute,
        "200 tasks on a lost server": lost_server,
        "50 tasks on a lost endpoint": shared_endpoint,
    }
)
