"""Baselines: what was usual for a task at this hour, on earlier days.

A task that falls a quarter of an hour behind in every nightly batch is not ill at night, and is
ill at noon. For each hour of the day (UTC) a task has rows of the last days: the highest latency
of the three hours around, since batches do not begin to the minute, and the records applied a
second.
"""

from collections.abc import Mapping
from statistics import median
from typing import NamedTuple

HOUR = 3600
DAY = 24 * HOUR
KEPT_DAYS = 28
"""Four weeks: a weekly batch has then been seen four times."""
DAILY_DAYS = 7
"""A daily habit is looked for within the last week, so that one that ended is forgotten."""
LEAST_DAILY = 3
"""Days that are needed before an hour has a daily habit."""
LEAST_WEEKLY = 2
"""Weeks that are needed before an hour of the week has a habit."""
ALLOWANCE = 1.3
"""No two nights are alike: a latency up to this many times the usual one counts as usual."""
ALLOWANCE_SECONDS = 60


class HourRow(NamedTuple):
    """What one task did in one hour of one day."""

    day: int
    """Days since 1970."""
    high: int
    """Highest latency in seconds."""
    rate: int | None = None
    """Records a second, the mean over the hour; None if unknown."""


Baseline = tuple[HourRow, ...]
"""Rows of one task and one hour of the day, oldest first."""
Baselines = Mapping[str, Mapping[str, Baseline]]
"""The baselines of the present hour, by server, then by task."""


def hour_of(at: int) -> int:
    """Return the hour of the day, UTC, of a moment in seconds since 1970."""
    return at % DAY // HOUR


def day_of(at: int) -> int:
    """Return the day since 1970 of a moment in seconds since 1970."""
    return at // DAY


def usual_latency(baseline: Baseline, at: int) -> int | None:
    """Return the latency in seconds that is usual at this hour, or None if no habit is known.

    A habit has shown itself twice: the second highest of the last week, or of the same weekday in
    the last four weeks, whichever is higher. One bad night alone is no habit.
    """
    today = day_of(at)
    past = [row for row in baseline if row.day < today]
    daily = [row.high for row in past if row.day >= today - DAILY_DAYS]
    weekly = [row.high for row in past if (today - row.day) % 7 == 0]
    habits = [
        sorted(highs)[-2]
        for highs, least in ((daily, LEAST_DAILY), (weekly, LEAST_WEEKLY))
        if len(highs) >= least
    ]
    return max(habits, default=None)


def is_usual(latency: int, baseline: Baseline, at: int) -> bool:
    """Tell whether a latency is no higher than it often is at this hour."""
    usual = usual_latency(baseline, at)
    return usual is not None and latency <= ALLOWANCE * usual + ALLOWANCE_SECONDS


def usual_rate(baseline: Baseline, at: int) -> float | None:
    """Return the records a second that are usual at this hour, or None if not known.

    The median of the same weekday's hours where there are enough, else of the last week's.
    """
    today = day_of(at)
    rates = [(row.day, row.rate) for row in baseline if row.rate is not None and row.day < today]
    weekly = [rate for day, rate in rates if (today - day) % 7 == 0]
    daily = [rate for day, rate in rates if day >= today - DAILY_DAYS]
    if len(weekly) >= LEAST_WEEKLY:
        return median(weekly)
    return median(daily) if len(daily) >= LEAST_DAILY else None


def with_row(baseline: Baseline, row: HourRow) -> Baseline:
    """Add a day's row, or replace it when a step is run twice; old days are forgotten."""
    rest = [one for one in baseline if one.day != row.day and one.day > row.day - KEPT_DAYS]
    return tuple(sorted([*rest, row]))


def learnt(known: Mapping[str, Baseline], rows: Mapping[str, HourRow]) -> dict[str, Baseline]:
    """Add the rows that were finished to the baselines of their hour, both by task name.

    A task that has no row of the last four weeks is gone, and forgotten.
    """
    today = max((row.day for row in rows.values()), default=0)
    alive = {task: past for task, past in known.items() if past[-1].day > today - KEPT_DAYS}
    return alive | {task: with_row(known.get(task, ()), row) for task, row in rows.items()}


class HourTally(NamedTuple):
    """What is gathered of the present hour, and of the two before."""

    hour: int
    """Hours since 1970."""
    high: int = 0
    rates: int = 0
    """Sum of the known rates."""
    readings: int = 0
    """How many rates were known."""
    high_before: int | None = None
    """None if there was no reading in the hour before."""
    high_two_before: int | None = None
    rate_before: int | None = None


class Finished(NamedTuple):
    """An hour whose neighbours are known, too: ready for its baseline."""

    hour: int
    """Hour of the day."""
    row: HourRow


def tallied(
    tally: HourTally | None, at: int, latency: int | None, rate: int | None
) -> tuple[HourTally, Finished | None]:
    """Count one reading in; return the hour before the last one when an hour has ended."""
    hour = at // HOUR
    finished = None
    if tally is None or hour < tally.hour:
        tally = HourTally(hour=hour)
    elif hour > tally.hour:
        finished = _finished(tally)
        tally = _next(tally, hour)
    return (
        tally._replace(
            high=max(tally.high, latency or 0),
            rates=tally.rates + (rate or 0),
            readings=tally.readings + (rate is not None),
        ),
        finished,
    )


def _finished(tally: HourTally) -> Finished | None:
    if tally.high_before is None:
        return None
    before = tally.hour - 1
    high = max(tally.high_two_before or 0, tally.high_before, tally.high)
    row = HourRow(day=before * HOUR // DAY, high=high, rate=tally.rate_before)
    return Finished(hour=before % 24, row=row)


def _next(tally: HourTally, hour: int) -> HourTally:
    if hour > tally.hour + 1:
        # Hours without a reading: their neighbours are not known.
        return HourTally(hour=hour)
    rate = round(tally.rates / tally.readings) if tally.readings else None
    return HourTally(
        hour=hour,
        high_before=tally.high,
        high_two_before=tally.high_before,
        rate_before=rate,
    )
