from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.console_chart import Chart, Frame, chart_of
from qlik_monitor.domain.console_thinning import (
    MOST_POINTS,
    MOST_SPANS,
    Series,
    merging,
    thinned,
    with_holes,
)
from tests.fakes.builders import NOON, later

EVERY = timedelta(minutes=5)
PAUSE = timedelta(minutes=12)
WEEK = timedelta(days=7)


def series(*values: float | None) -> Series:
    return [(NOON + number * EVERY, value) for number, value in enumerate(values)]


def drawn(values: Series) -> Chart:
    return chart_of(values, Frame(NOON, NOON + WEEK), PAUSE)


def heights(chart: Chart) -> set[float]:
    """Return how high the line gets, in values."""
    top = chart.y_ticks[0]
    places = (place for line in chart.lines for place in line.split())
    return {round((1 - float(place.partition(",")[2]) / 100) * top) for place in places}


def test_figures_count_every_value_however_many_there_are() -> None:
    # The peaks of one series lie where another one is low: each has to be looked at by itself.
    rates = drawn(series(*(4000 if n % 4 == 1 else 1000 for n in range(1200))))
    assert (rates.lowest, rates.highest, rates.last) == (1000, 4000, 1000)
    assert heights(rates) == {1000, 4000}
    assert rates.merged == timedelta(hours=1)


def test_a_few_values_are_drawn_as_they_are() -> None:
    assert drawn(series(*range(MOST_POINTS))).merged is None
    assert merging(MOST_POINTS + 1, WEEK) == timedelta(hours=1)
    assert merging(MOST_POINTS + 1, 2 * WEEK) == timedelta(hours=2)
    assert merging(9999, timedelta(days=9999)) == timedelta(days=28)


def test_a_hole_stays_a_hole_as_wide_as_it_was() -> None:
    values: list[float | None] = [7.0] * 2016
    values[1001] = values[1500] = None
    chart = drawn(series(*values))
    assert len(chart.lines) == 3
    [_, begins, _] = [line.split()[0] for line in chart.lines]
    [ends, _, _] = [line.split()[-1] for line in chart.lines]
    frame = Frame(NOON, NOON + WEEK)
    assert [float(one.split(",")[0]) for one in (ends, begins)] == [
        frame.x(NOON + 1000 * EVERY),
        frame.x(NOON + 1002 * EVERY),
    ]


def test_a_pause_without_readings_is_no_line_however_many_values_there_are() -> None:
    values = [one for one in series(*([1.0] * 2016)) if not 600 <= (one[0] - NOON) / EVERY < 900]
    assert len(drawn(values).lines) == 2


def test_one_that_is_down_in_every_third_reading_is_drawn_with_as_many_holes_as_there_is_room() -> (
    None
):
    chart = drawn(series(*(None if n % 3 == 2 else n % 2 * 99.0 + 1 for n in range(2016))))
    assert len(chart.lines) >= MOST_SPANS
    assert heights(chart) == {1, 100}


VALUES = st.lists(st.none() | st.integers(0, 9).map(float), max_size=300)


@given(VALUES, st.integers(1, 40))
def test_thinning_loses_no_extreme_and_bridges_no_hole(
    values: list[float | None], readings: int
) -> None:
    whole, width = series(*values), readings * EVERY
    kept = thinned(whole, NOON, width)
    known = [(at, value) for at, value in whole if value is not None]
    left = [(at, value) for at, value in kept if value is not None]
    assert set(left) <= set(known)
    for within in {(at - NOON) // width for at, _ in known}:
        all_of = [value for at, value in known if (at - NOON) // width == within]
        found = [value for at, value in left if (at - NOON) // width == within]
        assert (min(found), max(found)) == (min(all_of), max(all_of))
        assert len(found) <= 6
    for (begins, value), (ends, following) in pairwise(kept):
        if value is not None and following is not None:
            assert all(one is not None for at, one in whole if begins <= at <= ends)


@pytest.mark.parametrize("minutes", [13, 600])
def test_values_that_lie_too_far_apart_have_a_hole_between_them(minutes: int) -> None:
    found = with_holes([(NOON, 1.0), (later(minutes=minutes), 2.0)], PAUSE)
    assert [value for _, value in found] == [1.0, None, 2.0]
