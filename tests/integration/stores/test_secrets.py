import boto3
import pytest

from qlik_monitor.adapters.secrets import (
    console_key,
    openai_api_key,
    secret_fields,
    signing_key,
    signing_keys,
)
from qlik_monitor.domain.console_session import session_key
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.errors import ConfigurationError, SecretsUnavailable
from tests.fakes.aws import FakeStack, forget_secrets, read_secrets

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"


class Clock:
    """A clock that stands until it is moved, in seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def ids(keys: tuple[SigningKey, ...]) -> list[str]:
    return [key.key_id for key in keys]


def rotate(stack: FakeStack, key_id: str) -> None:
    stack.write_secret("APPROVAL_SECRET_ARN", {"key_id": key_id, "key": f"key-of-{key_id}"})


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


def test_a_secrets_manager_that_does_not_answer_is_asked_again_later(stack: FakeStack) -> None:
    with read_secrets(failing=CURRENT), pytest.raises(SecretsUnavailable, match="just now"):
        secret_fields(named(stack))
    assert secret_fields(named(stack))["key_id"] == "k1"


def test_no_key_is_no_key(stack: FakeStack) -> None:
    assert openai_api_key("") is None
    stack.write_secret("OPENAI_SECRET_ARN", {"api_key": ""})
    assert openai_api_key(named(stack, "OPENAI_SECRET_ARN")) is None


def test_a_key_is_kept_secret(stack: FakeStack) -> None:
    key = openai_api_key(named(stack, "OPENAI_SECRET_ARN"))
    assert key is not None
    assert "openai-key-value" not in repr(key)


def test_before_the_first_rotation_there_is_one_key(stack: FakeStack) -> None:
    with read_secrets() as stages:
        assert ids(signing_keys(named(stack))) == ids(signing_keys(named(stack))) == ["k1"]
    assert stages == [CURRENT, PREVIOUS]


def test_what_the_previous_key_signed_stays_valid_after_one_rotation_and_not_after_two(
    stack: FakeStack,
) -> None:
    signature = signing_key(named(stack)).sign("a link")

    def accepted() -> bool:
        forget_secrets()
        return any(key.sign("a link") == signature for key in signing_keys(named(stack)))

    rotate(stack, "k2")
    assert accepted()
    assert ids(signing_keys(named(stack))) == ["k2", "k1"]
    rotate(stack, "k3")
    assert not accepted()
    assert ids(signing_keys(named(stack))) == ["k3", "k2"]


def test_both_keys_are_fetched_once_in_a_while(stack: FakeStack) -> None:
    rotate(stack, "k2")
    with read_secrets() as stages:
        assert signing_keys(named(stack)) == signing_keys(named(stack))
    assert stages == [CURRENT, PREVIOUS]


def test_a_new_current_key_has_the_previous_one_fetched_with_it(stack: FakeStack) -> None:
    signing_keys(named(stack))
    rotate(stack, "k2")
    assert signing_key(named(stack), fresh=True).key_id == "k2"
    assert ids(signing_keys(named(stack))) == ["k2", "k1"]


def test_a_link_signed_right_after_a_rotation_works_at_once(stack: FakeStack) -> None:
    assert ids(signing_keys(named(stack))) == ["k1"]
    rotate(stack, "k2")
    assert ids(signing_keys(named(stack), wanted="k1")) == ["k1"]
    assert ids(signing_keys(named(stack), wanted="k2")) == ["k2", "k1"]
    assert ids(signing_keys(named(stack))) == ["k2", "k1"]


def test_strangers_have_keys_fetched_once_a_minute_whatever_they_name(stack: FakeStack) -> None:
    clock = Clock()
    signing_keys(named(stack))
    with read_secrets() as stages:
        for second in range(60):
            clock.now = float(second)
            signing_keys(named(stack), wanted=f"k{second + 2}", clock=clock)
        assert stages == [CURRENT, PREVIOUS]
        clock.now = 60.0
        signing_keys(named(stack), wanted="k99", clock=clock)
    assert stages == [CURRENT, PREVIOUS] * 2


@pytest.mark.parametrize("wanted", ["", "k", "k1234567", "K2", "k2\n", "k\uff12", "../k2"])
def test_a_name_that_is_none_of_ours_has_nothing_fetched(stack: FakeStack, wanted: str) -> None:
    signing_keys(named(stack))
    with read_secrets() as stages:
        assert ids(signing_keys(named(stack), wanted=wanted)) == ["k1"]
    assert stages == []


@pytest.mark.parametrize("text", ["hunter2 is no JSON", '["hunter2"]', '{"key": "hunter2"}'])
def test_a_previous_value_that_is_no_key_is_ignored_and_told_without_showing_it(
    stack: FakeStack, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId=named(stack), SecretString=text)
    rotate(stack, "k2")
    assert ids(signing_keys(named(stack))) == ["k2"]
    [record] = [one for one in caplog.records if one.msg == "previous signing key ignored"]
    assert record.levelname == "WARNING"
    assert "hunter2" not in str(vars(record))


@pytest.mark.parametrize("stage", [CURRENT, PREVIOUS])
def test_a_key_that_could_not_be_read_is_not_taken_for_none(stack: FakeStack, stage: str) -> None:
    rotate(stack, "k2")
    with read_secrets(failing=stage), pytest.raises(SecretsUnavailable, match="just now"):
        signing_keys(named(stack))
    assert ids(signing_keys(named(stack))) == ["k2", "k1"]


def test_sessions_of_the_console_are_signed_by_the_current_key_alone(stack: FakeStack) -> None:
    before = console_key(named(stack))
    rotate(stack, "k2")
    forget_secrets()
    current, previous = signing_keys(named(stack))
    assert console_key(named(stack)) == session_key(current)
    assert session_key(previous) == before
