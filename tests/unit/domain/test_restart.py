from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.restart import RestartLimit, backoff
from tests.fakes.builders import NOON

LIMIT = RestartLimit(attempts=3, window=timedelta(hours=24))


@pytest.mark.parametrize(
    ("hours", "reached"),
    [((), False), ((1, 2), False), ((1, 2, 3), True), ((1, 2, 24), False), ((23, 23, 23), True)],
    ids=["none", "one left", "three", "one is just outside", "three just inside"],
)
def test_so_many_restarts_fit_into_a_window(hours: tuple[int, ...], reached: bool) -> None:
    times = tuple(NOON - timedelta(hours=hour) for hour in hours)
    assert LIMIT.is_reached(times, NOON) is reached


@pytest.mark.parametrize(
    ("failed", "minutes"), [(0, 0), (1, 2), (2, 6), (3, 12), (7, 56), (8, 60), (50, 60)]
)
def test_the_wait_grows_with_each_failure_up_to_a_cap(failed: int, minutes: int) -> None:
    assert backoff(failed, timedelta(minutes=1)) == timedelta(minutes=minutes)


@given(st.integers(0, 10**6))
def test_the_wait_never_shrinks(failed: int) -> None:
    unit = timedelta(seconds=60)
    assert backoff(failed, unit) <= backoff(failed + 1, unit) <= 60 * unit
