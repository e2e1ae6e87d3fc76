from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.baseline import (
    DAY,
    HOUR,
    KEPT_DAYS,
    Finished,
    HourRow,
    HourTally,
    is_usual,
    learnt,
    tallied,
    usual_latency,
    usual_rate,
    with_row,
)

TODAY = 20_500
NOW = TODAY * DAY + 2 * HOUR


def nights(*highs: int, apart: int = 1) -> tuple[HourRow, ...]:
    """Rows of the last days, or weeks, up to yesterday; the newest last."""
    return tuple(
        HourRow(TODAY - apart * (len(highs) - number), high, rate=high * 2)
        for number, high in enumerate(highs)
    )


@pytest.mark.parametrize(
    ("rows", "usual"),
    [
        ((), None),
        (nights(900, 900), None),
        (nights(900, 5, 5), 5),
        (nights(900, 800, 5), 800),
        (nights(900, 900, *[5] * 7), 5),
        (nights(900, apart=7), None),
        (nights(900, 850, apart=7), 850),
        (nights(*[5] * 6, 900), 5),
    ],
    ids=[
        "nothing known",
        "two nights are no habit",
        "one bad night is no habit",
        "two of three",
        "a habit that ended",
        "one week",
        "every week",
        "last night alone",
    ],
)
def test_a_habit_has_shown_itself_twice(rows: tuple[HourRow, ...], usual: int | None) -> None:
    assert usual_latency(rows, NOW) == usual


def test_what_is_usual_has_some_room() -> None:
    assert is_usual(1100, nights(800, 800, 800), NOW)
    assert not is_usual(1101, nights(800, 800, 800), NOW)
    assert not is_usual(1, (), NOW)


def test_today_never_counts_for_itself() -> None:
    assert usual_latency((*nights(5, 5, 5), HourRow(TODAY, 9000)), NOW) == 5


def test_the_usual_rate_is_a_median_of_the_same_hour() -> None:
    assert usual_rate(nights(10, 20, 30), NOW) == 40
    assert usual_rate(nights(10, 20), NOW) is None
    assert usual_rate(nights(10, 30, apart=7), NOW) == 40


def test_a_row_of_the_same_day_replaces_the_first_and_old_ones_go() -> None:
    rows = with_row(nights(1, 2, 3), HourRow(TODAY - 1, 7))
    assert [row.high for row in rows] == [1, 2, 7]
    assert with_row(rows, HourRow(TODAY + KEPT_DAYS, 9)) == (HourRow(TODAY + KEPT_DAYS, 9),)


def test_a_task_that_is_new_begins_with_its_first_row() -> None:
    row = HourRow(TODAY, 5)
    assert learnt({"old": nights(1)}, {"new": row}) == {"old": nights(1), "new": (row,)}


def hours_of(readings: Sequence[tuple[int, int | None, int | None]]) -> list[Finished]:
    tally: HourTally | None = None
    finished = []
    for minute, latency, rate in readings:
        tally, done = tallied(tally, TODAY * DAY + 60 * minute, latency, rate)
        finished += [done] if done else []
    return finished


def test_an_hour_is_finished_with_its_neighbours_and_holds_the_highest_of_the_three() -> None:
    by_hour = {0: (10, 100), 1: (900, 200), 2: (20, 300), 3: (30, 400)}
    readings = [(60 * hour + m, *by_hour[hour]) for hour in by_hour for m in range(0, 60, 5)]
    assert hours_of(readings) == [
        Finished(0, HourRow(TODAY, 900, 100)),
        Finished(1, HourRow(TODAY, 900, 200)),
    ]


def test_an_hour_beside_one_without_a_reading_is_not_finished() -> None:
    readings = [(0, 5, 1), (65, 5, 1), (300, 5, 1), (365, 5, 1), (500, 5, 1)]
    assert [done.hour for done in hours_of(readings)] == [0, 5]


def test_an_unknown_rate_is_no_rate_of_zero() -> None:
    readings = [(0, 5, None), (65, 5, 10), (125, 5, 10)]
    assert hours_of(readings) == [Finished(0, HourRow(TODAY, 5, None))]


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 10**6)), max_size=60))
def test_no_hour_is_finished_twice(readings: list[tuple[int, int]]) -> None:
    finished = hours_of([(minute, latency, None) for minute, latency in sorted(readings)])
    keys = [(one.row.day, one.hour) for one in finished]
    assert len(keys) == len(set(keys))


def test_a_task_that_is_gone_for_four_weeks_is_forgotten() -> None:
    row = HourRow(TODAY + KEPT_DAYS, 5)
    assert learnt({"gone": nights(1)}, {"here": row}) == {"here": (row,)}
