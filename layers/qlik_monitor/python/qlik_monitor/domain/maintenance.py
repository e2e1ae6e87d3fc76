"""Maintenance windows: wall-clock times of a time zone, and the moments that they mean.

Twice a year wall clocks jump. A window begins when its `from` is first shown and ends when its
`to` is last shown, so an hour that comes twice lies in it twice. A time that clocks skip means the
moment at which they jump; a window that lies in the skipped hour whole does not take place.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, NoReturn, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from qlik_monitor.domain.model import Frozen

DAY_MINUTES = 24 * 60
AHEAD = 15
"""Days looked ahead: a week, and one more for a window that falls into a skipped hour."""
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")


class Weekday(StrEnum):
    """A day of the week, in the order that Python counts them."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


WEEKDAYS = tuple(Weekday)


def _minutes(value: object) -> object:
    matched = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    minutes = int(matched[1]) * 60 + int(matched[2]) if matched else DAY_MINUTES + 1
    if minutes > DAY_MINUTES:
        raise PydanticCustomError("clock", "is not a time from 00:00 to 24:00, such as 22:00")
    return minutes


def _local(value: object) -> object:
    if not (isinstance(value, str) and _LOCAL.fullmatch(value)):
        _no_local_time()
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        _no_local_time()


def _no_local_time() -> NoReturn:
    raise PydanticCustomError(
        "local_time", "is not a date and time without offset, such as 2026-12-24T20:00"
    )


Minutes = Annotated[int, BeforeValidator(_minutes)]
LocalTime = Annotated[datetime, BeforeValidator(_local)]


class Window(Frozen):
    """One stretch of time, in UTC; its end does not belong to it."""

    begins: datetime
    ends: datetime

    def holds(self, moment: datetime) -> bool:
        """Tell whether a moment lies in it."""
        return self.begins <= moment < self.ends


class Weekly(Frozen):
    """A window on days of the week; one that ends at or before its beginning ends a day later."""

    days: Annotated[frozenset[Weekday], Field(min_length=1)]
    """The days on which it begins."""
    begins: Annotated[Minutes, Field(alias="from")]
    ends: Annotated[Minutes, Field(alias="to")]

    @model_validator(mode="after")
    def _takes_time(self) -> Self:
        if self.begins in (self.ends, DAY_MINUTES):
            raise PydanticCustomError(
                "window", "'from' and 'to' leave no time; say 00:00 and 24:00"
            )
        return self

    def window(self, day: date, zone: tzinfo) -> tuple[Window, ...]:
        """Return the window that begins on a day, or none."""
        if WEEKDAYS[day.weekday()] not in self.days:
            return ()
        ends = self.ends if self.ends > self.begins else self.ends + DAY_MINUTES
        midnight = datetime.combine(day, time())
        begins, until = (
            midnight + timedelta(minutes=self.begins),
            midnight + timedelta(minutes=ends),
        )
        return _window(begins, until, zone)


class OneOff(Frozen):
    """A window that takes place once."""

    begins: Annotated[LocalTime, Field(alias="from")]
    ends: Annotated[LocalTime, Field(alias="to")]

    @model_validator(mode="after")
    def _takes_time(self) -> Self:
        if self.ends <= self.begins:
            raise PydanticCustomError("window", "'to' is not after 'from'")
        return self


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """Return a time zone of the IANA database; raises what ZoneInfo raises."""
    return ZoneInfo(name)


def is_time_zone(name: str) -> bool:
    """Tell whether a name is one of the IANA database's."""
    try:
        zone_of(name)
    except (ValueError, OSError, LookupError):
        # Names such as ../etc or a folder's raise more than ZoneInfoNotFoundError.
        return False
    return True


class Schedule(Frozen):
    """When an entry's windows are; one of the two is given."""

    zone: str
    weekly: Weekly | None = None
    once: OneOff | None = None


def is_active(schedule: Schedule, now: datetime) -> bool:
    """Tell whether a window lasts at a moment."""
    return any(window.holds(now) for window in windows(schedule, now, days=2))


def next_window(schedule: Schedule, now: datetime) -> Window | None:
    """Return the first window that begins after a moment."""
    ahead = (window for window in windows(schedule, now, days=AHEAD) if window.begins > now)
    return next(ahead, None)


def windows(schedule: Schedule, around: datetime, days: int) -> Iterator[Window]:
    """Yield the windows of some days, the earliest first, from one that may still last."""
    zone = zone_of(schedule.zone)
    if once := schedule.once:
        yield from _window(once.begins, once.ends, zone)
    if weekly := schedule.weekly:
        today = around.astimezone(zone).date()
        for ahead in range(-2, days):
            yield from weekly.window(today + timedelta(days=ahead), zone)


def _window(begins: datetime, ends: datetime, zone: tzinfo) -> tuple[Window, ...]:
    window = Window(begins=_moment(begins, zone, fold=0), ends=_moment(ends, zone, fold=1))
    return (window,) if window.begins < window.ends else ()


def _moment(local: datetime, zone: tzinfo, fold: int) -> datetime:
    """Return the moment at which clocks show a time: the first one, or with fold the last."""
    shown = local.replace(tzinfo=zone, fold=fold)
    moment = shown.astimezone(UTC)
    skipped = moment.astimezone(zone).replace(tzinfo=None) != local
    return _jump(local, zone) if skipped else moment


def _jump(skipped: datetime, zone: tzinfo) -> datetime:
    """Return the moment at which clocks jump over a time."""
    # In a gap fold 1 stands for the offset after the jump, and so for a moment before it.
    before, after = (skipped.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)
