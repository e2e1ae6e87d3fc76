"""ID tokens, as the provider signs them, and as they must not be."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from local.mock_oidc.state import Fault, Grant, MockState

LASTS_SECONDS = 300
ELSEWHERE = "another-program"


def id_token(state: MockState, grant: Grant, access_token: str) -> str:
    """Return the token of a grant, spoilt by the fault of the moment."""
    return _signed(state, _claims(state, grant, access_token))


def _claims(state: MockState, grant: Grant, access_token: str) -> dict[str, Any]:
    now = int(time.time())
    told = {
        "iss": state.issuer,
        "sub": grant.user.login,
        "aud": state.client.client_id,
        "iat": now,
        "exp": now + LASTS_SECONDS,
        "nonce": grant.nonce,
        "at_hash": _half_hash(access_token),
        "email": grant.user.email,
        "email_verified": grant.user.email_verified,
        "preferred_username": grant.user.login,
    }
    return told | _spoilt(state, now)


def _spoilt(state: MockState, now: int) -> dict[str, Any]:
    ours = state.client.client_id
    wrong: dict[Fault, dict[str, Any]] = {
        Fault.WRONG_NONCE: {"nonce": "of-another-sign-in"},
        Fault.WRONG_AUDIENCE: {"aud": ELSEWHERE},
        Fault.MORE_AUDIENCES: {"aud": [ELSEWHERE, ours]},
        Fault.OTHER_PARTY: {"azp": ELSEWHERE},
        Fault.EXPIRED: {"iat": now - 600, "exp": now - 300},
        Fault.OLD: {"iat": now - 3600},
        Fault.FROM_THE_FUTURE: {"iat": now + 3600, "exp": now + 7200},
        Fault.OTHER_ISSUER: {"iss": "https://issuer.example"},
        Fault.OTHER_ACCESS_TOKEN: {"at_hash": _half_hash("another")},
    }
    return wrong.get(state.fault, {})


def _signed(state: MockState, claims: dict[str, Any]) -> str:
    key = state.keys[0]
    header = {"alg": "RS256", "kid": str(key.kid)}
    match state.fault:
        case Fault.ALG_NONE:
            return f"{_part({'alg': 'none'})}.{_part(claims)}."
        case Fault.ALG_HS256:
            return _by_secret(state.client.secret or "no-secret-at-all-but-a-long-one", claims)
        case Fault.KEY_AS_SECRET:
            return _by_secret(key.as_pem(private=False).decode(), claims, str(key.kid))
        case Fault.FORGED:
            return jwt.encode(header, claims, RSAKey.generate_key(2048))
        case Fault.UNKNOWN_KEY:
            return jwt.encode(header | {"kid": "unheard-of"}, claims, RSAKey.generate_key(2048))
    return jwt.encode(header, claims, key)


def _by_secret(secret: str, claims: dict[str, Any], kid: str = "") -> str:
    # By hand, as libraries refuse to sign with what looks like a public key.
    header = {"alg": "HS256"} | ({"kid": kid} if kid else {})
    text = f"{_part(header)}.{_part(claims)}"
    return f"{text}.{_encoded(hmac.digest(secret.encode(), text.encode(), 'sha256'))}"


def _half_hash(text: str) -> str:
    return _encoded(hashlib.sha256(text.encode()).digest()[:16])


def _part(fields: dict[str, Any]) -> str:
    return _encoded(json.dumps(fields).encode())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
