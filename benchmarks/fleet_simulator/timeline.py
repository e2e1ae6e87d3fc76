"""Simulated time: seconds since a Saturday's midnight, so that two Sundays fit in nine days."""

from datetime import UTC, datetime, timedelta

BEGINNING = datetime(2026, 1, 3, tzinfo=UTC)
MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0


def moment(seconds: float) -> datetime:
    """Say which moment that is."""
    return BEGINNING + timedelta(seconds=seconds)


def is_weekend(day: int) -> bool:
    """Tell whether a day, counted from the beginning, is a Saturday or a Sunday."""
    return day % 7 in (0, 1)


def is_sunday(day: int) -> bool:
    """Tell whether a day, counted from the beginning, is a Sunday."""
    return day % 7 == 1
