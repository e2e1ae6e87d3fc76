from datetime import datetime, timedelta

from qlik_monitor.domain.breaker import MOST_FAILURES, TRIAL_LASTS, Breaker, BreakerState
from qlik_monitor.domain.limits import Limits
from tests.fakes.builders import NOON, later

LIMITS = Limits()
"""Three failures within an hour open a breaker for half an hour."""


def failed(*minutes: float) -> Breaker:
    breaker = Breaker(endpoint="Oracle PROD")
    for minute in minutes:
        breaker = breaker.with_failure(f"r{minute}", later(minutes=minute))
    return breaker


def state(breaker: Breaker, now: datetime) -> BreakerState:
    return breaker.state(LIMITS, now)


def test_too_few_failures_leave_it_closed() -> None:
    assert state(failed(0, 1), later(minutes=1)) is BreakerState.CLOSED
    assert state(failed(0, 30, 60), later(minutes=60)) is BreakerState.CLOSED


def test_enough_failures_within_the_window_open_it_and_time_half_opens_it() -> None:
    breaker = failed(0, 30, 59)
    assert state(breaker, later(minutes=59)) is BreakerState.OPEN
    assert state(breaker, later(minutes=88.9)) is BreakerState.OPEN
    assert state(breaker, later(minutes=89)) is BreakerState.HALF_OPEN
    reading = breaker.read(LIMITS, later(minutes=59))
    assert (reading.used, reading.allowed, reading.of) == (3, 3, "Oracle PROD")
    assert reading.until == later(minutes=89)
    assert "BREAKER_FAILURES=3" in str(reading.refuses)


def test_half_open_it_waits_for_its_trial_for_a_window_and_is_closed_then() -> None:
    breaker = failed(0, 1, 2)
    assert state(breaker, later(minutes=91.9)) is BreakerState.HALF_OPEN
    assert state(breaker, later(minutes=92)) is BreakerState.CLOSED
    assert state(breaker, later(days=30)) is BreakerState.CLOSED
    assert breaker.read(LIMITS, later(days=30)).refuses is None


def test_a_trial_under_way_is_waited_for_beyond_that() -> None:
    breaker = failed(0, 1, 2).tried_by("mine", later(minutes=91))
    assert state(breaker, later(minutes=100)) is BreakerState.TRYING
    failing = breaker.with_failure("mine", later(minutes=101))
    assert state(failing, later(minutes=102)) is BreakerState.OPEN
    assert state(breaker, later(minutes=91) + TRIAL_LASTS) is BreakerState.CLOSED


def test_failures_of_an_outage_that_is_long_over_count_no_more() -> None:
    breaker = failed(0, 1, 2).with_failure("new", later(days=30))
    assert state(breaker, later(days=30)) is BreakerState.CLOSED


def test_one_restart_tries_and_nothing_else_passes() -> None:
    breaker = failed(0, 1, 2).tried_by("mine", later(minutes=40))
    assert state(breaker, later(minutes=41)) is BreakerState.TRYING
    assert "lets one restart try" in str(breaker.read(LIMITS, later(minutes=41)).refuses)


def test_a_trial_that_helped_closes_it_and_forgets_the_failures() -> None:
    breaker = failed(0, 1, 2).tried_by("mine", later(minutes=40)).with_success("mine")
    assert breaker == Breaker(endpoint="Oracle PROD")
    assert state(breaker, later(minutes=41)) is BreakerState.CLOSED


def test_a_trial_that_failed_opens_it_anew_by_itself() -> None:
    breaker = failed(0, 1, 2).tried_by("mine", later(hours=5))
    breaker = breaker.with_failure("mine", later(hours=5, minutes=10))
    assert state(breaker, later(hours=5, minutes=39)) is BreakerState.OPEN
    assert state(breaker, later(hours=5, minutes=40)) is BreakerState.HALF_OPEN


def test_a_trial_that_qlik_refused_says_nothing_and_lets_the_next_one_try() -> None:
    breaker = failed(0, 1, 2).tried_by("mine", later(hours=1)).with_nothing("mine")
    assert state(breaker, later(hours=1)) is BreakerState.HALF_OPEN


def test_a_trial_of_which_nothing_is_heard_is_given_to_another() -> None:
    limits = Limits(breaker_window=timedelta(days=1))
    breaker = failed(0, 1, 2).tried_by("lost", later(hours=1))
    assert breaker.state(limits, later(hours=1) + TRIAL_LASTS) is BreakerState.HALF_OPEN


def test_the_success_of_another_restart_does_not_close_it() -> None:
    breaker = failed(0, 1, 2)
    assert breaker.with_success("another") == breaker
    tried = breaker.tried_by("mine", later(hours=1))
    assert tried.with_success("another") == tried
    assert tried.with_nothing("another") == tried


def test_a_failure_that_is_told_twice_counts_once() -> None:
    breaker = failed(0, 1)
    assert breaker.with_failure("r1", later(minutes=5)) == breaker
    tried = failed(0, 1, 2).tried_by("mine", later(hours=1)).with_failure("mine", later(hours=1))
    assert tried.with_failure("mine", later(hours=2)) == tried


def test_a_failure_while_it_is_open_keeps_it_open_for_longer() -> None:
    assert state(failed(0, 1, 2, 20), later(minutes=49)) is BreakerState.OPEN


def test_it_does_not_grow_without_end() -> None:
    breaker = failed(*range(MOST_FAILURES + 50))
    assert len(breaker.failures) == MOST_FAILURES
    most = Limits(breaker_failures=MOST_FAILURES, breaker_window=later(days=1) - NOON)
    assert breaker.state(most, later(minutes=MOST_FAILURES + 50)) is BreakerState.OPEN
