"""Sends messages to the chat tool: one POST of JSON, no redirects, no repetition, little patience.

Addresses are secrets here: neither a log line nor a reason names one.
"""

import json
import ssl
from functools import cache
from typing import Any

import urllib3

from qlik_monitor.adapters.chat_access import origin_of
from qlik_monitor.adapters.qlik_pools import connection_pools

SECONDS = 2.0
"""For all of one message: Slack waits three seconds for what a pressed button leads to."""


def send(url: str, message: dict[str, Any], seconds: float = SECONDS) -> str | None:
    """Send a message; return why the chat tool did not take it, or None."""
    origin = origin_of(url)
    if origin is None:
        return "the address is not https"
    try:
        # Connections of its own: what a message leaves behind must not hold up the next one.
        with _pools(origin[0], origin[1]) as pools:
            answer = pools.request(
                "POST",
                url,
                body=json.dumps(message).encode(),
                headers={"Content-Type": "application/json", "Connection": "close"},
                timeout=urllib3.Timeout(total=seconds),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            answer.close()
    except (urllib3.exceptions.HTTPError, OSError) as error:
        # The error's own words may hold the address.
        return f"the chat tool could not be reached in time ({type(error).__name__})"
    return None if answer.status == 200 else f"the chat tool answered with HTTP {answer.status}"


def _pools(scheme: str, host: str) -> urllib3.PoolManager:
    bare = f"[{host}]" if ":" in host else host
    return connection_pools(f"{scheme}://{bare}", _tls(), 1)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
