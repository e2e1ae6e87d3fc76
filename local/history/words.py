"""Moments in this machine's own time; numbers are written as in the console."""

from datetime import datetime

from qlik_monitor.domain.words import UNKNOWN, magnitude, seconds

__all__ = ["UNKNOWN", "local", "magnitude", "offset_of", "seconds"]


def local(moment: datetime) -> str:
    """Write a moment in this machine's time, with its distance from UTC."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M} {offset_of(moment)}"


def offset_of(moment: datetime) -> str:
    """Write the distance of this machine's time from UTC at a moment: `+01:00`."""
    return moment.astimezone().isoformat(timespec="seconds")[19:]
