"""What `make monitor` is told: the environment, and `.env` for what the environment leaves out."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

from dotenv import dotenv_values
from pydantic import Field, SecretStr

from qlik_monitor.adapters.qlik_platform import QlikCredentials, qlik_platform
from qlik_monitor.adapters.qlik_platform import QlikSettings as PlatformSettings
from qlik_monitor.domain.policy import PolicySettings
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.errors import ConfigurationError
from qlik_monitor.settings import (
    AnalystSettings,
    LimitSettings,
    QlikSettings,
    SwitchSettings,
    ThresholdSettings,
)

ENV_FILE = Path(__file__).parents[2] / ".env"


class LaptopQlikSettings(QlikSettings):
    """How Qlik is reached from here: the secrets stand in the environment, not behind an ARN."""

    qlik_secret_arn: str = ""
    qlik_concurrency: Annotated[int, Field(ge=1, le=64)] = 16
    qlik_api_token: SecretStr | None = None
    qlik_username: str | None = None
    qlik_password: SecretStr | None = None
    qlik_ca_bundle: str | None = None

    def concurrency(self) -> int:
        """Return how many tasks are read at once."""
        return self.qlik_concurrency

    def platform_settings(self) -> PlatformSettings:
        """Return them as the Qlik client names them; raises ConfigurationError."""
        return PlatformSettings(
            endpoint=self.qlik_api_endpoint,
            flavor=self.qlik_flavor,
            concurrency=self.qlik_concurrency,
        )

    def platform(self, now: Callable[[], datetime]) -> ReplicationPlatform:
        """Make the client; nothing is sent yet. Raises ConfigurationError."""
        credentials = QlikCredentials(
            api_token=self.qlik_api_token,
            username=self.qlik_username,
            password=self.qlik_password,
            ca_bundle=self.qlik_ca_bundle,
        )
        return qlik_platform(self.platform_settings(), credentials, now=now)


class MonitorSettings(
    LaptopQlikSettings, ThresholdSettings, LimitSettings, SwitchSettings, AnalystSettings
):
    """Environment of `make monitor`."""

    openai_api_key: SecretStr | None = None

    def policy(self, opt_out_tags: frozenset[str] = frozenset()) -> PolicySettings:
        """Return the switches as the domain names them."""
        return PolicySettings(
            switches=self.switches(), limits=self.limits(), opt_out_tags=opt_out_tags
        )


def monitor_settings(env_file: Path | None) -> MonitorSettings:
    """Read the settings; the environment goes before the file. Raises ConfigurationError."""
    return MonitorSettings.from_environment(environment(env_file))


def environment(env_file: Path | None) -> dict[str, str]:
    """Return the environment, with what a file adds to it. Raises ConfigurationError."""
    if env_file and not env_file.exists():
        raise ConfigurationError(f"--env-file {env_file}: there is no such file")
    return _from_file(env_file or ENV_FILE) | os.environ


def _from_file(path: Path) -> dict[str, str]:
    try:
        # A password may hold "${...}", and an editor may have put a byte order mark in front.
        values = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    return {name: value for name, value in values.items() if value is not None}
