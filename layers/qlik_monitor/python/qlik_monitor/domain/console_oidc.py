"""Sign-in to the console by an OpenID Connect provider: what is pure about it.

begin ──▶ an attempt, kept in a signed cookie ──▶ the provider asks who it is ──▶ callback
                                                                                   │
                    the attempt and the ID token have to fit ──▶ name ──▶ role ◀───┘
"""

import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field, SecretStr

from qlik_monitor.domain.console_session import SESSION_LASTS, Role, SignIn, id_of
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.signing_key import SigningKey

ATTEMPT_LASTS = timedelta(minutes=10)
"""Long enough to type a password and a second factor."""
PURPOSE = "console openid connect"
EVERYBODY = "*"
LONGEST_NAME = 100
Drawn = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
"""256 random bits, url-safe."""
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")


class Attempt(Frozen):
    """One sign-in that a browser has begun: what the provider's answer has to fit."""

    state: Drawn
    """Comes back in the address: the answer belongs to this browser."""
    nonce: Drawn
    """Comes back inside the ID token: the token belongs to this attempt."""
    verifier: Drawn
    """What PKCE proves: whoever redeems the code is who asked for it."""
    until: datetime
    back: str = ""
    """A signed ticket of the page to come back to; empty: the fleet's."""


def oidc_key(approval_key: SigningKey) -> SigningKey:
    """Derive the key of attempts; nothing that it signs verifies as a session or a link."""
    derived = approval_key.sign(f"derived key\n{PURPOSE}")
    return SigningKey(key_id=approval_key.key_id, key=SecretStr(derived))


def attempt_cookie(attempt: Attempt, key: SigningKey) -> str:
    """Return the cookie that a browser keeps while its owner is at the provider."""
    until = int(attempt.until.timestamp())
    text = f"{attempt.state}.{attempt.nonce}.{attempt.verifier}.{until}"
    text += f".{attempt.back}" if attempt.back else ""
    return f"{text}.{key.sign(text)}"


def attempt_of(cookie: str, key: SigningKey, now: datetime) -> Attempt | None:
    """Return the attempt of a genuine, timely cookie, or None."""
    text, _, signature = cookie.rpartition(".")
    given = signature.encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(key.sign(text).encode(), given):
        return None
    # Only this agent signs, so what is genuine has this form.
    state, nonce, verifier, until, *back = text.split(".", 4)
    ends = datetime.fromtimestamp(int(until), UTC)
    if now >= ends:
        return None
    return Attempt(state=state, nonce=nonce, verifier=verifier, until=ends, back="".join(back))


def state_fits(attempt: Attempt, state: str) -> bool:
    """Tell in constant time whether an answer belongs to an attempt."""
    given = state.encode("utf-8", "surrogatepass")
    return hmac.compare_digest(attempt.state.encode(), given)


def name_in(claims: Mapping[str, object], claim: str) -> str | None:
    """Return what an ID token calls a person, or None where it says nothing to rely on.

    An e-mail address counts only if the provider has verified it: at many providers people type
    in whichever they like.
    """
    name = claims.get(claim)
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
        return None
    if not name.isprintable() or name != name.strip():
        return None
    if claim == "email" and claims.get("email_verified") is not True:
        return None
    return name


def role_for(name: str, approvers: frozenset[str], viewers: str) -> Role | None:
    """Return what somebody may do: `viewers` is names separated by commas, or `*` for everybody.

    An approver may view whatever `viewers` says; None is for people who may not even look.
    """
    if known_as(name, approvers):
        return Role.APPROVER
    named = frozenset(one.strip() for one in viewers.split(",") if one.strip())
    return Role.VIEWER if EVERYBODY in named or known_as(name, named) else None


def known_as(name: str, names: frozenset[str]) -> str | None:
    """Return how a list spells a name, or None; capital letters make no other person of somebody.

    Of ASCII names only: elsewhere letters that differ, such as a Kelvin sign and a k, turn into
    one, and could make one person pass for another.
    """
    return next((one for one in sorted(names) if _folded(one) == _folded(name)), None)


def sign_in_by(attempt: Attempt, role: Role, name: str, now: datetime) -> SignIn:
    """Make the session of an attempt that came to its end; its id lets an attempt end once."""
    return SignIn(
        id=id_of(attempt.verifier),
        role=role,
        name=name,
        link_until=now,
        session_until=now + SESSION_LASTS,
    )


def error_code(text: str) -> str:
    """Return the provider's error code if it has the form of one, else nothing."""
    return text if _ERROR_CODE.fullmatch(text) else ""


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else name
