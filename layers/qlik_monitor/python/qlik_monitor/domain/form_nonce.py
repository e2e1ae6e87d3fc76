"""Form nonces: proof that a form was sent from a page that this person was shown not long ago.

Nothing is stored: a nonce is the moment of its issue and an HMAC over purpose, bearer and moment.
It may be sent twice, so what a form does has to bear that; it serves one purpose of one session.
"""

import hmac
from datetime import UTC, datetime, timedelta

from qlik_monitor.domain.approval import SigningKey
from qlik_monitor.domain.console_session import derived_key

LONGEST = 100
"""Characters of a nonce at most; the real ones have fewer."""


def form_key(approval_key: SigningKey) -> SigningKey:
    """Derive the key of nonces; nothing that it signs verifies as a link or a session."""
    return derived_key(approval_key, "form")


def issue(key: SigningKey, purpose: str, bound_to: str, now: datetime) -> str:
    """Make the nonce of a form for one purpose, bound to whom it is shown (a session's id)."""
    moment = str(int(now.timestamp()))
    return f"{moment}.{key.sign(_text(purpose, bound_to, moment))}"


def holds(  # noqa: PLR0917 - each of them is what the nonce is held against
    nonce: str, key: SigningKey, purpose: str, bound_to: str, now: datetime, lasts: timedelta
) -> bool:
    """Tell whether a nonce was issued for this purpose and bearer, and not too long ago.

    Whatever else is sent, of any form, is False; the signature is compared in constant time.
    """
    if len(nonce) > LONGEST:
        return False
    moment, _, signature = nonce.partition(".")
    expected = key.sign(_text(purpose, bound_to, moment))
    given = signature.encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(expected.encode(), given):
        return False
    # Only this agent signs, so what is genuine holds a number.
    issued = datetime.fromtimestamp(int(moment), UTC)
    return now - lasts < issued <= now


def _text(purpose: str, bound_to: str, moment: str) -> str:
    # The lengths keep one part from lending characters to the next.
    return f"form\n{len(purpose)}\n{purpose}\n{len(bound_to)}\n{bound_to}\n{moment}"
