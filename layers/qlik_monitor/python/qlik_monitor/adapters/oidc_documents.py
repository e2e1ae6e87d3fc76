"""What an OpenID Connect provider publishes of itself: where it answers, and its keys.

Both are kept for an hour. Keys are asked for once more when a token names one that is unknown, as
providers rotate them, but not more often than once a minute: anybody can name a key.
"""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, ValidationError

from qlik_monitor.adapters.oidc_http import OidcHttp
from qlik_monitor.adapters.qlik_endpoint import is_loopback
from qlik_monitor.errors import IdentityProviderInvalid

KEPT_SECONDS = 3600.0
KEYS_PAUSE_SECONDS = 60.0
WELL_KNOWN = "/.well-known/openid-configuration"
CURVES = ("P-256", "P-384")


class Described(BaseModel):
    """The parts of a provider's description that a sign-in needs."""

    model_config = ConfigDict(frozen=True, strict=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]


class OidcDocuments:
    """Reads and keeps them."""

    def __init__(
        self, issuer: str, http: OidcHttp, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Read those of one issuer; `clock` counts seconds."""
        self._issuer = issuer
        self._http = http
        self._clock = clock
        self._described: tuple[float, Described] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def described(self) -> Described:
        """Return where the provider answers.

        Raises IdentityProviderUnavailable, or IdentityProviderInvalid for a description that is
        another issuer's or sends people or secrets over plain HTTP.
        """
        if self._described is None or self._age(self._described[0]) > KEPT_SECONDS:
            found = self._read()
            self._described = (self._clock(), found)
        return self._described[1]

    def keys(self) -> KeySet:
        """Return the keys that ID tokens are signed with."""
        if self._keys is None or self._age(self._keys[0]) > KEPT_SECONDS:
            return self._read_keys()
        return self._keys[1]

    def newer_keys(self) -> KeySet | None:
        """Return the keys as they are now, or None where they were read a moment ago."""
        if self._keys is not None and self._age(self._keys[0]) < KEYS_PAUSE_SECONDS:
            return None
        return self._read_keys()

    def _age(self, moment: float) -> float:
        return self._clock() - moment

    def _read(self) -> Described:
        document = self._http.get_object(self._issuer.rstrip("/") + WELL_KNOWN)
        try:
            found = Described.model_validate(document)
        except ValidationError as error:
            fields = ", ".join(str(item["loc"][0]) for item in error.errors())
            raise IdentityProviderInvalid(f"its description lacks or misstates: {fields}") from None
        if found.issuer != self._issuer:
            raise IdentityProviderInvalid("its description is of another issuer than OIDC_ISSUER")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not _is_safe(getattr(found, name), self._issuer):
                raise IdentityProviderInvalid(f"its {name} is not an https address")
        return found

    def _read_keys(self) -> KeySet:
        document = self._http.get_object(self.described().jwks_uri)
        try:
            found = KeySet.import_key_set({"keys": [k for k in document["keys"] if _is_ours(k)]})
        except (JoseError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            reason = f"its keys cannot be used ({type(error).__name__})"
            raise IdentityProviderInvalid(reason) from error
        self._keys = (self._clock(), found)
        return found


def _is_safe(address: str, issuer: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or "@" in parts.netloc or parts.fragment or not address.isprintable():
        return False
    of_this_machine = is_loopback(host) and urlsplit(issuer).scheme == "http"
    return parts.scheme == "https" or (parts.scheme == "http" and of_this_machine)


def _is_ours(key: Any) -> bool:
    """Tell whether a key may sign; a provider also publishes what other programs use."""
    if not isinstance(key, dict) or key.get("use", "sig") != "sig":
        return False
    return key.get("kty") == "RSA" or (key.get("kty") == "EC" and key.get("crv") in CURVES)
