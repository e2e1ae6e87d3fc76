"""How somebody who has no session gets one, and comes back to what they asked for."""

from functions.console.pages import View, Visit
from qlik_monitor.adapters.secrets import attempt_key
from qlik_monitor.composition import settings
from qlik_monitor.domain.console_return import HOME, address_of, ticket_of, way_back
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.settings import ConsoleSettings


def is_on() -> bool:
    """Tell whether a provider signs people in."""
    return bool(settings(ConsoleSettings).oidc_issuer)


def key() -> SigningKey:
    """Return the key of attempts to sign in."""
    return attempt_key(settings(ConsoleSettings).approval_secret_arn)


def begin_address(visit: Visit, back: str) -> str:
    """Return where a sign-in begins that leads back to a page, relative to the page shown."""
    ticket = f"?to={ticket_of(back, key())}" if back != HOME else ""
    return f"{visit.root}console/oidc/begin{ticket}"


def known_ticket(sent: str) -> str:
    """Return a ticket that was sent, if this console made it; else nothing."""
    return sent if address_of(sent, key()) != HOME else ""


def how_to_sign_in(visit: Visit, back: str = HOME) -> dict[str, object]:
    """Return what a page needs that says how to sign in."""
    return {"begin": begin_address(visit, back) if is_on() else ""}


def not_signed_in(visit: Visit, query: dict[str, str], typed: str = "") -> View:
    """Ask to sign in; nothing that was typed is lost with a session that ended."""
    values = how_to_sign_in(visit, way_back(visit.path, query)) | {"typed": typed}
    return View(
        template="not_signed_in.html", title="Please sign in", values=values, status_code=401
    )
