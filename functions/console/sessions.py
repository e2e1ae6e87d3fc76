"""Who is asking: a cookie's session, and how it begins and ends."""

from collections.abc import Iterator
from datetime import datetime

from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from qlik_monitor.adapters.dynamodb_sign_ins import DynamoDbSignIns
from qlik_monitor.adapters.secrets import console_key
from qlik_monitor.composition import settings, the_table
from qlik_monitor.domain.console_session import (
    SESSION_LASTS,
    SignIn,
    claim_of,
    cookie_of,
    session_holds,
)
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.settings import ConsoleSettings

LONGEST_COOKIE = 400
SAME_SITE = ("same-origin", "none")
"""What browsers say of a request that a page of ours, or a person, began."""


def sign_ins() -> DynamoDbSignIns:
    """Return the store of sign-ins."""
    return DynamoDbSignIns(the_table(ConsoleSettings))


def visitor_of(event: APIGatewayProxyEvent, now: datetime) -> SignIn | None:
    """Return whose session a request belongs to; a forged cookie costs no read of the table."""
    key = _key()
    for cookie in _cookies(event):
        claim = claim_of(cookie, key, now) if len(cookie) <= LONGEST_COOKIE else None
        if claim:
            sign_in = sign_ins().get(claim.id)
            return sign_in if session_holds(claim, sign_in, now) else None
    return None


def cookie_for(sign_in: SignIn) -> Cookie:
    """Return the cookie of a session that begins."""
    return _cookie(cookie_of(sign_in, _key()), int(SESSION_LASTS.total_seconds()))


def no_cookie() -> Cookie:
    """Return what makes a browser forget its cookie."""
    return _cookie("", 0)


def comes_from_elsewhere(event: APIGatewayProxyEvent) -> bool:
    """Tell whether another site's page sent a form here."""
    sent = _headers(event, "sec-fetch-site")
    return any(value not in SAME_SITE for value in sent)


def _cookie(value: str, max_age: int) -> Cookie:
    secure = _is_secure()
    return Cookie(
        name=_name(),
        value=value,
        path="/",
        secure=secure,
        http_only=True,
        max_age=max_age,
        same_site=SameSite.STRICT_MODE,
    )


def _name() -> str:
    # Browsers take a __Host- cookie from this host alone, and over TLS alone.
    return "__Host-console" if _is_secure() else "console"


def _is_secure() -> bool:
    """Tell whether the stack is reached by https: on AWS it always is, on LocalStack never.

    The stack's own address says so, as nothing that a request sends may weaken a cookie.
    """
    address: str = settings(ConsoleSettings).approval_base_url
    return address.startswith("https://")


def _cookies(event: APIGatewayProxyEvent) -> Iterator[str]:
    for header in _headers(event, "cookie"):
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            if name == _name():
                yield value


def _headers(event: APIGatewayProxyEvent, name: str) -> list[str]:
    many = event.get("multiValueHeaders") or {}
    found = [value for own, values in many.items() if own.lower() == name for value in values]
    one = event.get("headers") or {}
    return found or [value for own, value in one.items() if own.lower() == name]


def _key() -> SigningKey:
    return console_key(settings(ConsoleSettings).approval_secret_arn)
