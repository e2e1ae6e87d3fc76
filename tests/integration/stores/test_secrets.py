import boto3
import pytest
from aws_lambda_powertools.utilities import parameters
from botocore.stub import Stubber

from qlik_monitor.adapters.secrets import (
    oidc_client_secret,
    openai_api_key,
    secret_fields,
    signing_key,
)
from qlik_monitor.errors import ConfigurationError, SecretsUnavailable
from tests.fakes.aws import FakeStack


def named(stack: FakeStack, name: str = "APPROVAL_SECRET_ARN") -> str:
    return stack.secret_arns[name]


def test_a_secret_is_an_object_without_its_empty_fields(stack: FakeStack) -> None:
    stack.write_secret("QLIK_SECRET_ARN", {"username": "me", "password": "", "api_token": None})
    assert secret_fields(named(stack, "QLIK_SECRET_ARN")) == {"username": "me"}


def test_a_secret_is_fetched_once_in_a_while(stack: FakeStack) -> None:
    first = secret_fields(named(stack))
    stack.write_secret("APPROVAL_SECRET_ARN", {"key_id": "k2", "key": "new"})
    assert secret_fields(named(stack)) == first


def test_the_signing_key_is_read(stack: FakeStack) -> None:
    key = signing_key(named(stack))
    assert key.key_id == "k1"
    assert key.key.get_secret_value() == "a-long-secret-signing-key"


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("hunter2 is no JSON", "is not JSON"),
        ('["hunter2"]', "is not a JSON object"),
        ('"hunter2"', "is not a JSON object"),
    ],
)
def test_a_malformed_secret_is_explained_and_never_shown(
    stack: FakeStack, text: str, because: str
) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId=named(stack), SecretString=text)
    with pytest.raises(ConfigurationError, match=because) as raised:
        secret_fields(named(stack))
    assert "hunter2" not in str(raised.value)


def test_a_signing_key_without_its_parts_is_explained_and_never_shown(stack: FakeStack) -> None:
    stack.write_secret("APPROVAL_SECRET_ARN", {"key": "hunter2"})
    with pytest.raises(ConfigurationError, match="lacks or misstates: key_id") as raised:
        signing_key(named(stack))
    assert "hunter2" not in str(raised.value)


def test_a_secret_that_is_not_there_names_itself(stack: FakeStack) -> None:
    with pytest.raises(ConfigurationError, match="missing-secret has no value"):
        secret_fields("missing-secret")


def test_a_secrets_manager_that_does_not_answer_is_asked_again_later(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client("secretsmanager")
    stubber = Stubber(client)
    stubber.add_client_error("get_secret_value", "InternalServiceError")
    failing = parameters.SecretsProvider(boto3_client=client)
    monkeypatch.setitem(vars(parameters.base)["DEFAULT_PROVIDERS"], "secrets", failing)
    with stubber, pytest.raises(SecretsUnavailable, match="just now"):
        secret_fields(named(stack))


def test_no_key_is_no_key(stack: FakeStack) -> None:
    assert openai_api_key("") is None
    stack.write_secret("OPENAI_SECRET_ARN", {"api_key": ""})
    assert openai_api_key(named(stack, "OPENAI_SECRET_ARN")) is None


def test_a_key_is_kept_secret(stack: FakeStack) -> None:
    key = openai_api_key(named(stack, "OPENAI_SECRET_ARN"))
    assert key is not None
    assert "openai-key-value" not in repr(key)


def test_a_client_without_a_secret_is_a_public_one(stack: FakeStack) -> None:
    assert oidc_client_secret("") is None
    assert oidc_client_secret("missing-secret") is None
    stack.write_secret("OPENAI_SECRET_ARN", {"client_secret": ""})
    assert oidc_client_secret(named(stack, "OPENAI_SECRET_ARN")) is None


def test_a_client_s_secret_is_kept_secret(stack: FakeStack) -> None:
    stack.write_secret("OPENAI_SECRET_ARN", {"client_secret": "hunter2"})
    secret = oidc_client_secret(named(stack, "OPENAI_SECRET_ARN"))
    assert secret is not None
    assert secret.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(secret)


def test_a_client_s_secret_that_no_header_holds_is_explained_and_never_shown(
    stack: FakeStack,
) -> None:
    stack.write_secret("OPENAI_SECRET_ARN", {"client_secret": "hunter2\n"})
    with pytest.raises(ConfigurationError, match="misstates client_secret") as raised:
        oidc_client_secret(named(stack, "OPENAI_SECRET_ARN"))
    assert "hunter2" not in str(raised.value)
