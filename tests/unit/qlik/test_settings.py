import base64
import traceback
from typing import Any

import pytest
from pydantic import SecretStr

from qlik_monitor.adapters.qlik_platform import QlikCredentials, QlikSettings, qlik_platform
from qlik_monitor.adapters.qlik_tls import tls_context
from qlik_monitor.domain.redaction import redact
from qlik_monitor.errors import ConfigurationError
from tests.integration.qlik.platforms import NOON

ENDPOINT = "https://qem.example.com"
SECRET = "s3cret"


def decoded(header: SecretStr) -> str:
    scheme, _, pair = header.get_secret_value().partition(" ")
    assert scheme == "Basic"
    return base64.b64decode(pair).decode()


@pytest.mark.parametrize(
    ("field", "value", "variable"),
    [
        ("flavor", "replicate", "QLIK_FLAVOR"),
        ("concurrency", 0, "QLIK_CONCURRENCY"),
        ("concurrency", 65, "QLIK_CONCURRENCY"),
        ("concurrency", "many", "QLIK_CONCURRENCY"),
        ("action_timeout_seconds", 0, "QLIK_ACTION_TIMEOUT_SECONDS"),
        ("read_deadline_seconds", float("nan"), "read_deadline_seconds"),
        ("endpoint", "http://qem.example.com", "QLIK_API_ENDPOINT"),
    ],
)
def test_a_setting_out_of_range_is_named_with_its_value(
    field: str, value: object, variable: str
) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        QlikSettings.model_validate({"endpoint": ENDPOINT, field: value})

    assert f"{variable}={value!r}" in str(refusal.value)


def test_a_missing_endpoint_is_named() -> None:
    with pytest.raises(ConfigurationError, match="QLIK_API_ENDPOINT"):
        QlikSettings.model_validate({})


def test_settings_as_text_are_read_as_the_environment_gives_them() -> None:
    settings = QlikSettings.model_validate({"endpoint": ENDPOINT, "concurrency": "4"})

    assert settings.concurrency == 4


def test_a_token_logs_in_as_the_user_api_token() -> None:
    assert decoded(QlikCredentials(api_token=SecretStr("tok")).basic()) == "api-token:tok"


def test_a_user_logs_in_with_name_and_password() -> None:
    credentials = QlikCredentials(username="CORP\\ann", password=SecretStr("pässword"))

    assert decoded(credentials.basic()) == "CORP\\ann:pässword"
    assert credentials.named == "QLIK_USERNAME and QLIK_PASSWORD"


def test_a_token_goes_before_a_user_name() -> None:
    credentials = QlikCredentials(
        api_token=SecretStr("tok"), username="ann", password=SecretStr(SECRET)
    )

    assert decoded(credentials.basic()) == "api-token:tok"
    assert credentials.bearer().get_secret_value() == "Bearer tok"


def test_a_line_break_behind_a_token_is_taken_off() -> None:
    token = QlikCredentials(api_token=SecretStr("tok\n")).bearer()

    assert token.get_secret_value() == "Bearer tok"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"username": "ann", "password": f"a:{SECRET}"}, "QLIK_PASSWORD"),
        ({"username": "ann", "password": f"{SECRET}\n"}, "QLIK_PASSWORD"),
        ({"username": "an:n", "password": SECRET}, "QLIK_USERNAME='an:n'"),
        ({"username": "ann"}, "QLIK_PASSWORD is missing"),
        ({"password": SECRET}, "QLIK_USERNAME is missing"),
        ({"api_token": f"{SECRET} x"}, "QLIK_API_TOKEN"),
        ({"api_token": f"{SECRET}\r\nX-Header: y"}, "QLIK_API_TOKEN"),
        ({"api_token": f"{SECRET}ä"}, "QLIK_API_TOKEN"),
        ({"api_token": [SECRET]}, "QLIK_API_TOKEN"),
        ({"tokn": SECRET}, "tokn"),
    ],
)
def test_credentials_that_cannot_work_are_refused_without_showing_them(
    fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        QlikCredentials.model_validate(fields)

    assert said in str(refusal.value)
    # What cleans texts before they are shown takes "PASSWORD: word" for a secret.
    assert redact(str(refusal.value)) == str(refusal.value)
    assert SECRET not in "".join(traceback.format_exception(refusal.value))


def test_no_secret_stands_in_a_representation() -> None:
    credentials = QlikCredentials(
        api_token=SecretStr(SECRET), username="ann", password=SecretStr(SECRET)
    )

    assert SECRET not in repr(credentials) + str(credentials) + credentials.model_dump_json()
    assert SECRET not in repr(credentials.basic()) + repr(credentials.bearer())


@pytest.mark.parametrize(
    ("endpoint", "fields", "said"),
    [
        (ENDPOINT, {}, "QLIK_API_TOKEN, or QLIK_USERNAME and QLIK_PASSWORD"),
        (ENDPOINT, {"api_token": "", "username": ""}, "QLIK_API_TOKEN, or QLIK_USERNAME"),
        ("https://t.eu.qlikcloud.com", {"username": "a", "password": "b"}, "needs QLIK_API_TOKEN"),
        (
            ENDPOINT,
            {"api_token": "t", "ca_bundle": "/no/such.pem"},
            "QLIK_CA_BUNDLE='/no/such.pem'",
        ),
    ],
)
def test_a_platform_is_not_built_without_what_it_needs(
    endpoint: str, fields: dict[str, Any], said: str
) -> None:
    settings = QlikSettings(endpoint=endpoint)
    credentials = QlikCredentials.model_validate(fields)

    with pytest.raises(ConfigurationError, match=said):
        qlik_platform(settings, credentials, now=lambda: NOON)


@pytest.mark.parametrize(
    "pem", ["-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----", "-----BEGIN"]
)
def test_text_that_only_looks_like_a_certificate_is_refused(pem: str) -> None:
    with pytest.raises(ConfigurationError, match="QLIK_CA_BUNDLE"):
        tls_context(pem)
