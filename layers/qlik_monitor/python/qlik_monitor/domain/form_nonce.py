"""Nonces of forms: signed proof that a page of ours was shown, to whom and when.

A form carries one, and where a person has to be told from a machine also four digits that the page
shows and that have to be typed: what follows links, presses buttons and sends forms types nothing.
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta

from qlik_monitor.domain.signing_key import SigningKey

FORM_LASTS = timedelta(hours=1)
"""How long a page may lie open before its form is sent."""
PURPOSE = "form"
NONCE = re.compile(r"(\d{1,12})\.([A-Za-z0-9_-]{43})", re.ASCII)
TO_COME = timedelta(minutes=1)
"""Clocks of two containers may differ by so much."""


def issue(key: SigningKey, purpose: str, bound_to: str, now: datetime) -> str:
    """Make the nonce of a form: what it is for, and what it is bound to, such as a session's id."""
    seconds = int(now.timestamp())
    return f"{seconds}.{key.derived(PURPOSE).sign(_text(purpose, bound_to, seconds))}"


def holds(
    nonce: str,
    key: SigningKey,
    purpose: str,
    bound_to: str,
    now: datetime,
    *,
    lasts: timedelta = FORM_LASTS,
) -> bool:
    """Tell whether a nonce is of this form, and not too old; anything else is False."""
    parts = NONCE.fullmatch(nonce)
    seconds, signature = (int(parts[1]), parts[2]) if parts else (0, "")
    genuine = key.derived(PURPOSE).has_signed(_text(purpose, bound_to, seconds), signature)
    if parts is None or not genuine:
        return False
    # Genuine, so it is a moment of ours.
    age = now - datetime.fromtimestamp(seconds, UTC)
    return -TO_COME <= age < lasts


def code_of(nonce: str) -> str:
    """Return the four digits that the page with this nonce shows; they are no secret."""
    digest = hashlib.sha256(f"code\n{nonce}".encode("utf-8", "surrogatepass")).digest()
    return f"{int.from_bytes(digest) % 10_000:04d}"


def _text(purpose: str, bound_to: str, seconds: int) -> str:
    # The length keeps one part from lending characters to the next.
    return f"{len(purpose)}\n{purpose}\n{seconds}\n{bound_to}"
