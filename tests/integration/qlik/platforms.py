"""Builders for the Qlik tests: platforms that are closed again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from qlik_monitor.adapters.qlik_platform import QlikCredentials, QlikSettings, qlik_platform
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.domain.task import FleetReading

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
TOKEN = "mock-api-token"


@contextmanager
def a_platform(
    url: str, *, credentials: QlikCredentials | None = None, **settings: Any
) -> Iterator[ReplicationPlatform]:
    """Build a platform on `url`; the token is the mock server's."""
    platform = qlik_platform(
        QlikSettings(endpoint=url, **settings),
        credentials or QlikCredentials(api_token=SecretStr(TOKEN)),
        now=lambda: NOON,
    )
    try:
        yield platform
    finally:
        platform.close()


def errors_of(reading: FleetReading) -> dict[str, str]:
    """Return why each server or task was not read."""
    return {f"{one.server}/{one.task or '*'}": one.error for one in reading.unread}
