from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.console_chart import (
    HEIGHT,
    WIDTH,
    Frame,
    chart_of,
    sparkline,
    state_spans,
)
from qlik_monitor.domain.task import TaskState
from tests.fakes.builders import NOON, later
from tests.fakes.history import a_point

HOUR = Frame(NOON, later(hours=1))
PAUSE = timedelta(minutes=12)


def series(*values: float | None) -> list[tuple[object, float | None]]:
    return [(later(minutes=5 * number), value) for number, value in enumerate(values)]


def test_a_series_is_one_line_within_its_frame() -> None:
    chart = chart_of(series(0, 2, 4), HOUR, PAUSE)  # type: ignore[arg-type]
    assert chart.lines == ("0,100 83.3,50 166.7,0",)
    assert chart.y_ticks == (4, 3, 2, 1, 0)
    assert (chart.lowest, chart.highest, chart.last) == (0, 4, 4)


def test_what_is_unknown_is_a_hole_and_no_zero() -> None:
    chart = chart_of(series(4, None, 4, 4), HOUR, PAUSE)  # type: ignore[arg-type]
    assert chart.lines == ("0,0 0,0", "166.7,0 250,0")


def test_a_pause_without_readings_is_a_hole() -> None:
    points = [(NOON, 1.0), (later(minutes=30), 1.0), (later(minutes=35), 1.0)]
    assert len(chart_of(points, HOUR, PAUSE).lines) == 2


def test_nothing_known_draws_nothing_and_has_no_figures() -> None:
    chart = chart_of(series(None, None), HOUR, PAUSE)  # type: ignore[arg-type]
    assert chart.lines == ()
    assert (chart.lowest, chart.highest, chart.last) == (None, None, None)


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 4), (3, 4), (250, 320), (1200, 1200), (4_000_000, 4_000_000)]
)
def test_an_axis_ends_at_a_round_number(highest: float, top: float) -> None:
    assert chart_of([(NOON, highest)], HOUR, PAUSE).y_ticks[0] == top


@pytest.mark.parametrize(
    ("highest", "top"),
    [
        (0, 4),
        (50, 60),
        (1100, 1200),
        (7200, 7200),
        (86400 * 3, 86400 * 4),
        (86400 * 30, 86400 * 32),
    ],
)
def test_an_axis_of_durations_ends_at_one_that_people_think_in(highest: float, top: float) -> None:
    assert chart_of([(NOON, highest)], HOUR, PAUSE, in_seconds=True).y_ticks[0] == top


def test_a_threshold_beyond_the_picture_is_not_drawn() -> None:
    low = chart_of([(NOON, 100)], HOUR, PAUSE, threshold=600, in_seconds=True)
    high = chart_of([(NOON, 1200)], HOUR, PAUSE, threshold=600, in_seconds=True)
    assert (low.threshold, high.threshold) == (None, 50)


def test_a_stretch_of_time_is_cut_at_the_frame_and_never_too_thin_to_see() -> None:
    assert HOUR.span(later(hours=-5), None, "").width == WIDTH
    moment = HOUR.span(later(hours=1), later(hours=1), "")
    assert moment.width > 0
    assert moment.x + moment.width <= WIDTH


def test_states_follow_one_another_and_a_pause_is_left_open() -> None:
    error = TaskState.ERROR
    points = [
        a_point(0),
        a_point(5),
        a_point(10, state=error),
        a_point(15, state=error),
        a_point(50),
    ]
    spans = state_spans(points, HOUR, PAUSE)
    assert [(span.words, span.x) for span in spans] == [
        ("RUNNING", 0.0),
        ("ERROR", 166.7),
        ("RUNNING", 833.3),
    ]
    assert spans[1].x + spans[1].width < 300


@given(st.lists(st.none() | st.floats(0, 1e9), max_size=40))
def test_a_sparkline_stays_within_its_picture(values: list[float | None]) -> None:
    for line in sparkline(values):
        places = [tuple(map(float, place.split(","))) for place in line.split()]
        assert len(places) >= 2
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)
        assert all(before[0] <= after[0] for before, after in pairwise(places))


def test_a_sparkline_of_nothing_is_nothing() -> None:
    assert sparkline([]) == sparkline([None, None]) == ()
