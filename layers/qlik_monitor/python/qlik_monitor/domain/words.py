"""Numbers as people read them, with their units."""

import math
from datetime import UTC, datetime

UNKNOWN = "-"
MINUTE, HOUR, DAY = 60, 3600, 86_400


def seconds(value: float | None) -> str:
    """Write a duration: `95 s`, `12 min`, `3.5 h`, `2.1 d`."""
    if value is None:
        return UNKNOWN
    for unit, length in (("d", DAY), ("h", HOUR), ("min", MINUTE)):
        if value >= 2 * length or (value and value % length == 0):
            return f"{_short(value / length)} {unit}"
    return f"{_short(value)} s"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def percent(share: float) -> str:
    """Write a share of one: `82 %`, `84.9 %`; rounded down, so that no limit looks reached."""
    # Rounded finely first: 0.29 times 1000 is a little less than 290.
    return f"{math.floor(round(share * 1000, 6)) / 10:g} %"


def magnitude(value: float | None) -> str:
    """Write a count or a rate in a few characters: `0.25`, `950`, `1.2k`, `35.1M`."""
    if value is None:
        return UNKNOWN
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.{1 if value >= 10 * size else 2}f}{unit}"
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.2g}"


def utc(moment: datetime) -> str:
    """Write a moment in UTC, to the minute."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
