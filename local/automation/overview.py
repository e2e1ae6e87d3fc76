"""What the limits that tasks share have used up, read from the table."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from local.monitor.text import plain
from qlik_monitor.adapters.dynamodb import pages
from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.adapters.dynamodb_restart_items import (
    ENDPOINT,
    LIMIT,
    SERVER,
    breaker_of,
    slots_of,
)
from qlik_monitor.domain.breaker import BreakerState
from qlik_monitor.domain.limits import Limits, clock
from qlik_monitor.domain.limits_consulted import recent

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

NAMES = {
    BreakerState.OPEN: "open: nothing at this endpoint is restarted",
    BreakerState.HALF_OPEN: "half-open: one restart may try",
    BreakerState.TRYING: "one restart tries",
}


def overview(table: "Table", limits: Limits, now: datetime) -> Iterator[str]:
    """Write the state of the switch, of the caps and of the breakers that are not closed."""
    state = DynamoDbAutomation(table).state()
    yield state.read().refuses or "automation is not paused"
    if not state.paused and state.at:
        yield f"it was let go on at {clock(state.at)} by {plain(state.by)}"
    minutes = limits.cap_window.total_seconds() / 60
    read = pages(table, "read the limits", Key("pk").eq(LIMIT), ConsistentRead=True)
    items = [dict(item) for page in read for item in page]
    yield f"restarts within the last {minutes:g} minutes, and how many are allowed:"
    yield f"  {_used('FLEET', items, limits, now)} of {limits.fleet_cap}  the whole fleet"
    for name in _named(items, SERVER):
        used = _used(f"{SERVER}{name}", items, limits, now)
        if used:
            yield f"  {used} of {limits.server_cap}  server {plain(name)}"
    yield from _breakers(items, limits, now)
    yield "(allowed: as set on this machine, not read from the functions)"


def _breakers(items: list[dict[str, Any]], limits: Limits, now: datetime) -> Iterator[str]:
    names = _named(items, ENDPOINT)
    breakers = [breaker_of(name, _item(f"{ENDPOINT}{name}", items)) for name in names]
    shut = [one for one in breakers if one.state(limits, now) is not BreakerState.CLOSED]
    yield f"circuit breakers that are not closed: {len(shut) or 'none'}"
    for one in shut:
        until = one.read(limits, now).until
        ends = f", until {clock(until)}" if until else ""
        yield f"  endpoint {plain(one.endpoint)}: {NAMES[one.state(limits, now)]}{ends}"


def _named(items: list[dict[str, Any]], kind: str) -> list[str]:
    return [str(item["sk"]).removeprefix(kind) for item in items if item["sk"].startswith(kind)]


def _item(key: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return next((item for item in items if item["sk"] == key), {})


def _used(key: str, items: list[dict[str, Any]], limits: Limits, now: datetime) -> int:
    return len(recent(tuple(slots_of(_item(key, items)).values()), limits.cap_window, now))
