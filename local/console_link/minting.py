"""Makes a link: random bits for a person, their hash for the table."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from qlik_monitor.adapters.dynamodb_sign_ins import DynamoDbSignIns
from qlik_monitor.domain.console_session import Role, new_sign_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

SECRET_BYTES = 24
"""192 bits, as 32 characters of an address."""


def mint_link(table: "Table", console: str, role: Role, name: str, now: datetime) -> str:
    """Store a sign-in, and return its link; raises StoreUnavailable."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    DynamoDbSignIns(table).mint(new_sign_in(secret, role, name, now))
    return f"{console.rstrip('/')}/sign-in/{secret}"
