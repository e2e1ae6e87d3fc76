"""What the Qlik clients are told: where, how patiently, and with whose credentials."""

import base64
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from qlik_monitor.adapters.qlik_endpoint import QlikBase, qlik_base
from qlik_monitor.domain.model import Frozen
from qlik_monitor.errors import ConfigurationError

_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class QlikSettings(Frozen):
    """Where Qlik's API is and how it is read; nothing in it is secret."""

    endpoint: str
    flavor: Literal["auto", "enterprise_manager", "cloud"] = "auto"
    concurrency: Annotated[int, Field(ge=1, le=64)] = 16
    action_timeout_seconds: Annotated[int, Field(ge=1, le=600)] = 60
    read_deadline_seconds: Annotated[float, Field(gt=0, le=840, allow_inf_nan=False)] = 60.0

    @model_validator(mode="wrap")
    @classmethod
    def _say_it_clearly(cls, value: Any, validate: ValidatorFunctionWrapHandler) -> Self:
        settings: Self = _clearly(_VARIABLES, value, validate, show_value=True)
        qlik_base(settings.endpoint, settings.flavor)
        return settings

    @property
    def base(self) -> QlikBase:
        """Where the API begins, and whose API it is."""
        return qlik_base(self.endpoint, self.flavor)


class QlikCredentials(Frozen):
    """A token, or a user name and a password; a token goes before a user name."""

    model_config = ConfigDict(hide_input_in_errors=True)

    api_token: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    ca_bundle: Annotated[str | None, Field(repr=False)] = None

    @model_validator(mode="wrap")
    @classmethod
    def _say_it_clearly(cls, value: Any, validate: ValidatorFunctionWrapHandler) -> Self:
        credentials: Self = _clearly(_SECRETS, value, validate, show_value=False)
        credentials._refuse_nonsense()
        return credentials

    @field_validator("api_token", mode="after")
    @classmethod
    def _without_line_break(cls, token: SecretStr | None) -> SecretStr | None:
        # Secrets that were piped out of a file end in a line break.
        return SecretStr(token.get_secret_value().strip()) if token else None

    def basic(self) -> SecretStr:
        """Return the Authorization header of Qlik Enterprise Manager's login."""
        user, password = self.username or "", self.password
        if self.api_token:
            user, password = "api-token", self.api_token
        if not (user and password):
            raise ConfigurationError(
                "Qlik Enterprise Manager needs QLIK_API_TOKEN, or QLIK_USERNAME and QLIK_PASSWORD"
            )
        pair = f"{user}:{password.get_secret_value()}".encode()
        return SecretStr(f"Basic {base64.b64encode(pair).decode()}")

    def bearer(self) -> SecretStr:
        """Return the Authorization header of Qlik Cloud."""
        if not self.api_token:
            raise ConfigurationError("Qlik Cloud needs QLIK_API_TOKEN, an API key of the tenant")
        return SecretStr(f"Bearer {self.api_token.get_secret_value()}")

    @property
    def named(self) -> str:
        """The variables that hold what is used, for messages."""
        return "QLIK_API_TOKEN" if self.api_token else "QLIK_USERNAME and QLIK_PASSWORD"

    def _refuse_nonsense(self) -> None:
        token = self.api_token.get_secret_value() if self.api_token else ""
        password = self.password.get_secret_value() if self.password else ""
        if token and not _HEADER_SAFE.fullmatch(token):
            raise ConfigurationError(
                "QLIK_API_TOKEN may hold ASCII letters, digits and punctuation, and no space"
            )
        if ":" in password or _CONTROL.search(password):
            raise ConfigurationError(
                "QLIK_PASSWORD may hold neither a colon, which Qlik Enterprise Manager does not "
                "accept, nor a control character"
            )
        if self.username and (":" in self.username or _CONTROL.search(self.username)):
            raise ConfigurationError(
                f"QLIK_USERNAME={self.username[:100]!r}: allowed are user@domain or DOMAIN\\user, "
                "without a colon and control characters"
            )
        if bool(self.username) != bool(password):
            missing = "QLIK_PASSWORD" if self.username else "QLIK_USERNAME"
            raise ConfigurationError(
                f"{missing} is missing: a user name and a password belong together"
            )


_VARIABLES = {
    "endpoint": "QLIK_API_ENDPOINT",
    "flavor": "QLIK_FLAVOR",
    "concurrency": "QLIK_CONCURRENCY",
    "action_timeout_seconds": "QLIK_ACTION_TIMEOUT_SECONDS",
    "read_deadline_seconds": "read_deadline_seconds",
}
_SECRETS = {
    "api_token": "QLIK_API_TOKEN",
    "username": "QLIK_USERNAME",
    "password": "QLIK_PASSWORD",
    "ca_bundle": "QLIK_CA_BUNDLE",
}


def _clearly(
    variables: dict[str, str], value: Any, validate: Callable[[Any], Any], *, show_value: bool
) -> Any:
    """Validate; a refusal becomes one sentence for each variable, and secrets stay out of it."""
    try:
        return validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
    sentences = []
    for fault in faults:
        field = str(fault["loc"][0]) if fault["loc"] else "settings"
        # "TOKEN: word" would be taken for a secret, and blotted out wherever this is shown.
        given = f"={fault['input']!r:.200}" if show_value else " cannot be used"
        if fault["type"] == "missing":
            given = ""
        sentences.append(f"{variables.get(field, field)}{given}: {fault['msg']}")
    raise ConfigurationError("; ".join(sentences))
