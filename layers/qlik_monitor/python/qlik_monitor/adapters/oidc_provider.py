"""Signs people in by an OpenID Connect provider: authorisation code with PKCE, by Authlib.

Authlib makes the requests and judges claims, joserfc checks signatures. Importing them takes a
fifth of a second: whoever needs this module imports it when it is needed.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core.claims import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import SecretStr

from qlik_monitor.adapters.oidc_documents import Described, OidcDocuments
from qlik_monitor.adapters.oidc_http import OidcHttp
from qlik_monitor.domain.console_oidc import ATTEMPT_LASTS, Attempt, error_code
from qlik_monitor.domain.model import Frozen
from qlik_monitor.errors import IdentityProviderInvalid, SignInRefused

SCOPE = "openid email profile"
ALGORITHMS = ("RS256", "PS256", "ES256", "ES384")
"""Signatures by a key pair alone: whoever knows the client's secret must not be able to sign."""
LEEWAY = timedelta(seconds=60)
"""How far clocks may be apart."""
BAD_TOKEN = (JoseError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What the libraries raise over a token of any form."""


class CodeRefused(Exception):
    """The token endpoint's error, in place of Authlib's own, which chokes on some descriptions."""

    def __init__(self, error: object, description: object = None) -> None:
        """Keep the code alone: a description may hold anything."""
        del description
        super().__init__(error_code(str(error)) or "no reason that can be told")


class OidcClient(Frozen):
    """Who we are at the provider."""

    issuer: str
    client_id: str
    redirect_uri: str
    """Where it sends browsers back to; it has to know the address beforehand."""


class OidcProvider:
    """One provider; keeps what it publishes for the life of the execution environment."""

    def __init__(
        self,
        client: OidcClient,
        secret: Callable[[], SecretStr | None],
        http: OidcHttp | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask nothing yet; `secret` is asked at each sign-in, as it may be rotated."""
        self._client = client
        self._secret = secret
        self._http = http or OidcHttp(client.issuer)
        self._documents = OidcDocuments(client.issuer, self._http, clock)

    def address(self, attempt: Attempt) -> str:
        """Return where a browser has to go; raises as `OidcDocuments.described`."""
        endpoint = self._documents.described().authorization_endpoint
        address, _ = self._oauth(None).create_authorization_url(
            endpoint, state=attempt.state, code_verifier=attempt.verifier, nonce=attempt.nonce
        )
        return str(address)

    def claims(self, attempt: Attempt, code: str, now: datetime) -> Mapping[str, Any]:
        """Redeem a code, once, for what the provider says of a person.

        Raises SignInRefused for a code or a token that does not hold, IdentityProviderUnavailable
        and IdentityProviderInvalid where there is no telling.
        """
        if not code:
            raise SignInRefused("the provider sent no code")
        token = self._redeemed(attempt, code)
        id_token, access_token = token.get("id_token"), token.get("access_token")
        if not isinstance(id_token, str):
            raise SignInRefused("the provider gave no ID token")
        try:
            decoded = self._decoded(id_token)
            return self._checked(decoded, access_token, attempt, now)
        except BAD_TOKEN as error:
            # The names of such errors say what is wrong; their texts may quote the token.
            raise SignInRefused(f"the ID token does not hold: {_what(error)}") from error

    def _redeemed(self, attempt: Attempt, code: str) -> Mapping[str, Any]:
        described = self._documents.described()
        try:
            token: Mapping[str, Any] = self._oauth(described).fetch_token(
                described.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=attempt.verifier,
            )
        except CodeRefused as error:
            raise SignInRefused(f"the provider did not take the code: {error}") from error
        except (AuthlibBaseError, AttributeError, TypeError, ValueError) as error:
            raise IdentityProviderInvalid("its answer to a code has another form") from error
        return token

    def _decoded(self, id_token: str) -> jwt.Token:
        try:
            return _verified(id_token, self._documents.keys())
        except InvalidKeyIdError:
            newer = self._documents.newer_keys()
            if newer is None:
                raise
            return _verified(id_token, newer)

    def _checked(
        self, decoded: jwt.Token, access_token: object, attempt: Attempt, now: datetime
    ) -> Mapping[str, Any]:
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": self._client.issuer},
                "aud": {"essential": True, "value": self._client.client_id},
                "nonce": {"essential": True, "value": attempt.nonce},
            },
            params={
                "client_id": self._client.client_id,
                "nonce": attempt.nonce,
                "access_token": access_token if isinstance(access_token, str) else None,
            },
        )
        leeway = int(LEEWAY.total_seconds())
        claims.validate(now=int(now.timestamp()), leeway=leeway)
        if claims["iat"] < (attempt.until - ATTEMPT_LASTS).timestamp() - leeway:
            raise SignInRefused("the ID token is older than the sign-in")
        return dict(claims)

    def _oauth(self, described: Described | None) -> Any:
        """Make Authlib's client: to redeem a code where the provider is described."""
        secret = self._secret() if described else None
        methods = described.token_endpoint_auth_methods_supported if described else []
        # In a form there is one way to write a secret's special characters; in a header there are
        # two, and providers differ.
        by_form = "client_secret_post" in methods
        with_secret = "client_secret_post" if by_form else "client_secret_basic"
        client = OAuth2Client(
            self._http,
            client_id=self._client.client_id,
            client_secret=secret.get_secret_value() if secret else None,
            token_endpoint_auth_method=with_secret if secret else "none",
            scope=SCOPE,
            redirect_uri=self._client.redirect_uri,
            code_challenge_method="S256",
        )
        client.oauth_error_class = CodeRefused
        return client


def _verified(id_token: str, keys: KeySet) -> jwt.Token:
    # Providers put headers of their own into tokens.
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    return jwt.decode(id_token, keys, registry=registry)


def _what(error: Exception) -> str:
    """Name the claim at fault where it is one that we ask for, else the kind of error."""
    claim = getattr(error, "claim", None)
    return f"{type(error).__name__} {claim}" if isinstance(claim, str) else type(error).__name__
