"""Chooses and builds the client for the Qlik product that QLIK_API_ENDPOINT names."""

from collections.abc import Callable
from datetime import datetime

from qlik_monitor.adapters.qlik_cloud import QlikCloud
from qlik_monitor.adapters.qlik_cloud_calls import CloudCalls
from qlik_monitor.adapters.qlik_endpoint import QlikFlavor
from qlik_monitor.adapters.qlik_enterprise_manager import QlikEnterpriseManager
from qlik_monitor.adapters.qlik_enterprise_manager_calls import ManagerCalls
from qlik_monitor.adapters.qlik_http import QlikHttp
from qlik_monitor.adapters.qlik_session import QlikSession
from qlik_monitor.adapters.qlik_settings import QlikCredentials, QlikSettings
from qlik_monitor.adapters.qlik_tls import tls_context
from qlik_monitor.domain.ports import ReplicationPlatform

__all__ = ["QlikCredentials", "QlikSettings", "qlik_platform"]


def qlik_platform(
    settings: QlikSettings, credentials: QlikCredentials, *, now: Callable[[], datetime]
) -> ReplicationPlatform:
    """Return the platform; raises ConfigurationError before anything is sent."""
    base = settings.base
    cloud = base.flavor is QlikFlavor.CLOUD
    authorization = credentials.bearer() if cloud else credentials.basic()
    http = QlikHttp(base.url, tls_context(credentials.ca_bundle), settings.concurrency)
    if cloud:
        return QlikCloud(CloudCalls(http, authorization), settings, now)
    session = QlikSession(http, authorization, credentials.named)
    return QlikEnterpriseManager(ManagerCalls(http, session), settings, now)
