from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from qlik_monitor.domain.maintenance import (
    WEEKDAYS,
    Schedule,
    Weekly,
    is_active,
    next_window,
    windows,
)

EVERY_DAY = [day.value for day in WEEKDAYS]


def weekly(begins: str, ends: str, zone: str = "Europe/Berlin", days: Any = EVERY_DAY) -> Schedule:
    return Schedule.model_validate(
        {"zone": zone, "weekly": {"days": days, "from": begins, "to": ends}}
    )


def once(begins: str, ends: str, zone: str = "Europe/Berlin") -> Schedule:
    return Schedule.model_validate({"zone": zone, "once": {"from": begins, "to": ends}})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def lasts(schedule: Schedule, day: str) -> list[str]:
    """The first window that begins at a moment or after it, as two times in UTC."""
    found = [w for w in windows(schedule, utc(day), days=3) if w.begins >= utc(day)]
    return [f"{moment:%dT%H:%M}" for window in found[:1] for moment in (window.begins, window.ends)]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-01-10T20:59", False),
        ("2026-01-10T21:00", True),
        ("2026-01-11T00:59", True),
        ("2026-01-11T01:00", False),
        ("2026-01-11T21:30", False),
    ],
    ids=["before", "first minute", "last minute, on sunday", "over", "the next evening"],
)
def test_a_window_crosses_midnight_into_a_day_it_does_not_begin_on(
    moment: str, expected: bool
) -> None:
    assert is_active(weekly("22:00", "02:00", days=["sat"]), utc(moment)) is expected


def test_a_whole_day_lasts_from_midnight_to_midnight() -> None:
    whole = weekly("00:00", "24:00", days=["mon"])
    assert lasts(whole, "2026-01-11T12:00") == ["11T23:00", "12T23:00"]


@pytest.mark.parametrize(
    ("begins", "ends", "zone", "day", "expected"),
    [
        ("02:15", "02:45", "Europe/Berlin", "2026-03-28T23:00", ["30T00:15", "30T00:45"]),
        ("02:30", "03:30", "Europe/Berlin", "2026-03-28T23:00", ["29T01:00", "29T01:30"]),
        ("01:30", "02:30", "Europe/Berlin", "2026-03-28T23:00", ["29T00:30", "29T01:00"]),
        ("22:00", "04:00", "Europe/Berlin", "2026-03-28T12:00", ["28T21:00", "29T02:00"]),
        ("02:30", "03:30", "America/New_York", "2026-03-08T05:00", ["08T07:00", "08T07:30"]),
        ("02:00", "03:00", "Europe/Berlin", "2026-10-24T22:00", ["25T00:00", "25T02:00"]),
        ("02:30", "02:45", "Europe/Berlin", "2026-10-24T22:00", ["25T00:30", "25T01:45"]),
        ("22:00", "04:00", "Europe/Berlin", "2026-10-24T12:00", ["24T20:00", "25T03:00"]),
        ("01:00", "02:00", "America/New_York", "2026-11-01T04:00", ["01T05:00", "01T07:00"]),
    ],
    ids=[
        "within the skipped hour: only the next day",
        "begins in the skipped hour",
        "ends in the skipped hour",
        "around the skipped hour",
        "begins in New York's skipped hour",
        "the hour that comes twice",
        "within the hour that comes twice",
        "around the hour that comes twice",
        "New York's hour that comes twice",
    ],
)
def test_a_window_follows_the_clocks_on_the_wall(
    begins: str, ends: str, zone: str, day: str, expected: list[str]
) -> None:
    assert lasts(weekly(begins, ends, zone), day) == expected


def test_a_window_may_take_place_once() -> None:
    moved = once("2026-12-05T20:00", "2026-12-06T08:00", "America/New_York")
    assert not is_active(moved, utc("2026-12-06T00:59"))
    assert is_active(moved, utc("2026-12-06T01:00"))
    assert not is_active(moved, utc("2026-12-06T13:00"))


def test_the_next_window_is_the_first_that_begins_later() -> None:
    schedule = weekly("22:00", "02:00", days=["sat"])
    found = next_window(schedule, utc("2026-01-10T21:30"))
    assert found is not None
    assert found.begins == utc("2026-01-17T21:00")
    assert next_window(once("2026-01-01T00:00", "2026-01-01T01:00"), utc("2026-02-01")) is None


def test_the_next_window_is_found_beyond_one_that_the_clocks_skip() -> None:
    found = next_window(weekly("02:15", "02:45", days=["sun"]), utc("2026-03-28T00:00"))
    assert found is not None
    assert found.begins == utc("2026-04-05T00:15")


@pytest.mark.parametrize(
    ("begins", "ends"), [("22:00", "22:00"), ("24:00", "02:00")], ids=["no time", "the day's end"]
)
def test_a_window_without_time_is_refused(begins: str, ends: str) -> None:
    with pytest.raises(ValidationError, match="leave no time"):
        weekly(begins, ends)


clocks = st.integers(0, 24 * 60 - 1)


@given(
    clocks,
    clocks,
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),
)
def test_windows_come_in_order_and_last_a_day_and_an_hour_at_most(
    begins: int, ends: int, zone: str, moment: datetime
) -> None:
    if begins == ends:
        return
    clock = [f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (begins, ends)]
    days = Weekly.model_validate({"days": EVERY_DAY, "from": clock[0], "to": clock[1]})
    found = list(windows(Schedule(zone=zone, weekly=days), moment.replace(tzinfo=UTC), days=3))
    assert [one.begins for one in found] == sorted(one.begins for one in found)
    assert all(timedelta(0) < one.ends - one.begins <= timedelta(hours=25) for one in found)
