"""Where it hurts: source side, apply side, one-by-one apply, resources; with the numbers."""

from typing import NamedTuple

from qlik_monitor.domain.anomaly import Where
from qlik_monitor.domain.sample import Window
from qlik_monitor.domain.task import ServerSnapshot
from qlik_monitor.domain.verdict import Phase, phase_of, transaction_grows

SOURCE_SHARE = 0.7
"""From this share of the total latency on, the source side is to blame: total is source + apply."""
ONE_BY_ONE_SHARE = 0.1
"""One-by-one apply manages less than this share of the usual records a second, yet not none."""
BUSY_PERCENT = 95
"""From this use of the machine's processors on, its tasks wait for one another."""


class Location(NamedTuple):
    """A part of the way, and the reason in numbers."""

    where: Where
    because: str


def locate(window: Window, usual_rate: float | None, server: ServerSnapshot | None) -> Location:
    """Say which part of the way from source to target holds a running task up.

    `usual_rate` is in records a second. Sources: Qlik's terms for source and apply latency, and
    how operators read them together with the backlog.
    """
    if not window:
        return Location(Where.UNKNOWN, "no reading of it running")
    newest = window[-1]
    if phase_of(window) is Phase.FULL_LOAD:
        return Location(Where.FULL_LOAD, f"{newest.loading} table(s) are being loaded")
    if server and (server.machine_cpu_percentage or 0) >= BUSY_PERCENT:
        busy = f"the server's processors are {server.machine_cpu_percentage} % busy"
        return Location(Where.RESOURCES, busy)
    if newest.in_progress and transaction_grows(window):
        grows = f"{newest.in_progress} records of transactions are in progress"
        return Location(Where.TRANSACTION, grows)
    return _side(window, usual_rate)


def _side(window: Window, usual_rate: float | None) -> Location:
    newest = window[-1]
    total, source, waiting = newest.latency, newest.source, newest.waiting
    numbers = f"source latency {_s(source)} of {_s(total)}, {_n(waiting)} changes waiting"
    if total and source is not None and source >= SOURCE_SHARE * total:
        return Location(Where.SOURCE, numbers)
    if newest.rate and usual_rate and newest.rate < ONE_BY_ONE_SHARE * usual_rate and waiting:
        slow = f"{newest.rate} records/s instead of the usual {usual_rate:.0f}, {numbers}"
        return Location(Where.ONE_BY_ONE, slow)
    if waiting or (total is not None and source is not None):
        return Location(Where.APPLY, numbers)
    return Location(Where.UNKNOWN, numbers)


def _s(value: int | None) -> str:
    return "unknown" if value is None else f"{value} s"


def _n(value: int | None) -> str:
    return "an unknown number of" if value is None else str(value)
