"""HTTP towards an OpenID Connect provider: verified TLS, no redirects, bounded time and size."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import urllib3

from qlik_monitor.adapters.http_body import read_body
from qlik_monitor.adapters.qlik_deadline import Deadline
from qlik_monitor.adapters.qlik_pools import connection_pools
from qlik_monitor.adapters.qlik_tls import tls_context
from qlik_monitor.errors import IdentityProviderInvalid, IdentityProviderUnavailable

CONNECT_SECONDS = 3.05
ANSWER_SECONDS = 6.0
"""For each of the three requests of a sign-in at most: the function has 29 seconds."""
MAX_BODY_BYTES = 1024 * 1024
AGENT = "qlik-replication-monitoring-agent"
PASSING = (429, 500, 502, 503, 504)


class Authentication(Protocol):
    """How Authlib puts the client's credentials into a request."""

    def prepare(
        self, method: str, uri: str, headers: dict[str, str], body: str
    ) -> tuple[str, dict[str, str], str]:
        """Return address, headers and body with the credentials in them."""
        ...


@dataclass(frozen=True)
class OidcAnswer:
    """What a provider answered, with the methods that Authlib's client asks it by."""

    host: str
    status_code: int
    body: bytes

    def json(self) -> Any:
        """Return the body; raises ValueError where it is not JSON."""
        return json.loads(self.body)

    def raise_for_status(self) -> None:
        """Raise where nothing in the body counts."""
        if self.status_code in PASSING:
            raise IdentityProviderUnavailable(f"{self.host} answered {self.status_code}")
        if self.status_code != 200:
            raise IdentityProviderInvalid(f"{self.host} answered {self.status_code}")


class OidcHttp:
    """Connections to one provider, whose endpoints may lie on several hosts."""

    def __init__(self, issuer: str, seconds: float = ANSWER_SECONDS) -> None:
        """Trust public authorities; each answer may take so many seconds."""
        self._pools = connection_pools(issuer, tls_context(None), 1)
        self._seconds = seconds

    def get_object(self, address: str) -> dict[str, Any]:
        """Return a published JSON object."""
        answer = self._send("GET", address, {}, None)
        answer.raise_for_status()
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise IdentityProviderInvalid(f"{answer.host} answers with no JSON object")
        return found

    def post(
        self,
        url: str,
        data: Mapping[str, str],
        headers: Mapping[str, str],
        auth: Authentication,
    ) -> OidcAnswer:
        """Send a form once: this is the one call that Authlib's client makes."""
        # A copy of the headers: Authlib hands out its defaults, and credentials go into them.
        url, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return self._send("POST", url, sent, body.encode())

    def _send(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes | None
    ) -> OidcAnswer:
        host = urlsplit(address).netloc
        try:
            return self._sent(method, address, headers, body, host)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            reason = f"{host} cannot be reached or does not answer ({type(error).__name__})"
            raise IdentityProviderUnavailable(reason) from error

    def _sent(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes | None, host: str
    ) -> OidcAnswer:
        deadline = Deadline.after(self._seconds)
        response = self._pools.request(
            method,
            address,
            body=body,
            # Sign-ins are rare, and a function that sleeps keeps no connection alive.
            headers={
                "Accept": "application/json",
                **headers,
                "User-Agent": AGENT,
                "Connection": "close",
            },
            timeout=urllib3.Timeout(total=self._seconds, connect=CONNECT_SECONDS),
            preload_content=False,
            retries=False,
            redirect=False,
        )
        flood = IdentityProviderInvalid(f"{host} answers with more than {MAX_BODY_BYTES} bytes")
        try:
            read = read_body(response, deadline, MAX_BODY_BYTES, flood)
            return OidcAnswer(host=host, status_code=response.status, body=read)
        finally:
            response.close()
            response.release_conn()
