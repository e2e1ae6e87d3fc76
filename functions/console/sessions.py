"""Who is asking: a cookie's session, and how it begins and ends."""

from datetime import datetime

from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from qlik_monitor.adapters.console_sessions import cookie_name, is_secure, session_of
from qlik_monitor.adapters.dynamodb_sign_ins import DynamoDbSignIns
from qlik_monitor.adapters.same_site import headers_of
from qlik_monitor.adapters.secrets import console_key
from qlik_monitor.composition import settings, the_table
from qlik_monitor.domain.console_session import (
    SESSION_LASTS,
    SignIn,
    cookie_of,
)
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.settings import ConsoleSettings

SAME_SITE = ("same-origin", "none")
"""What browsers say of a request that a page of ours, or a person, began."""


def sign_ins() -> DynamoDbSignIns:
    """Return the store of sign-ins."""
    return DynamoDbSignIns(the_table(ConsoleSettings))


def visitor_of(event: APIGatewayProxyEvent, now: datetime) -> SignIn | None:
    """Return whose session a request belongs to."""
    return session_of(event, _key(), sign_ins(), _own_address(), now)


def cookie_for(sign_in: SignIn) -> Cookie:
    """Return the cookie of a session that begins."""
    return _cookie(cookie_of(sign_in, _key()), int(SESSION_LASTS.total_seconds()))


def no_cookie() -> Cookie:
    """Return what makes a browser forget its cookie."""
    return _cookie("", 0)


def comes_from_elsewhere(event: APIGatewayProxyEvent) -> bool:
    """Tell whether another site's page sent a form here."""
    sent = headers_of(event, "sec-fetch-site")
    return any(value not in SAME_SITE for value in sent)


def _cookie(value: str, max_age: int) -> Cookie:
    address = _own_address()
    return Cookie(
        name=cookie_name(address),
        value=value,
        path="/",
        secure=is_secure(address),
        http_only=True,
        max_age=max_age,
        same_site=SameSite.STRICT_MODE,
    )


def _own_address() -> str:
    address: str = settings(ConsoleSettings).approval_base_url
    return address


def _key() -> SigningKey:
    return console_key(settings(ConsoleSettings).approval_secret_arn)
