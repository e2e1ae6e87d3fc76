"""What the limits that tasks share have used up, in lines for a terminal."""

from collections.abc import Iterator, Sequence

from local.monitor.text import plain
from qlik_monitor.domain.breaker import BreakerState
from qlik_monitor.domain.limits import Limits, clock
from qlik_monitor.domain.limits_overview import BreakerUse, LimitsOverview

NAMES = {
    BreakerState.OPEN: "open: nothing at this endpoint is restarted",
    BreakerState.HALF_OPEN: "half-open: one restart may try",
    BreakerState.TRYING: "one restart tries",
}


def overview(found: LimitsOverview, limits: Limits) -> Iterator[str]:
    """Write the state of the switch, of the caps and of the breakers that are not closed."""
    state = found.switch
    yield state.read().refuses or "automation is not paused"
    if not state.paused and state.at:
        yield f"it was let go on at {clock(state.at)} by {plain(state.by)}"
    minutes = limits.cap_window.total_seconds() / 60
    yield f"restarts within the last {minutes:g} minutes, and how many are allowed:"
    yield f"  {found.fleet.used} of {found.fleet.allowed}  the whole fleet"
    for one in found.servers:
        yield f"  {one.used} of {one.allowed}  server {plain(one.of)}"
    yield from _breakers([one for one in found.breakers if one.state is not BreakerState.CLOSED])
    yield "(allowed: as set on this machine, not read from the functions)"


def _breakers(shut: Sequence[BreakerUse]) -> Iterator[str]:
    yield f"circuit breakers that are not closed: {len(shut) or 'none'}"
    for one in shut:
        # Half-open has no end to wait for: the next restart is its trial.
        waits = one.until and one.state is not BreakerState.HALF_OPEN
        ends = f", until {clock(one.until)}" if waits and one.until else ""
        yield f"  endpoint {plain(one.endpoint)}: {NAMES[one.state]}{ends}"
