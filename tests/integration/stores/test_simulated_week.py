"""A week of cycles, five minutes apart, for tasks that fall ill again and again."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.domain.limits import Limits, backoff
from qlik_monitor.domain.task import TaskSnapshot
from tests.fakes.builders import NOON, a_snapshot, an_aborted
from tests.fakes.simulated_agent import Course, SimulatedAgent

MINUTE, HOUR, DAY, WEEK = (timedelta(minutes=m) for m in (1, 60, 60 * 24, 60 * 24 * 7))
LIMITS = Limits(illness_returns=100, ineffective_failures=20)
"""Only the attempts are left to hold it back."""


def runs(now: datetime) -> TaskSnapshot:
    return a_snapshot(observed_at=now)


def down(now: datetime) -> TaskSnapshot:
    return an_aborted(observed_at=now)


def never_helped(now: datetime, _restarted: datetime | None) -> TaskSnapshot:
    return down(now)


def one_good_reading_between(now: datetime, _restarted: datetime | None) -> TaskSnapshot:
    return runs(now) if (now - NOON) % (30 * MINUTE) == timedelta(0) else down(now)


def well_for(span: timedelta) -> Course:
    """After each restart, or by itself every day, it runs for so long, and falls again."""

    def course(now: datetime, restarted: datetime | None) -> TaskSnapshot:
        by_itself = (now - NOON) % DAY < span and now - NOON >= DAY
        helped = restarted is not None and timedelta(0) < now - restarted <= span
        return runs(now) if by_itself or helped else down(now)

    return course


def unseen_for_a_while(now: datetime, restarted: datetime | None) -> TaskSnapshot | None:
    """Healthy for a day and more after each restart, but nobody looked for half an hour of it."""
    if restarted is None or now - restarted > 26 * HOUR:
        return down(now)
    away = 12 * HOUR < now - restarted < 12.5 * HOUR
    return None if away else runs(now)


def healthy_for_a_day(now: datetime, restarted: datetime | None) -> TaskSnapshot:
    healthy = restarted is not None and timedelta(0) < now - restarted <= 26 * HOUR
    return runs(now) if healthy else down(now)


def restarts_of(course: Course, store: DynamoDbRestarts, limits: Limits = LIMITS) -> list[datetime]:
    agent = SimulatedAgent(course, store, limits)
    agent.play(WEEK)
    return agent.restarted


@pytest.mark.parametrize(
    "course",
    [
        never_helped,
        one_good_reading_between,
        well_for(20 * MINUTE),
        well_for(23 * HOUR),
        unseen_for_a_while,
    ],
    ids=["never helped", "one good reading", "well for minutes", "well for 23 h", "unseen"],
)
def test_a_task_that_is_never_healthy_for_a_day_gets_its_restarts_once_in_a_week(
    course: Course, restarts: DynamoDbRestarts
) -> None:
    times = restarts_of(course, restarts)
    assert len(times) == LIMITS.attempts
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert all(gap >= backoff(n, MINUTE) for n, gap in enumerate(gaps, 1))


def test_a_day_of_health_without_a_break_gives_a_task_its_restarts_back(
    restarts: DynamoDbRestarts,
) -> None:
    times = restarts_of(healthy_for_a_day, restarts)
    assert len(times) > LIMITS.attempts
    for start in times:
        assert sum(start <= time < start + DAY for time in times) <= LIMITS.attempts


def test_what_comes_back_after_each_cure_goes_to_people_before_the_attempts_are_spent(
    restarts: DynamoDbRestarts,
) -> None:
    limits = Limits(attempts=20, illness_returns=2, illness_returns_window=WEEK)
    assert len(restarts_of(well_for(HOUR), restarts, limits)) == 2


def test_a_fix_that_does_not_help_goes_to_people_before_the_attempts_are_spent(
    restarts: DynamoDbRestarts,
) -> None:
    limits = Limits(attempts=20, ineffective_failures=2)
    assert len(restarts_of(never_helped, restarts, limits)) == 2
