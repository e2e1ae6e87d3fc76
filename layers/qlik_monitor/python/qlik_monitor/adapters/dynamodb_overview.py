"""Reads what the limits that tasks share have used up: two reads of the table, nothing written."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from qlik_monitor.adapters.dynamodb import pages
from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.adapters.dynamodb_restart_items import (
    ENDPOINT,
    LIMIT,
    SERVER,
    breaker_of,
    fleet_key,
    slots_of,
)
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.limits_overview import LimitsOverview, overview_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


def read_overview(table: "Table", limits: Limits, now: datetime) -> LimitsOverview:
    """Read the switch, the caps and the breakers, consistently; raises StoreUnavailable."""
    switch = DynamoDbAutomation(table).state()
    read = pages(table, "read the limits", Key("pk").eq(LIMIT), ConsistentRead=True)
    items = {str(item["sk"]): dict(item) for page in read for item in page}
    taken = {key: tuple(slots_of(item).values()) for key, item in items.items()}
    return overview_of(
        switch,
        taken.get(fleet_key()["sk"], ()),
        {name: taken[f"{SERVER}{name}"] for name in _named(items, SERVER)},
        [breaker_of(name, items[f"{ENDPOINT}{name}"]) for name in _named(items, ENDPOINT)],
        limits=limits,
        now=now,
    )


def _named(items: dict[str, dict[str, Any]], kind: str) -> list[str]:
    return [key.removeprefix(kind) for key in items if key.startswith(kind)]
