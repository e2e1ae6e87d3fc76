from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.console_chart import HEIGHT, WIDTH, Frame
from qlik_monitor.domain.console_forecast import (
    AHEAD,
    Foreseen,
    band_of,
    foresee,
    highest_of,
    window_of,
)
from qlik_monitor.domain.forecast import Breach, time_to_breach
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.task import TaskState
from tests.fakes.builders import NOON, later
from tests.fakes.history import a_point

LAG = 600.0


def read(*latencies: float | None, **changes: Any) -> list[HistoryPoint]:
    """Readings every five minutes, the last one at noon."""
    ahead = 5 * (len(latencies) - 1)
    return [
        a_point(
            5 * number - ahead,
            total_latency_seconds=None if value is None else int(value),
            applied=100 * number,
            **changes,
        )
        for number, value in enumerate(latencies)
    ]


def rising(count: int = 18, start: float = 60, step: float = 20) -> list[HistoryPoint]:
    return read(*(start + step * number for number in range(count)))


def places(text: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def test_a_clear_rise_is_told_as_the_agent_foresees_it() -> None:
    points = rising()
    foreseen = foresee(points, LAG, NOON)
    told = time_to_breach(window_of(points), LAG)
    assert isinstance(told, Breach)
    assert foreseen.starts == NOON
    assert foreseen.words.startswith(f"In about {told.likely:.0f} min it crosses 10 min (")
    assert f"({told.earliest:.0f} to {told.latest:.0f} min)" in foreseen.words
    fast, likely, slow = foreseen.rates
    assert fast > likely > slow > 0
    # 20 seconds in five minutes.
    assert likely == pytest.approx(20 / 300, rel=0.01)
    assert foreseen.level == pytest.approx(400, abs=5)


def test_a_rise_that_the_agent_would_not_warn_of_says_so() -> None:
    unsure = foresee(rising(count=8, start=100, step=30), LAG, NOON)
    assert unsure.starts == NOON
    assert "not sure or near enough for a warning" in unsure.words
    sure = foresee(rising(count=24, start=10, step=22), LAG, NOON)
    assert "warning" not in sure.words


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([], "there is no reading"),
        (rising(4), "too few readings since it runs (4 over 15 min; it takes 6 over 20 min)"),
        (read(*[30] * 18), "not rising"),
        (read(*(400 - 20 * number for number in range(18))), "not rising"),
        (read(*[30, 32, 34, 31, 33] * 2, *[300, 302, 304]), "a step"),
        (rising(start=600), "at the threshold already"),
        (read(*[30] * 17, None), "unknown"),
        (read(*[30] * 18, state=TaskState.ERROR), "not running (ERROR)"),
        (read(*[30] * 18, state=TaskState.STOPPED), "not running (STOPPED)"),
    ],
)
def test_where_there_is_no_forecast_it_says_why(points: list[HistoryPoint], said: str) -> None:
    foreseen = foresee(points, LAG, NOON)
    assert said in foreseen.words
    assert (foreseen.starts, foreseen.ends) == (None, None)
    assert band_of(foreseen, Frame(later(hours=-1), NOON), LAG) is None
    assert highest_of(foreseen, LAG) == 0


def test_a_task_that_was_not_read_lately_has_no_forecast() -> None:
    assert "not read lately" in foresee(rising(), LAG, later(minutes=30)).words
    assert foresee(rising(), LAG, later(minutes=14)).starts == NOON


def test_a_restart_begins_the_window_anew() -> None:
    points = rising(12)
    begun = [*points[:6], *(a_point(5 * n - 25, applied=n) for n in range(6))]
    assert len(window_of(begun)) == 6
    assert len(window_of(points)) == 12


def test_another_state_begins_the_window_anew() -> None:
    points = rising(6)
    before = a_point(-30, state=TaskState.RECOVERY, applied=0)
    assert len(window_of([before, *points])) == 6


def test_a_long_gap_begins_the_window_anew_and_slow_readings_do_not() -> None:
    points = rising(6)
    assert len(window_of([a_point(-125, applied=0), a_point(-120, applied=0), *points])) == 6
    slow = [a_point(90 * number, applied=number) for number in range(4)]
    assert len(window_of(slow)) == 4


def test_unknown_latencies_are_left_out_of_the_window() -> None:
    assert len(window_of(read(1, None, 3))) == 2


def test_a_band_goes_from_the_newest_reading_to_an_hour_ahead() -> None:
    foreseen = Foreseen(words="", starts=NOON, level=200, rates=(0.1, 0.05, 0.02))
    frame = Frame(later(hours=-1), later(hours=1))
    band = band_of(foreseen, frame, 1000)
    assert band is not None
    assert places(band.line) == [(500, 80), (1000, 62)]
    assert places(band.area) == [(500, 80), (1000, 44), (1000, 72.8)]
    assert foreseen.ends == NOON + AHEAD


def test_a_band_that_leaves_the_picture_runs_along_its_edge() -> None:
    foreseen = Foreseen(words="", starts=NOON, level=200, rates=(1.0, 0.5, 0.0))
    band = band_of(foreseen, Frame(later(hours=-1), later(hours=1)), 1000)
    assert band is not None
    # 800 seconds more at one a second take 800 seconds, of the 7200 that the picture shows.
    assert places(band.area) == [(500, 80), (611.1, 0), (1000, 0), (1000, 80)]


def test_a_picture_reaches_the_threshold_that_is_about_to_be_crossed() -> None:
    slow = Foreseen(words="", starts=NOON, level=100, rates=(0.1, 0.01, 0.0))
    assert highest_of(slow, LAG) == LAG
    fast = Foreseen(words="", starts=NOON, level=100, rates=(9.0, 9.0, 9.0))
    assert highest_of(fast, LAG) == 2 * LAG


@given(
    st.lists(st.integers(0, 3000) | st.none(), min_size=0, max_size=40),
    st.floats(60, 5000),
    st.floats(100, 20_000),
)
def test_whatever_was_read_stays_within_the_picture(
    latencies: list[int | None], threshold: float, top: float
) -> None:
    now: datetime = NOON + timedelta(minutes=1)
    foreseen = foresee(read(*latencies), threshold, now)
    assert foreseen.words
    frame = Frame(later(hours=-1), max(now, foreseen.ends or now))
    if band := band_of(foreseen, frame, top):
        for x, y in places(f"{band.area} {band.line}"):
            assert 0 <= x <= WIDTH
            assert 0 <= y <= HEIGHT
