"""Logins: what Basic may carry, and sessions that end five minutes after their last request."""

import binascii
import secrets
from base64 import b64decode
from collections.abc import Callable

from local.mock_qlik.scenario_parts import Credentials


class Sessions:
    """The sessions that were given out and still live."""

    def __init__(self, lifetime: float, timer: Callable[[], float]) -> None:
        self._lifetime = lifetime
        self._timer = timer
        self._last_used: dict[str, float] = {}

    def begin(self) -> str:
        """Give out a new session: 22 characters that a URL may hold."""
        session = secrets.token_urlsafe(16)
        self._last_used[session] = self._timer()
        return session

    def renew(self, session: str) -> bool:
        """Tell whether a session lives, and if so let it live on."""
        now = self._timer()
        if now - self._last_used.get(session, float("-inf")) > self._lifetime:
            self.end(session)
            return False
        self._last_used[session] = now
        return True

    def end(self, session: str) -> None:
        """Forget one session."""
        self._last_used.pop(session, None)

    def expire_all(self) -> None:
        """Forget them all: every client has to log in again."""
        self._last_used.clear()


def may_log_in(authorization: str, credentials: Credentials) -> bool:
    """Check a Basic header: user (with or without domain) and password, token, or JWT."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        pair = b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    user, _, password = pair.partition(":")
    expected = {"api-token": credentials.api_token, "jwt": credentials.jwt}
    if user in expected:
        return _same(password, expected[user])
    return _is_user(user, credentials.username) and _same(password, credentials.password)


def _is_user(given: str, username: str) -> bool:
    """Compare user names: `user`, `DOMAIN\\user` and `user@domain` are the same person."""
    bare = given.rpartition("\\")[2] if "\\" in given else given.partition("@")[0]
    return username.casefold() in {given.casefold(), bare.casefold()}


def _same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())
