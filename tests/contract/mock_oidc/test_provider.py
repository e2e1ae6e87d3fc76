"""The mock provider refuses what a real one refuses."""

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from local.mock_oidc import Fault, MockOidc
from tests.contract.mock_oidc.conftest import answer_in, log_in, redeem, request_of


def keys(mock: MockOidc) -> KeySet:
    address = requests.get(f"{mock.issuer}/.well-known/openid-configuration", timeout=5).json()
    assert address["issuer"] == mock.issuer
    published = requests.get(address["jwks_uri"], timeout=5).json()
    assert not [key for key in published["keys"] if "d" in key]
    return KeySet.import_key_set(published)


def test_a_code_is_redeemed_for_a_token_that_the_published_keys_verify(mock: MockOidc) -> None:
    answer = answer_in(log_in(mock))
    assert answer["state"] == "a-state"
    told = redeem(mock, answer["code"]).json()
    claims = jwt.decode(told["id_token"], keys(mock), algorithms=["RS256"]).claims
    assert claims["iss"] == mock.issuer
    assert claims["aud"] == mock.client.client_id
    assert claims["nonce"] == "a-nonce"
    assert (claims["email"], claims["email_verified"]) == ("ada@example.com", True)


def test_the_login_page_keeps_the_request_and_escapes_it(mock: MockOidc) -> None:
    sent = request_of(mock, state='"><script>')
    page = requests.get(f"{mock.issuer}/authorize", params=sent, timeout=5)
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert "&quot;&gt;&lt;script&gt;" in page.text


@pytest.mark.parametrize(
    "change", [{"client_id": "another"}, {"redirect_uri": "https://evil.example/callback"}]
)
def test_a_stranger_is_sent_nowhere(change: dict[str, str], mock: MockOidc) -> None:
    assert log_in(mock, **change).status_code == 400


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"deny": "1"}, "access_denied"),
    ],
)
def test_a_wrong_request_goes_back_with_its_error(
    change: dict[str, str], error: str, mock: MockOidc
) -> None:
    answer = answer_in(log_in(mock, **change))
    assert (answer["error"], answer["state"]) == (error, "a-state")


def test_an_unknown_user_is_asked_again(mock: MockOidc) -> None:
    again = log_in(mock, "nobody")
    assert again.status_code == 401
    assert "There is no such user" in again.text


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "https://app.example/other"}, "invalid_grant"),
        ({"code": "guessed"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_secret": ""}, "invalid_client"),
        ({"client_id": "another"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_for_its_client_and_its_verifier_alone(
    change: dict[str, str], error: str, mock: MockOidc
) -> None:
    code = answer_in(log_in(mock))["code"]
    assert redeem(mock, **({"code": code} | change)).json()["error"] == error


def test_a_code_works_once(mock: MockOidc) -> None:
    code = answer_in(log_in(mock))["code"]
    assert redeem(mock, code).status_code == 200
    assert redeem(mock, code).json()["error"] == "invalid_grant"


def test_a_wrong_verifier_uses_the_code_up(mock: MockOidc) -> None:
    code = answer_in(log_in(mock))["code"]
    redeem(mock, code, code_verifier="w" * 43)
    assert redeem(mock, code).json()["error"] == "invalid_grant"


def test_keys_rotate_and_the_last_one_stays_published(mock: MockOidc) -> None:
    before = {key.kid for key in keys(mock)}
    mock.rotate()
    after = {key.kid for key in keys(mock)}
    assert len(before) == 1
    assert len(after) == 2
    assert before < after
    mock.rotate()
    assert before.isdisjoint(key.kid for key in keys(mock))


def test_it_is_controlled_over_http(mock: MockOidc) -> None:
    control = f"{mock.issuer}/_mock"
    assert requests.put(f"{control}/fault", json={"fault": "expired"}, timeout=5).ok
    state = requests.post(f"{control}/rotate", timeout=5).json()
    assert (state["fault"], len(state["keys"])) == (Fault.EXPIRED, 2)
    wrong = requests.put(f"{control}/fault", json={"fault": "flood"}, timeout=5)
    assert wrong.status_code == 400
    assert "wrong_nonce" in wrong.json()["error"]
    requests.post(f"{control}/down", timeout=5)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{mock.issuer}/jwks", timeout=5)
    requests.post(f"{control}/up", timeout=5)
    assert requests.get(f"{mock.issuer}/jwks", timeout=5).ok
