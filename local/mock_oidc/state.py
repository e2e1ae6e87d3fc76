"""What the provider knows: its users and its client, keys, codes that are out, and its fault."""

import secrets
import time
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from aiohttp import web
from joserfc.jwk import RSAKey

CODE_SECONDS = 60
CALLBACK = "/console/oidc/callback"


class Fault(StrEnum):
    """What goes wrong on purpose."""

    NONE = "none"
    SLOW = "slow"
    """No answer in time, at the token endpoint."""
    SERVER_ERROR = "server_error"
    NOT_JSON = "not_json"
    REDIRECT = "redirect"
    """The token endpoint sends the request on to another host."""
    NO_ID_TOKEN = "no_id_token"
    WRONG_NONCE = "wrong_nonce"
    WRONG_AUDIENCE = "wrong_audience"
    MORE_AUDIENCES = "more_audiences"
    """For another program, and for us as well."""
    OTHER_PARTY = "other_party"
    EXPIRED = "expired"
    OLD = "old"
    """Issued an hour ago, and still valid."""
    FROM_THE_FUTURE = "from_the_future"
    OTHER_ISSUER = "other_issuer"
    ALG_NONE = "alg_none"
    ALG_HS256 = "alg_hs256"
    """Signed with the client's secret, which is no secret of the provider's."""
    KEY_AS_SECRET = "key_as_secret"
    """Signed by HS256 with the published key: who mixes the kinds up takes it."""
    FORGED = "forged"
    """Names a published key and is signed with another."""
    UNKNOWN_KEY = "unknown_key"
    OTHER_ACCESS_TOKEN = "other_access_token"
    """The ID token belongs to another access token."""
    FOREIGN_DESCRIPTION = "foreign_description"
    PLAIN_DESCRIPTION = "plain_description"
    """The description sends secrets to another host over plain HTTP."""


@dataclass(frozen=True)
class User:
    """Somebody who can log in; a user name is enough."""

    login: str
    email: str
    email_verified: bool = True


USERS = (
    User("ada", "ada@example.com"),
    User("grace", "Grace@Example.com"),
    User("alan", "alan@example.com"),
    User("eve", "ada@example.com", email_verified=False),
)
"""`eve` says that she is `ada`, and nobody has checked."""


@dataclass(frozen=True)
class Client:
    """The one program that is registered."""

    client_id: str = "qlik-console"
    secret: str = ""
    """Empty: a public client, which proves itself by PKCE alone."""
    redirect_uris: tuple[str, ...] = (
        f"http://127.0.0.1:*{CALLBACK}",
        f"http://localhost:*{CALLBACK}",
    )
    """Shell patterns, as a local stack's address has a random part; real providers compare."""
    methods: tuple[str, ...] = ("client_secret_basic", "client_secret_post", "none")

    def may_return_to(self, address: str) -> bool:
        """Tell whether browsers may be sent back there."""
        return any(fnmatchcase(address, pattern) for pattern in self.redirect_uris)


@dataclass(frozen=True)
class Grant:
    """What a code stands for."""

    user: User
    redirect_uri: str
    challenge: str
    nonce: str
    until: float


@dataclass
class MockState:
    """The provider's memory."""

    client: Client
    users: tuple[User, ...] = USERS
    issuer: str = ""
    fault: Fault = Fault.NONE
    is_down: bool = False
    grants: dict[str, Grant] = field(default_factory=dict)
    keys: list[RSAKey] = field(default_factory=list)
    """The newest first; the one before it stays published, as tokens may be out."""
    asked: list[str] = field(default_factory=list)
    """Method and path of every request."""
    tokens: list[str] = field(default_factory=list)
    """Every code and token that was given: what must stand in no log."""

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        kid = secrets.token_hex(8)
        new = RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})
        self.keys = [new, *self.keys][:2]

    def grant(self, user: User, redirect_uri: str, challenge: str, nonce: str) -> str:
        """Return a code that can be redeemed once, within a minute."""
        code = secrets.token_urlsafe(24)
        until = time.time() + CODE_SECONDS
        self.grants[code] = Grant(user, redirect_uri, challenge, nonce, until)
        self.tokens.append(code)
        return code

    def redeem(self, code: str) -> Grant | None:
        """Return what a code stands for and forget it."""
        grant = self.grants.pop(code, None)
        return grant if grant and time.time() < grant.until else None


STATE = web.AppKey("STATE", MockState)
"""Where an application keeps its memory."""
