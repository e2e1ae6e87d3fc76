"""Secrets from Secrets Manager, fetched once in a while per container and never logged."""

import json
from typing import Any

from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from pydantic import SecretStr, ValidationError

from qlik_monitor.domain.approval import SigningKey
from qlik_monitor.domain.console_oidc import oidc_key
from qlik_monitor.domain.console_session import session_key
from qlik_monitor.errors import ConfigurationError, SecretsUnavailable

MAX_AGE_SECONDS = 300
MISSING = "ResourceNotFoundException"


def secret_fields(arn: str) -> dict[str, str]:
    """Return a secret's JSON object; raises ConfigurationError that never shows its content."""
    text = _value(arn)
    if text is None:
        raise ConfigurationError(f"the secret {arn} has no value: give it one")
    try:
        fields = json.loads(text)
    except ValueError:
        raise ConfigurationError(f"the secret {arn} is not JSON") from None
    if not isinstance(fields, dict):
        raise ConfigurationError(f"the secret {arn} is not a JSON object")
    return {str(name): str(value) for name, value in fields.items() if value}


def _value(arn: str) -> Any:
    """Return what a secret holds, or None where nobody has given it a value."""
    try:
        return parameters.get_secret(arn, max_age=MAX_AGE_SECONDS)
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


def signing_key(arn: str) -> SigningKey:
    """Return the key of approval links."""
    try:
        return SigningKey.model_validate(secret_fields(arn))
    except ValidationError as error:
        fields = ", ".join(str(item["loc"][0]) for item in error.errors())
        raise ConfigurationError(f"the secret {arn} lacks or misstates: {fields}") from None


def console_key(arn: str) -> SigningKey:
    """Return the key of console sessions, which is derived from that of approval links."""
    return session_key(signing_key(arn))


def attempt_key(arn: str) -> SigningKey:
    """Return the key of sign-ins under way at a provider, derived likewise."""
    return oidc_key(signing_key(arn))
