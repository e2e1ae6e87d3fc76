"""Secrets from Secrets Manager, fetched once in a while per container and never logged."""

import json
import re
import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.config import Config
from pydantic import SecretStr, ValidationError

from qlik_monitor.adapters.person_waits import brief_or, refuse_late_calls
from qlik_monitor.domain.console_oidc import oidc_key
from qlik_monitor.domain.console_session import session_key
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.errors import ConfigurationError, SecretsUnavailable
from qlik_monitor.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

CONFIG = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard"})
MAX_AGE_SECONDS = 300
SECONDS_BETWEEN_REFETCHES = 60.0
MISSING = "ResourceNotFoundException"
OF_OURS = re.compile(r"k[0-9]{1,6}", re.ASCII)
"""What Terraform names its keys."""


def secret_fields(arn: str, *, fresh: bool = False) -> dict[str, str]:
    """Return a secret's JSON object; raises ConfigurationError that never shows its content."""
    text = _value(arn, fresh=fresh)
    if text is None:
        raise ConfigurationError(f"the secret {arn} has no value: give it one")
    return _fields(arn, text)


def _fields(arn: str, text: str | bytes) -> dict[str, str]:
    try:
        fields = json.loads(text)
    except ValueError:
        raise ConfigurationError(f"the secret {arn} is not JSON") from None
    if not isinstance(fields, dict):
        raise ConfigurationError(f"the secret {arn} is not a JSON object")
    return {str(name): str(value) for name, value in fields.items() if value}


def _value(arn: str, *, fresh: bool = False) -> Any:
    """Return what a secret holds, or None where nobody has given it a value."""
    try:
        return _values().get(arn, max_age=MAX_AGE_SECONDS, force_fetch=fresh)
    except GetParameterError as error:
        if MISSING in str(error):
            return None
        raise SecretsUnavailable(f"the secret {arn} could not be read just now") from error


def oidc_client_secret(arn: str) -> SecretStr | None:
    """Return the console's secret at the provider, or None for a public client: PKCE alone."""
    if not arn or _value(arn) is None:
        return None
    secret = secret_fields(arn).get("client_secret")
    if secret and not (secret.isascii() and secret.isprintable()):
        raise ConfigurationError(
            f"the secret {arn} misstates client_secret: allowed is plain ASCII"
        )
    return SecretStr(secret) if secret else None


def openai_api_key(arn: str) -> SecretStr | None:
    """Return the key, or None where none was given: then the rules decide."""
    if not arn:
        return None
    key = secret_fields(arn).get("api_key")
    return SecretStr(key) if key else None


def signing_key(arn: str, *, fresh: bool = False) -> SigningKey:
    """Return the key that approval links are signed with."""
    return _key(arn, secret_fields(arn, fresh=fresh))


def signing_keys(
    arn: str, wanted: str = "", clock: Callable[[], float] = time.monotonic
) -> tuple[SigningKey, ...]:
    """Return the keys that a link may be signed with: the current one, then that before it, if any.

    Where none of them is the wanted one, which a link names, they are fetched anew: another
    container may have signed with a key that is younger than what this one keeps. Strangers can
    have that done once a minute, by `clock` in seconds, and only by the name of a key like ours.
    Raises SecretsUnavailable when Secrets Manager does not answer.
    """
    keys = _keys(arn)
    if not OF_OURS.fullmatch(wanted) or any(key.key_id == wanted for key in keys):
        return keys
    now, refetches = clock(), _refetches()
    last = refetches.get(arn)
    if last is not None and now - last < SECONDS_BETWEEN_REFETCHES:
        return keys
    refetches[arn] = now
    return _keys(arn, fresh=True)


@cache
def _refetches() -> dict[str, float]:
    """Keep when each secret was last fetched out of turn."""
    return {}


def _keys(arn: str, *, fresh: bool = False) -> tuple[SigningKey, ...]:
    current = signing_key(arn, fresh=fresh)
    # With another current key, what is kept of the previous one is out of date.
    provider = _previous(current.key_id)
    try:
        text: Any = provider.get(arn, max_age=MAX_AGE_SECONDS, force_fetch=fresh)
    except GetParameterError as error:
        raise SecretsUnavailable(f"the secret {arn} could not be read just now") from error
    if not text:
        return (current,)
    try:
        return current, _key(arn, _fields(arn, text))
    except ConfigurationError as error:
        logger.warning("previous signing key ignored", reason=str(error))
        return (current,)


@cache
def _client() -> "SecretsManagerClient":
    client = boto3.session.Session().client("secretsmanager", config=brief_or(CONFIG))
    refuse_late_calls(client)
    return client


@cache
def _values() -> SecretsProvider:
    return SecretsProvider(boto3_client=_client())


class _PreviousValues(SecretsProvider):
    """Reads what a secret held before its last change; empty where that is nothing."""

    def _get(self, name: str, **options: Any) -> str | bytes:
        try:
            return super()._get(name, VersionStage="AWSPREVIOUS", **options)
        except self.client.exceptions.ResourceNotFoundException:
            return ""


@cache
def _previous(_current_id: str) -> _PreviousValues:
    # Powertools keeps values by the secret's name alone: the stage needs a provider of its own.
    return _PreviousValues(boto3_client=_client())


def _key(arn: str, fields: dict[str, str]) -> SigningKey:
    try:
        return SigningKey.model_validate(fields)
    except ValidationError as error:
        wrong = ", ".join(str(item["loc"][0]) for item in error.errors())
        raise ConfigurationError(f"the secret {arn} lacks or misstates: {wrong}") from None


def console_key(arn: str) -> SigningKey:
    """Return the key of console sessions, which is derived from that of approval links."""
    return session_key(signing_key(arn))


def attempt_key(arn: str) -> SigningKey:
    """Return the key of sign-ins under way at a provider, derived likewise."""
    return oidc_key(signing_key(arn))
