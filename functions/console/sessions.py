"""Who is asking: a cookie's session, and how it begins and ends."""

from collections.abc import Iterator
from datetime import datetime, timedelta

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

SESSION = "console"
LONGEST_COOKIE = 400
SAME_SITE = ("same-origin", "none")
"""What browsers say of a request that a page of ours, or a person, began."""


def sign_ins() -> DynamoDbSignIns:
    """Return the store of sign-ins."""
    return DynamoDbSignIns(the_table(ConsoleSettings))


def visitor_of(event: APIGatewayProxyEvent, now: datetime) -> SignIn | None:
    """Return whose session a request belongs to; a forged cookie costs no read of the table."""
    key = _key()
    for cookie in cookies_in(event, SESSION):
        claim = claim_of(cookie, key, now) if len(cookie) <= LONGEST_COOKIE else None
        if claim:
            sign_in = sign_ins().get(claim.id)
            return sign_in if session_holds(claim, sign_in, now) else None
    return None


def cookie_for(sign_in: SignIn) -> Cookie:
    """Return the cookie of a session that begins."""
    return cookie(SESSION, cookie_of(sign_in, _key()), SESSION_LASTS)


def no_cookie() -> Cookie:
    """Return what makes a browser forget its cookie."""
    return cookie(SESSION, "", timedelta(0))


def comes_from_elsewhere(event: APIGatewayProxyEvent) -> bool:
    """Tell whether another site's page sent a form here."""
    sent = headers_of(event, "sec-fetch-site")
    return any(value not in SAME_SITE for value in sent)


def cookie(
    name: str, value: str, lasts: timedelta, same_site: SameSite = SameSite.STRICT_MODE
) -> Cookie:
    """Return a cookie that no script reads."""
    return Cookie(
        name=_full(name),
        value=value,
        path="/",
        secure=_is_secure(),
        http_only=True,
        max_age=int(lasts.total_seconds()),
        same_site=same_site,
    )


def _full(name: str) -> str:
    # Browsers take a __Host- cookie from this host alone, and over TLS alone.
    return f"__Host-{name}" if _is_secure() else name


def _is_secure() -> bool:
    """Tell whether the stack is reached by https: on AWS it always is, on LocalStack never.

    The stack's own address says so, as nothing that a request sends may weaken a cookie.
    """
    address: str = settings(ConsoleSettings).approval_base_url
    return address.startswith("https://")


def cookies_in(event: APIGatewayProxyEvent, name: str) -> Iterator[str]:
    """Yield the values of a cookie of ours, as a request sends them."""
    for header in headers_of(event, "cookie"):
        for part in header.split(";"):
            sent, _, value = part.strip().partition("=")
            if sent == _full(name):
                yield value


def headers_of(event: APIGatewayProxyEvent, name: str) -> list[str]:
    """Return the values of a header, by its name in lower case."""
    many = event.get("multiValueHeaders") or {}
    found = [value for own, values in many.items() if own.lower() == name for value in values]
    one = event.get("headers") or {}
    return found or [value for own, value in one.items() if own.lower() == name]


def _key() -> SigningKey:
    return console_key(settings(ConsoleSettings).approval_secret_arn)
