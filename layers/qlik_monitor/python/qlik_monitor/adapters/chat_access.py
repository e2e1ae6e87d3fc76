"""The chat secret: what a chat tool signs with, and where messages for it are sent.

    {"signing_secret": "...", "webhook_url": "https://hooks.slack.com/services/..."}

Both are secrets: whoever knows the address can write into the channel.
"""

from pydantic import Field, SecretStr, ValidationError, field_validator
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from qlik_monitor.adapters.qlik_endpoint import is_loopback
from qlik_monitor.adapters.secrets import secret_fields
from qlik_monitor.domain.model import Frozen
from qlik_monitor.errors import ConfigurationError

SLACK = "hooks.slack.com"
DEFAULT_PORTS = {"https": 443, "http": 80}


class ChatAccess(Frozen):
    """How the chat tool and the stack know each other."""

    signing_secret: SecretStr = Field(min_length=16)
    """Slack's have 32 characters; a short one could be guessed."""
    webhook_url: SecretStr = SecretStr("")
    """Empty: nothing is sent, answers are only taken."""

    @field_validator("webhook_url")
    @classmethod
    def _safe(cls, url: SecretStr) -> SecretStr:
        if url.get_secret_value() and origin_of(url.get_secret_value()) is None:
            raise ValueError("expected an https address")
        return url

    def may_reply_to(self, url: str) -> bool:
        """Tell whether a reply may go to an address that a request names."""
        origin = origin_of(url)
        own = origin_of(self.webhook_url.get_secret_value())
        return origin is not None and origin in (("https", SLACK, 443), own)


def chat_access(arn: str) -> ChatAccess:
    """Read the chat secret.

    Raises ConfigurationError where it is off, empty or misstated, and SecretsUnavailable.
    """
    if not arn:
        raise ConfigurationError("CHAT_SECRET_ARN is not set: answers from chat are off")
    try:
        return ChatAccess.model_validate(secret_fields(arn))
    except ValidationError as error:
        wrong = ", ".join(str(item["loc"][0]) for item in error.errors())
        raise ConfigurationError(f"the secret {arn} lacks or misstates: {wrong}") from None


def origin_of(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an address that may be sent to, or None.

    That is https without credentials in it, and on this machine http as well. The address is read
    by what is going to connect to it, so that both mean the same host.
    """
    try:
        parts: Url = parse_url(url)
    except LocationParseError:
        return None
    scheme, host = parts.scheme or "", (parts.host or "").strip("[]")
    if not host or parts.auth is not None or scheme not in DEFAULT_PORTS:
        return None
    if scheme == "http" and not is_loopback(host):
        return None
    port = DEFAULT_PORTS[scheme] if parts.port is None else parts.port
    return scheme, host, port
