from datetime import datetime, timedelta

from qlik_monitor.domain.automation import Automation
from qlik_monitor.domain.breaker import TRIAL_LASTS, Breaker, BreakerState
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.limits_overview import BreakerUse, LimitsOverview, overview_of
from tests.fakes.builders import NOON, later

LIMITS = Limits(server_cap=2, fleet_cap=3)
"""Within an hour; three failures within an hour open a breaker for half an hour."""


def at(minutes: float) -> datetime:
    return later(minutes=minutes)


def seen(
    now: datetime,
    fleet: tuple[datetime, ...] = (),
    servers: dict[str, tuple[datetime, ...]] | None = None,
    *breakers: Breaker,
) -> LimitsOverview:
    return overview_of(Automation(), fleet, servers or {}, breakers, limits=LIMITS, now=now)


def failed(endpoint: str, *minutes: float) -> Breaker:
    breaker = Breaker(endpoint=endpoint)
    for minute in minutes:
        breaker = breaker.with_failure(f"r{minute}", at(minute))
    return breaker


def use_of(breaker: Breaker, now: datetime) -> BreakerUse:
    [use] = seen(now, (), {}, breaker).breakers
    return use


def test_nothing_used_frees_nothing() -> None:
    fleet = seen(NOON).fleet
    assert (fleet.used, fleet.allowed, fleet.newest, fleet.frees_at) == (0, 3, None, None)
    assert not fleet.is_reached


def test_a_cap_says_how_much_is_used_and_when_the_next_place_is_freed() -> None:
    fleet = seen(at(61), (at(0), at(30), at(50))).fleet
    assert (fleet.used, fleet.newest, fleet.frees_at) == (2, at(50), at(90))
    assert not fleet.is_reached


def test_a_cap_that_is_reached_waits_for_its_oldest_restart_to_leave() -> None:
    fleet = seen(at(55), (at(50), at(10), at(30))).fleet
    assert (fleet.used, fleet.is_reached, fleet.frees_at) == (3, True, at(70))


def test_a_cap_that_was_lowered_below_its_use_waits_for_more_than_one_to_leave() -> None:
    fleet = seen(at(55), (at(0), at(10), at(20), at(30), at(40))).fleet
    assert (fleet.used, fleet.allowed) == (5, 3)
    assert fleet.frees_at == at(20) + timedelta(hours=1)


def test_servers_without_a_restart_in_the_window_are_left_out_and_the_fullest_stands_first() -> (
    None
):
    servers = {"b": (at(60),), "old": (at(0),), "c": (at(60), at(62)), "a": (at(61),)}
    assert [one.of for one in seen(at(65), (), servers).servers] == ["c", "a", "b"]


def test_each_state_of_a_breaker_has_its_since_and_until() -> None:
    opened = failed("DB", 0, 1, 2)
    for breaker, now, expected in (
        (failed("DB", 0), 1, (BreakerState.CLOSED, None, None)),
        (opened, 5, (BreakerState.OPEN, at(2), at(32))),
        (opened, 40, (BreakerState.HALF_OPEN, at(32), at(92))),
        (opened.tried_by("x", at(40)), 41, (BreakerState.TRYING, at(40), at(40) + TRIAL_LASTS)),
        (opened, 93, (BreakerState.CLOSED, None, None)),
    ):
        use = use_of(breaker, at(now))
        assert (use.state, use.since, use.until) == expected


def test_a_breaker_counts_the_failures_of_its_window_alone() -> None:
    use = use_of(failed("DB", 0, 40), at(70))
    assert (use.failures, use.allowed) == (1, 3)


def test_breakers_that_hold_something_back_stand_first() -> None:
    breakers = [failed("A", 50), failed("Z", 48, 49, 50), failed("M", 0, 1, 2)]
    assert [one.endpoint for one in seen(at(51), (), {}, *breakers).breakers] == ["Z", "M", "A"]
