"""Connection pools towards Qlik, through a proxy where the environment names one."""

import ssl
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from qlik_monitor.adapters.qlik_endpoint import is_loopback


def connection_pools(base_url: str, tls: ssl.SSLContext, connections: int) -> urllib3.PoolManager:
    """Return pools that verify with `tls` and hold up to `connections` to one host."""
    parts = urlsplit(base_url)
    proxy = None if is_loopback(parts.hostname or "") else getproxies().get(parts.scheme)
    if not proxy or proxy_bypass(parts.hostname or ""):
        return urllib3.PoolManager(1, maxsize=connections, block=True, ssl_context=tls)
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    return urllib3.ProxyManager(
        proxy,
        proxy_headers=urllib3.make_headers(proxy_basic_auth=_login(proxy)),
        maxsize=connections,
        block=True,
        ssl_context=tls,
    )


def _login(proxy: str) -> str | None:
    parts = urlsplit(proxy)
    return unquote(f"{parts.username}:{parts.password or ''}") if parts.username else None
