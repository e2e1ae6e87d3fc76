"""Reads QLIK_API_ENDPOINT: which product answers there, and where its API begins."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from qlik_monitor.errors import ConfigurationError

ALLOWED = (
    "allowed is an https address such as https://qem.example.com, "
    "https://qem.example.com/attunityenterprisemanager/api/v1 or https://tenant.eu.qlikcloud.com"
)
_CLOUD_HOSTS = (".qlikcloud.com", ".qlikcloudgov.com")
_BARE_PATH = re.compile(r"(/api(/v1)?)?", re.IGNORECASE)
# Exactly Qlik Cloud's base path. Enterprise Manager's never stands at the root.
_CLOUD_PATH = re.compile(r"/api/v1(/di-projects)?", re.IGNORECASE)
_BELOW_CLOUD_PATH = re.compile(r"/api/v1/di-projects/.*", re.IGNORECASE)
# A reverse proxy may put a prefix before the product's own path.
_MANAGER_PATH = re.compile(r"(.*/attunityenterprisemanager)(/api(/v1)?)?", re.IGNORECASE)


class QlikFlavor(StrEnum):
    """The product that runs the tasks."""

    ENTERPRISE_MANAGER = "enterprise_manager"
    CLOUD = "cloud"


@dataclass(frozen=True)
class QlikBase:
    """Where the API begins (without a trailing slash), and whose API it is."""

    url: str
    flavor: QlikFlavor


def qlik_base(endpoint: str, flavor: str = "auto") -> QlikBase:
    """Return the API that `endpoint` means; `flavor` other than "auto" overrides the guess."""
    parts = _split(endpoint)
    _refuse_plain_http(endpoint, parts)
    path = parts.path.rstrip("/")
    chosen = _guess(parts, path) if flavor == "auto" else QlikFlavor(flavor)
    return QlikBase(f"{parts.scheme}://{parts.netloc}{_api_path(endpoint, path, chosen)}", chosen)


def is_loopback(host: str) -> bool:
    """Tell whether `host` is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(endpoint: str) -> SplitResult:
    endpoint = endpoint.strip()
    if "@" in endpoint:
        raise ConfigurationError(
            "QLIK_API_ENDPOINT: it holds an '@'; credentials belong into QLIK_API_TOKEN or "
            f"QLIK_USERNAME and QLIK_PASSWORD; {ALLOWED}"
        )
    try:
        parts = urlsplit(endpoint)
        # Reading the port checks it.
        plain = parts.port != 0 and endpoint.isascii() and not re.search(r"\s", endpoint)
    except ValueError:
        raise _not_allowed(endpoint) from None
    if not (plain and parts.hostname and parts.scheme in {"http", "https"}):
        raise _not_allowed(endpoint)
    if parts.query or parts.fragment:
        raise _not_allowed(endpoint, "nothing may follow the path; ")
    return parts


def _refuse_plain_http(endpoint: str, parts: SplitResult) -> None:
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise _not_allowed(endpoint, "plain http would send the credentials in clear; ")


def _guess(parts: SplitResult, path: str) -> QlikFlavor:
    host = (parts.hostname or "").rstrip(".")
    if _MANAGER_PATH.fullmatch(path):
        return QlikFlavor.ENTERPRISE_MANAGER
    of_cloud = _CLOUD_PATH.fullmatch(path) or _BELOW_CLOUD_PATH.fullmatch(path)
    if host.endswith(_CLOUD_HOSTS) or of_cloud:
        return QlikFlavor.CLOUD
    return QlikFlavor.ENTERPRISE_MANAGER


def _api_path(endpoint: str, path: str, flavor: QlikFlavor) -> str:
    bare = _BARE_PATH.fullmatch(path)
    if flavor is QlikFlavor.CLOUD and (bare or _CLOUD_PATH.fullmatch(path)):
        return "/api/v1"
    manager = _MANAGER_PATH.fullmatch(path)
    if flavor is QlikFlavor.ENTERPRISE_MANAGER and (bare or manager):
        return f"{manager[1] if manager else '/attunityenterprisemanager'}/api/v1"
    raise _not_allowed(endpoint, f"its path is not that of {flavor.value}; ")


def _not_allowed(endpoint: str, why: str = "") -> ConfigurationError:
    return ConfigurationError(f"QLIK_API_ENDPOINT={endpoint[:200]!r}: {why}{ALLOWED}")
