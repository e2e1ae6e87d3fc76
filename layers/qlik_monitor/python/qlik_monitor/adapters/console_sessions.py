"""Sessions of the console, as a request carries them; whoever takes answers reads them too."""

from collections.abc import Iterator
from datetime import datetime

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from qlik_monitor.adapters.dynamodb_sign_ins import DynamoDbSignIns
from qlik_monitor.adapters.same_site import headers_of
from qlik_monitor.domain.console_session import SignIn, claim_of, session_holds
from qlik_monitor.domain.signing_key import SigningKey

SESSION = "console"
LONGEST_COOKIE = 400


def session_of(
    event: APIGatewayProxyEvent,
    key: SigningKey,
    sign_ins: DynamoDbSignIns,
    own_address: str,
    now: datetime,
) -> SignIn | None:
    """Return whose session a request belongs to; a forged cookie costs no read of the table."""
    for cookie in cookies_in(event, cookie_name(own_address)):
        claim = claim_of(cookie, key, now) if len(cookie) <= LONGEST_COOKIE else None
        if claim:
            sign_in = sign_ins.get(claim.id)
            return sign_in if session_holds(claim, sign_in, now) else None
    return None


def cookie_name(own_address: str, name: str = SESSION) -> str:
    """Return the whole name of a cookie of ours."""
    # Browsers take a __Host- cookie from this host alone, and over TLS alone.
    return f"__Host-{name}" if is_secure(own_address) else name


def is_secure(own_address: str) -> bool:
    """Tell whether the stack is reached by https: on AWS it always is, on LocalStack never.

    The stack's own address says so, as nothing that a request sends may weaken a cookie.
    """
    return own_address.startswith("https://")


def cookies_in(event: APIGatewayProxyEvent, wanted: str) -> Iterator[str]:
    """Yield the values of a cookie, by its whole name, as a request sends them."""
    for header in headers_of(event, "cookie"):
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            if name == wanted:
                yield value
