"""Sign-in by an OpenID Connect provider, where OIDC_ISSUER names one.

    begin ──303, cookie of an attempt──▶ the provider ──callback──▶ code for ID token ──▶ session

Nothing is handed on from page to page but by the browser: the attempt's cookie ties the provider's
answer to the browser that asked for it. It has to be SameSite=Lax, as the answer comes from another
site; so the session, which is Strict, begins with a page and a link, not with a redirect.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from secrets import token_urlsafe
from typing import TYPE_CHECKING, cast

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from functions.console import refusal
from functions.console.pages import View, Visit, message, render, see_other
from functions.console.refusal import Refusal
from functions.console.sessions import cookie, cookie_for, cookies_in, sign_ins
from functions.console.way_in import begin_address, is_on, key, known_ticket
from qlik_monitor.adapters.same_site import headers_of
from qlik_monitor.adapters.secrets import oidc_client_secret
from qlik_monitor.composition import settings, utc_now
from qlik_monitor.domain.console_oidc import (
    ATTEMPT_LASTS,
    Attempt,
    attempt_cookie,
    attempt_of,
    known_as,
    name_in,
    role_for,
    sign_in_by,
    state_fits,
)
from qlik_monitor.domain.console_return import HOME, address_of
from qlik_monitor.domain.console_session import SignIn
from qlik_monitor.errors import (
    ConfigurationError,
    IdentityProviderInvalid,
    IdentityProviderUnavailable,
    SignInRefused,
)
from qlik_monitor.observability import logger
from qlik_monitor.settings import ConsoleSettings

if TYPE_CHECKING:
    from qlik_monitor.adapters.oidc_provider import OidcProvider

router = Router()  # type: ignore[no-untyped-call]
ATTEMPT = "console-oidc"
LONGEST_COOKIE = 2000
LONGEST_CODE = 4096
CANNOT_ASK = (IdentityProviderUnavailable, IdentityProviderInvalid, ConfigurationError)


def approvers() -> frozenset[str]:
    """Return the names of those who sign in as approvers."""
    return frozenset(one.name for one in settings(ConsoleSettings).panel_rules().people)


@cache
def provider() -> "OidcProvider":
    """Return the provider, which keeps for an hour what it publishes."""
    from qlik_monitor.adapters.oidc_provider import (  # noqa: PLC0415 - slow, and most pages need none
        OidcClient,
        OidcProvider,
    )

    chosen = settings(ConsoleSettings)
    client = OidcClient(
        issuer=chosen.oidc_issuer,
        client_id=chosen.oidc_client_id,
        redirect_uri=f"{chosen.approval_base_url}/console/oidc/callback",
    )
    return OidcProvider(client, lambda: oidc_client_secret(chosen.oidc_secret_arn))


@router.get("/console/oidc/begin")
def begin() -> Response[str]:
    """Send a browser to the provider; nothing changes but its cookie."""
    visit = _visit()
    if any("prefetch" in sent for sent in headers_of(_event(), "sec-purpose")):
        # The person did not ask for it yet, and may be in the middle of another attempt.
        return render(message("Not yet", "Open this page yourself to sign in.", 403), visit)
    drawn = Attempt(
        state=token_urlsafe(32),
        nonce=token_urlsafe(32),
        verifier=token_urlsafe(32),
        until=visit.now + ATTEMPT_LASTS,
        back=known_ticket(_parameter("to")),
    )
    try:
        response = see_other(provider().address(drawn))
    except CANNOT_ASK as error:
        return _not_let_in(refusal.not_now(error), visit)
    response.cookies = [_cookie_of_attempt(attempt_cookie(drawn, key()))]
    return response


@router.get("/console/oidc/callback")
def come_back() -> Response[str]:
    """Begin a session for whoever the provider says comes back."""
    visit = _visit()
    attempt = _attempt(visit.now)
    if attempt is None or not state_fits(attempt, _parameter("state")):
        # The cookie stays: another site may have sent the browser here in the midst of an attempt.
        return _not_let_in(refusal.NOT_BEGUN, visit)
    began = _begun(attempt, visit.now)
    back = address_of(attempt.back, key())
    if isinstance(began, SignIn):
        response = _let_in(began, visit, back)
    else:
        response = _not_let_in(began, visit, back)
    response.cookies.append(_cookie_of_attempt(""))
    return response


def _begun(attempt: Attempt, now: datetime) -> SignIn | Refusal:
    if said := _parameter("error"):
        return refusal.denied(said)
    try:
        claims = provider().claims(attempt, _parameter("code"), now)
    except SignInRefused as error:
        return refusal.not_proven(error)
    except CANNOT_ASK as error:
        return refusal.not_now(error)
    made = _made(claims, attempt, now)
    if isinstance(made, Refusal) or sign_ins().begin(made):
        return made
    return refusal.used_already(made.name)


def _made(claims: Mapping[str, object], attempt: Attempt, now: datetime) -> SignIn | Refusal:
    chosen = settings(ConsoleSettings)
    name = name_in(claims, chosen.oidc_name_claim)
    if name is None:
        return refusal.no_name(chosen.oidc_name_claim)
    role = role_for(name, approvers(), chosen.oidc_viewers)
    if role is None:
        return refusal.no_role(name)
    return sign_in_by(attempt, role, known_as(name, approvers()) or name, now)


def _let_in(began: SignIn, visit: Visit, back: str) -> Response[str]:
    logger.info("console signed in", role=began.role.value, person=began.name)
    values = {"back": back.removeprefix("/"), "is_home": back == HOME}
    view = View(template="signed_in.html", title="Signed in", values=values)
    response = render(view, visit.model_copy(update={"visitor": began}))
    response.cookies.append(cookie_for(began))
    return response


def _not_let_in(why: Refusal, visit: Visit, back: str = HOME) -> Response[str]:
    logger.warning("console sign-in refused", reason=why.reason, person=why.person)
    view = View(
        template="not_signed_in_by_provider.html",
        title="Not signed in",
        values={"text": why.text, "begin": begin_address(visit, back)},
        status_code=why.status_code,
    )
    return render(view, visit)


def _event() -> APIGatewayProxyEvent:
    return cast("APIGatewayProxyEvent", router.current_event)


def _visit() -> Visit:
    if not is_on():
        raise NotFoundError
    return Visit(path=_event().path, now=utc_now())


def _attempt(now: datetime) -> Attempt | None:
    sent = [one for one in cookies_in(_event(), ATTEMPT) if len(one) <= LONGEST_COOKIE]
    return next((found for one in sent if (found := attempt_of(one, key(), now))), None)


def _cookie_of_attempt(value: str) -> Cookie:
    lasts = ATTEMPT_LASTS if value else ATTEMPT_LASTS * 0
    return cookie(ATTEMPT, value, lasts, SameSite.LAX_MODE)


def _parameter(name: str) -> str:
    """Return a parameter of the address; one that is sent twice, or is too long, counts as none."""
    many = _event().get("multiValueQueryStringParameters") or {}
    sent = [value for value in many.get(name) or [] if value is not None]
    return str(sent[0]) if len(sent) == 1 and len(sent[0]) <= LONGEST_CODE else ""
