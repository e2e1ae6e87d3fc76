"""The way back: which page of the console a sign-in leads to, for whoever asked for it before.

It is one of a few pages of this console and nothing else, whatever is asked for, and it travels
signed: no address that somebody else made up is ever followed.
"""

import base64
import re
from collections.abc import Mapping
from urllib.parse import urlencode

from qlik_monitor.domain.signing_key import SigningKey

HOME = "/console"
PURPOSE = "console way back"
LONGEST = 1000
"""Characters of an address; whoever asked for a longer one comes back to the fleet."""
FORMS = {"/console/automation/pause": "/console/automation"}
FORMS |= {"/console/automation/resume": "/console/automation"}
"""Addresses that only forms are sent to, and the pages that the forms stand on."""
_PAGE = re.compile(
    r"/console(?:/task|/automation|/health|/incidents(?:/[\w-]{1,80})?)?(?:\?[\w.~%&=+*-]+)?",
    re.ASCII,
)


def way_back(path: str, query: Mapping[str, str]) -> str:
    """Return the address of the page that was asked for, or the fleet's where it is none."""
    page = FORMS.get(path, path).rstrip("/")
    return _page(f"{page}?{urlencode(query, errors='replace')}" if query else page)


def ticket_of(address: str, key: SigningKey) -> str:
    """Write an address so that it can be handed on by a browser, and nobody can change it."""
    text = base64.urlsafe_b64encode(address.encode()).rstrip(b"=").decode()
    return f"{text}.{key.derived(PURPOSE).sign(text)}"


def address_of(ticket: str, key: SigningKey) -> str:
    """Return the address in a genuine ticket; the fleet's for any other."""
    text, _, signature = ticket.partition(".")
    if not key.derived(PURPOSE).has_signed(text, signature):
        return HOME
    return _page(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())


def _page(address: str) -> str:
    fits = len(address) <= LONGEST and _PAGE.fullmatch(address)
    return address if fits else HOME
