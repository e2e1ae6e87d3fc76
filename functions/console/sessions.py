"""Who is asking: a cookie's session, and how it begins and ends."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from qlik_monitor.adapters import console_sessions, same_site
from qlik_monitor.adapters.console_sessions import SESSION, cookie_name, is_secure, session_of
from qlik_monitor.adapters.dynamodb_sign_ins import DynamoDbSignIns
from qlik_monitor.adapters.secrets import console_key
from qlik_monitor.composition import settings, the_table
from qlik_monitor.domain.console_session import SESSION_LASTS, SignIn, cookie_of
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.settings import ConsoleSettings


def sign_ins() -> DynamoDbSignIns:
    """Return the store of sign-ins."""
    return DynamoDbSignIns(the_table(ConsoleSettings))


def visitor_of(event: APIGatewayProxyEvent, now: datetime) -> SignIn | None:
    """Return whose session a request belongs to."""
    return session_of(event, _key(), sign_ins(), _own_address(), now)


def cookie_for(sign_in: SignIn) -> Cookie:
    """Return the cookie of a session that begins."""
    return cookie(SESSION, cookie_of(sign_in, _key()), SESSION_LASTS)


def no_cookie() -> Cookie:
    """Return what makes a browser forget its cookie."""
    return cookie(SESSION, "", timedelta(0))


def comes_from_elsewhere(event: APIGatewayProxyEvent) -> bool:
    """Tell whether another site's page sent a form here."""
    return same_site.comes_from_elsewhere(event, _own_address())


def cookie(
    name: str, value: str, lasts: timedelta, strictness: SameSite = SameSite.STRICT_MODE
) -> Cookie:
    """Return a cookie that no script reads."""
    address = _own_address()
    return Cookie(
        name=cookie_name(address, name),
        value=value,
        path="/",
        secure=is_secure(address),
        http_only=True,
        max_age=int(lasts.total_seconds()),
        same_site=strictness,
    )


def cookies_in(event: APIGatewayProxyEvent, name: str) -> Iterator[str]:
    """Yield the values of a cookie of ours, as a request sends them."""
    return console_sessions.cookies_in(event, cookie_name(_own_address(), name))


def _own_address() -> str:
    address: str = settings(ConsoleSettings).approval_base_url
    return address


def _key() -> SigningKey:
    return console_key(settings(ConsoleSettings).approval_secret_arn)
