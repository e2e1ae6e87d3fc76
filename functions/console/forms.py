"""Forms that people send to the console, and the nonces that tie each to a page shown to them."""

from collections.abc import Mapping
from datetime import datetime

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from qlik_monitor.adapters import posted_form
from qlik_monitor.adapters.secrets import signing_key
from qlik_monitor.composition import settings
from qlik_monitor.domain import form_nonce
from qlik_monitor.domain.console_session import SESSION_LASTS, SignIn
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.settings import ConsoleSettings

MOST_FIELDS = 10
NONCE = "nonce"
"""The field that holds it."""


def fields_of(event: APIGatewayProxyEvent) -> Mapping[str, str]:
    """Read a posted form; what is too large or no form has no fields."""
    try:
        return posted_form.fields_of(event, MOST_FIELDS)
    except ValueError:
        return {}


def nonce_for(visitor: SignIn, purpose: str, now: datetime) -> str:
    """Make the nonce of a form that is shown to somebody."""
    return form_nonce.issue(_key(), purpose, visitor.id, now)


def came_from_a_page(
    fields: Mapping[str, str], visitor: SignIn, purpose: str, now: datetime
) -> bool:
    """Tell whether a form holds a nonce of this session for this purpose.

    It lasts as long as a session: whoever has the page open when it matters shall not be refused.
    """
    nonce = fields.get(NONCE, "")
    return form_nonce.holds(nonce, _key(), purpose, visitor.id, now, lasts=SESSION_LASTS)


def _key() -> SigningKey:
    return signing_key(settings(ConsoleSettings).approval_secret_arn)
