"""Builds the Qlik client of a function; apart, so that only who needs it pays for its import."""

from functools import lru_cache

from qlik_monitor.adapters.qlik_classified import ClassifiedPlatform
from qlik_monitor.adapters.qlik_platform import QlikCredentials, qlik_platform
from qlik_monitor.adapters.qlik_platform import QlikSettings as PlatformSettings
from qlik_monitor.adapters.secrets import secret_fields
from qlik_monitor.composition import settings, utc_now
from qlik_monitor.composition_rules import error_catalogue
from qlik_monitor.domain.ports import ReplicationPlatform
from qlik_monitor.settings import QlikSettings

SECRET_FIELDS = ("api_token", "username", "password", "ca_bundle")


def platform(kind: type[QlikSettings]) -> ReplicationPlatform:
    """Return the client of the configured Qlik product; a rotated secret gets a new one.

    Its readings are classified, by the deployment's own error patterns too.
    """
    fields = secret_fields(settings(kind).qlik_secret_arn)
    return _platform(kind, tuple(fields.get(name) for name in SECRET_FIELDS))


@lru_cache(maxsize=1)
def _platform(kind: type[QlikSettings], secrets: tuple[str | None, ...]) -> ReplicationPlatform:
    chosen = settings(kind)
    plain = qlik_platform(
        PlatformSettings(
            endpoint=chosen.qlik_api_endpoint,
            flavor=chosen.qlik_flavor,
            concurrency=chosen.concurrency(),
            action_timeout_seconds=chosen.action_timeout_seconds(),
            read_deadline_seconds=chosen.read_deadline_seconds(),
        ),
        QlikCredentials.model_validate(dict(zip(SECRET_FIELDS, secrets, strict=True))),
        now=utc_now,
    )
    return ClassifiedPlatform(plain, error_catalogue())
