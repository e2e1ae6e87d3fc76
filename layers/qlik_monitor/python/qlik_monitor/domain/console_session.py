"""Sign-in to the console: a link that works once, then a signed session of eight hours.

The link holds 192 random bits; the table holds their hash alone, so that whoever reads it cannot
sign in. The session's cookie is signed with a key that is derived from that of approval links:
neither can be used as the other.
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, SecretStr

from qlik_monitor.domain.approval import SigningKey
from qlik_monitor.domain.model import Frozen

LINK_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(hours=8)
"""One shift."""
PURPOSE = "console session"
LINK_SECRET = re.compile(r"[A-Za-z0-9_-]{32}")


class Role(StrEnum):
    """What somebody who signed in may do."""

    VIEWER = "viewer"
    APPROVER = "approver"


class SignIn(Frozen):
    """One minted link, and the session that it became."""

    id: str
    """The hash of what the link holds."""
    role: Role
    name: Annotated[str, Field(min_length=1, max_length=100)]
    """Whom the link was minted for, as its minter says."""
    link_until: datetime
    session_until: datetime | None = None
    """None until the link was used."""
    ended: bool = False
    """Whether its owner signed out."""


class Claim(Frozen):
    """What a genuine cookie says; the table has the last word."""

    id: str
    role: Role
    until: datetime


class LinkState(StrEnum):
    """Whether a link can sign somebody in."""

    GOOD = "good"
    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"


def id_of(link_secret: str) -> str:
    """Return the name under which a link's sign-in is stored."""
    return hashlib.sha256(link_secret.encode()).hexdigest()


def new_sign_in(link_secret: str, role: Role, name: str, now: datetime) -> SignIn:
    """Make the sign-in of a link that is minted now."""
    return SignIn(id=id_of(link_secret), role=role, name=name, link_until=now + LINK_LASTS)


def state_of(sign_in: SignIn | None, now: datetime) -> LinkState:
    """Tell whether a link can sign somebody in now."""
    if sign_in is None:
        return LinkState.UNKNOWN
    if sign_in.session_until is not None:
        return LinkState.USED
    return LinkState.GOOD if now < sign_in.link_until else LinkState.EXPIRED


def session_key(approval_key: SigningKey) -> SigningKey:
    """Derive the key of sessions; nothing that it signs verifies as an approval link."""
    return derived_key(approval_key, PURPOSE)


def derived_key(approval_key: SigningKey, purpose: str) -> SigningKey:
    """Derive the key of one purpose; what one purpose's key signs no other one verifies."""
    derived = approval_key.sign(f"derived key\n{purpose}")
    return SigningKey(key_id=approval_key.key_id, key=SecretStr(derived))


def cookie_of(sign_in: SignIn, key: SigningKey) -> str:
    """Return the cookie of a sign-in whose link was used."""
    until = int(sign_in.session_until.timestamp()) if sign_in.session_until else 0
    text = f"{sign_in.role.value}.{sign_in.id}.{until}"
    return f"{text}.{key.sign(text)}"


def claim_of(cookie: str, key: SigningKey, now: datetime) -> Claim | None:
    """Return what a genuine, timely cookie says, or None."""
    text, _, signature = cookie.rpartition(".")
    given = signature.encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(key.sign(text).encode(), given):
        return None
    # Only this agent signs, so what is genuine has this form.
    role, sign_in_id, until = text.split(".")
    ends = datetime.fromtimestamp(int(until), UTC)
    return Claim(id=sign_in_id, role=Role(role), until=ends) if now < ends else None


def session_holds(claim: Claim, sign_in: SignIn | None, now: datetime) -> bool:
    """Tell whether the stored sign-in still stands behind a claim."""
    if sign_in is None or sign_in.session_until is None or sign_in.ended:
        return False
    return sign_in.role is claim.role and now < sign_in.session_until
