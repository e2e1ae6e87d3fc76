"""A mock provider for one client, and the way through it as a browser and a program go."""

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from local.mock_oidc import Client, MockOidc

RETURN_TO = "https://app.example/callback"
VERIFIER = "v" * 43


@pytest.fixture
def mock() -> Iterator[MockOidc]:
    with MockOidc(Client(secret="s3cret", redirect_uris=(RETURN_TO,))) as running:
        yield running


def request_of(mock: MockOidc, **changes: str) -> dict[str, str]:
    """Return the parameters of a good authorisation request."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    return {
        "response_type": "code",
        "client_id": mock.client.client_id,
        "redirect_uri": RETURN_TO,
        "scope": "openid email",
        "state": "a-state",
        "nonce": "a-nonce",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    } | changes


def log_in(mock: MockOidc, user: str = "ada", **changes: str) -> requests.Response:
    """Send the form of the login page."""
    sent = request_of(mock, **changes) | {"user": user}
    return requests.post(f"{mock.issuer}/authorize", data=sent, allow_redirects=False, timeout=5)


def answer_in(response: requests.Response) -> dict[str, str]:
    """Return what a browser is sent back with."""
    assert response.status_code == 302
    parts = urlsplit(response.headers["Location"])
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def redeem(mock: MockOidc, code: str, **changes: str) -> requests.Response:
    """Ask for tokens as the client does."""
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": RETURN_TO,
        "code_verifier": VERIFIER,
        "client_id": mock.client.client_id,
        "client_secret": "s3cret",
    }
    kept = {name: value for name, value in (sent | changes).items() if value}
    return requests.post(f"{mock.issuer}/token", data=kept, timeout=5)
