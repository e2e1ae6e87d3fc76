"""Builds the adapters of a function from its settings, once per container.

Nothing is built at import: no client, no environment, no secret.
"""

import os
import secrets
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from qlik_monitor.adapters.dynamodb import table
from qlik_monitor.adapters.sns import SnsNotifier, sns_client
from qlik_monitor.settings import NotifierSettings, Settings, StoreSettings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def new_incident_id(now: datetime) -> str:
    """Make an id that sorts by time: the moment, then 48 random bits."""
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(6)}"


@cache
def settings[S: Settings](kind: type[S]) -> S:
    """Read a function's settings from the environment, once."""
    return kind.from_environment(os.environ)


@cache
def the_table(kind: type[StoreSettings]) -> "Table":
    """Return the stack's table."""
    return table(settings(kind).table_name)


@cache
def notifier(kind: type[NotifierSettings]) -> SnsNotifier:
    """Return the way to tell people."""
    return SnsNotifier(sns_client(), settings(kind).topic_arn)
