"""The provider's adapter over HTTP: what is published is kept, and read anew."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pydantic import SecretStr

from local.mock_oidc import Client, Fault, MockOidc
from qlik_monitor.adapters.oidc_http import OidcHttp
from qlik_monitor.adapters.oidc_provider import OidcClient, OidcProvider
from qlik_monitor.domain.console_oidc import ATTEMPT_LASTS, Attempt
from qlik_monitor.errors import (
    IdentityProviderInvalid,
    IdentityProviderUnavailable,
    SignInRefused,
)

CALLBACK = "https://api.example/callback"


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def mock() -> Iterator[MockOidc]:
    with MockOidc(Client(redirect_uris=(CALLBACK,))) as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(mock: MockOidc, clock: Clock) -> OidcProvider:
    client = OidcClient(issuer=mock.issuer, client_id=mock.client.client_id, redirect_uri=CALLBACK)
    return OidcProvider(client, lambda: None, OidcHttp(mock.issuer, seconds=0.5), clock)


def an_attempt() -> Attempt:
    until = datetime.now(UTC) + ATTEMPT_LASTS
    return Attempt(state="s" * 43, nonce="n" * 43, verifier="v" * 43, until=until)


def a_code(provider: OidcProvider, attempt: Attempt) -> str:
    address = provider.address(attempt)
    form = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    answer = requests.post(
        address.partition("?")[0], data=form | {"user": "ada"}, allow_redirects=False, timeout=5
    )
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def claims(provider: OidcProvider) -> dict[str, object]:
    attempt = an_attempt()
    return dict(provider.claims(attempt, a_code(provider, attempt), datetime.now(UTC)))


def reads(mock: MockOidc, path: str) -> int:
    return mock.asked.count(f"GET {path}")


def test_what_is_published_is_read_once_an_hour(
    provider: OidcProvider, mock: MockOidc, clock: Clock
) -> None:
    for _ in range(3):
        assert claims(provider)["email"] == "ada@example.com"
    assert reads(mock, "/.well-known/openid-configuration") == 1
    assert reads(mock, "/jwks") == 1
    clock.seconds += 3601
    claims(provider)
    assert reads(mock, "/.well-known/openid-configuration") == 2
    assert reads(mock, "/jwks") == 2


def test_a_new_key_is_fetched_when_a_token_names_it(
    provider: OidcProvider, mock: MockOidc, clock: Clock
) -> None:
    claims(provider)
    mock.rotate()
    clock.seconds += 61
    assert claims(provider)["sub"] == "ada"
    assert reads(mock, "/jwks") == 2


def test_keys_are_fetched_anew_at_most_once_a_minute(
    provider: OidcProvider, mock: MockOidc, clock: Clock
) -> None:
    claims(provider)
    clock.seconds += 61
    mock.fail(Fault.UNKNOWN_KEY)
    for _ in range(3):
        with pytest.raises(SignInRefused, match="InvalidKeyIdError"):
            claims(provider)
    assert reads(mock, "/jwks") == 2


def test_a_provider_that_takes_too_long_is_not_waited_for(
    provider: OidcProvider, mock: MockOidc
) -> None:
    mock.fail(Fault.SLOW)
    with pytest.raises(IdentityProviderUnavailable, match="does not answer"):
        claims(provider)


def test_a_secret_is_sent_by_a_form_where_the_provider_takes_forms() -> None:
    for methods in (("client_secret_basic",), ("client_secret_post",)):
        client = Client(secret="a-secret", redirect_uris=(CALLBACK,), methods=methods)
        with MockOidc(client) as running:
            ours = OidcClient(
                issuer=running.issuer, client_id=client.client_id, redirect_uri=CALLBACK
            )
            assert claims(OidcProvider(ours, lambda: SecretStr("a-secret")))["sub"] == "ada"
            with pytest.raises(SignInRefused, match="invalid_client"):
                claims(OidcProvider(ours, lambda: SecretStr("another")))
            with pytest.raises(SignInRefused, match="invalid_client"):
                claims(OidcProvider(ours, lambda: None))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault.FOREIGN_DESCRIPTION, "another issuer"),
        (Fault.PLAIN_DESCRIPTION, "token_endpoint is not an https address"),
    ],
)
def test_a_description_that_is_not_the_issuer_s_own_is_not_followed(
    fault: Fault, said: str, provider: OidcProvider, mock: MockOidc
) -> None:
    mock.fail(fault)
    with pytest.raises(IdentityProviderInvalid, match=said):
        provider.address(an_attempt())
    mock.fail(Fault.NONE)
    assert provider.address(an_attempt()).startswith(mock.issuer)


def test_an_address_where_no_provider_is_says_so(mock: MockOidc) -> None:
    issuer = f"{mock.issuer}/realms/nowhere"
    client = OidcClient(issuer=issuer, client_id="x", redirect_uri=CALLBACK)
    with pytest.raises(IdentityProviderInvalid, match="answered 404"):
        OidcProvider(client, lambda: None).address(an_attempt())


def test_a_sign_in_without_a_code_asks_nobody(provider: OidcProvider, mock: MockOidc) -> None:
    with pytest.raises(SignInRefused, match="no code"):
        provider.claims(an_attempt(), "", datetime.now(UTC))
    assert mock.asked == []
