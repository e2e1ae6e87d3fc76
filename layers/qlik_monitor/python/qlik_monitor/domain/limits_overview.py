"""What the limits that tasks share have used up now: the switch, the caps and the breakers."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from qlik_monitor.domain.automation import Automation
from qlik_monitor.domain.breaker import TRIAL_LASTS, Breaker, BreakerState
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.limits_consulted import recent
from qlik_monitor.domain.model import Frozen

URGENT_FIRST = (
    BreakerState.OPEN,
    BreakerState.TRYING,
    BreakerState.HALF_OPEN,
    BreakerState.CLOSED,
)


class CapUse(Frozen):
    """Restarts within a cap's window, and how many are allowed."""

    of: str = ""
    """The server; empty for the whole fleet."""
    used: int
    allowed: int
    newest: datetime | None = None
    """When the last one was requested; None without any in the window."""
    frees_at: datetime | None = None
    """When the next place is free again: the oldest leaves the window. None without any."""

    @property
    def is_reached(self) -> bool:
        """Whether nothing more is restarted until a place is free."""
        return self.used >= self.allowed


class BreakerUse(Frozen):
    """The circuit breaker of one endpoint."""

    endpoint: str
    state: BreakerState
    failures: int
    """Restarts that failed there within the window."""
    allowed: int
    """So many failures open it."""
    since: datetime | None = None
    """Since when it stands so; None while it is closed."""
    until: datetime | None = None
    """When that ends by itself; None while it is closed."""


class LimitsOverview(Frozen):
    """How the limits stand at a moment."""

    switch: Automation
    fleet: CapUse
    servers: tuple[CapUse, ...] = ()
    """Servers with a restart within the window, the fullest first."""
    breakers: tuple[BreakerUse, ...] = ()
    """Endpoints at which a restart ever failed; those that hold something back first."""


def overview_of(
    switch: Automation,
    fleet: Sequence[datetime],
    servers: Mapping[str, Sequence[datetime]],
    breakers: Sequence[Breaker],
    *,
    limits: Limits,
    now: datetime,
) -> LimitsOverview:
    """Hold what was taken, as moments of restarts, against what is allowed."""
    uses = [_cap(name, taken, limits.server_cap, limits, now) for name, taken in servers.items()]
    found = [_breaker(one, limits, now) for one in breakers]
    return LimitsOverview(
        switch=switch,
        fleet=_cap("", fleet, limits.fleet_cap, limits, now),
        servers=tuple(sorted((u for u in uses if u.used), key=lambda u: (-u.used, u.of))),
        breakers=tuple(sorted(found, key=lambda b: (URGENT_FIRST.index(b.state), b.endpoint))),
    )


def _cap(of: str, taken: Sequence[datetime], allowed: int, limits: Limits, now: datetime) -> CapUse:
    within = recent(tuple(taken), limits.cap_window, now)
    # A cap that was lowered is over-full: then more than one has to leave before a place is free.
    leaves = within[max(0, len(within) - allowed)] if within else None
    return CapUse(
        of=of,
        used=len(within),
        allowed=allowed,
        newest=within[-1] if within else None,
        frees_at=leaves + limits.cap_window if leaves else None,
    )


def _breaker(breaker: Breaker, limits: Limits, now: datetime) -> BreakerUse:
    state, reading = breaker.state(limits, now), breaker.read(limits, now)
    opened = breaker.opened_at(limits)
    since = until = None
    if opened and state is BreakerState.OPEN:
        since, until = opened, opened + limits.breaker_open
    elif opened and state is BreakerState.HALF_OPEN:
        since = opened + limits.breaker_open
        until = since + limits.breaker_window
    elif breaker.trial_at and state is BreakerState.TRYING:
        since, until = breaker.trial_at, breaker.trial_at + TRIAL_LASTS
    return BreakerUse(
        endpoint=breaker.endpoint,
        state=state,
        failures=reading.used,
        allowed=limits.breaker_failures,
        since=since,
        until=until,
    )
