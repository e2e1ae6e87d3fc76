"""HTTP towards Qlik: verified TLS, no redirects, no cookies, bounded time and size.

Reads are repeated briefly; an action is sent once. urllib3 is used as it is, because its
connection pools are safe among threads and cost half the time of a session on top of them.
"""

import random
import ssl
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import urllib3

from qlik_monitor.adapters.http_body import read_body
from qlik_monitor.adapters.qlik_answer import Answer
from qlik_monitor.adapters.qlik_deadline import Deadline
from qlik_monitor.adapters.qlik_pools import connection_pools
from qlik_monitor.adapters.qlik_transport import nothing_was_sent, timed_out, translated
from qlik_monitor.errors import QlikAnswerInvalid, QlikUnavailable

CONNECT_SECONDS = 3.05
READ_SECONDS = 15.0
READ_ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.25
MAX_BODY_BYTES = 64 * 1024 * 1024
AGENT = "qlik-replication-monitoring-agent"


class QlikHttp:
    """Connections to one base address, for many threads."""

    def __init__(
        self,
        base_url: str,
        tls: ssl.SSLContext,
        connections: int,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._base_url = base_url
        self.host = urlsplit(base_url).netloc
        self._reads = connection_pools(base_url, tls, connections)
        # A connection that idled may be dead without knowing. For a read that costs a repetition;
        # an action would end with an unknown outcome, so each gets a connection of its own.
        self._actions = connection_pools(base_url, tls, 1)
        self._sleep = sleep

    def get(
        self,
        path: str,
        headers: Mapping[str, str],
        deadline: Deadline,
        final: Callable[[Answer], bool] = lambda _answer: False,
    ) -> Answer:
        """Read `path`; failures of the moment are repeated unless `final` says not to."""
        for attempt in range(1, READ_ATTEMPTS):
            pause = random.uniform(0.5, 1) * FIRST_PAUSE_SECONDS * 2**attempt
            try:
                answer = self._get(path, headers, deadline)
            except QlikUnavailable as error:
                if timed_out(error) or deadline.left() <= pause:
                    raise
            else:
                pause = max(pause, answer.retry_after)
                if not answer.passing or final(answer) or deadline.left() <= pause:
                    return answer
            self._sleep(pause)
        return self._get(path, headers, deadline)

    def post(
        self, path: str, headers: Mapping[str, str], seconds: float, body: bytes | None = None
    ) -> Answer:
        """Send `path` once, with an empty body or a JSON one; wait `seconds` for the answer."""
        asked = f"POST {path}"
        headers = {**headers, "Connection": "close"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            deadline = Deadline.after(seconds)
            return self._send(self._actions, "POST", path, headers, deadline, content=body)
        except QlikAnswerInvalid as error:
            raise QlikUnavailable(f"{asked}: outcome unknown: {error}") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            trouble = translated(error, asked, self.host)
            if nothing_was_sent(error):
                raise trouble from error
            raise QlikUnavailable(f"outcome unknown: {trouble}") from error
        finally:
            # A server that was asked to close need not say that it will: one more action on that
            # connection could break, and would count as of unknown outcome.
            self._actions.clear()

    def close(self) -> None:
        """Close all connections."""
        self._reads.clear()
        self._actions.clear()

    def _get(self, path: str, headers: Mapping[str, str], deadline: Deadline) -> Answer:
        asked = f"GET {path}"
        if deadline.left() <= 0:
            raise QlikUnavailable(f"{asked}: not asked, the time for reading is over")
        try:
            return self._send(self._reads, "GET", path, headers, deadline.within(READ_SECONDS))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise translated(error, asked, self.host) from error

    def _send(
        self,
        pools: urllib3.PoolManager,
        method: str,
        path: str,
        headers: Mapping[str, str],
        deadline: Deadline,
        *,
        content: bytes | None = None,
    ) -> Answer:
        seconds = max(deadline.left(), 0.001)
        response = pools.request(
            method,
            self._base_url + path,
            body=content,
            headers={"User-Agent": AGENT, "Accept": "application/json", **headers},
            timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), read=seconds),
            preload_content=False,
            retries=False,
            redirect=False,
        )
        try:
            body = read_body(response, deadline, MAX_BODY_BYTES, _too_large())
        except BaseException:
            response.close()
            raise
        finally:
            response.release_conn()
        return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, body)


def _too_large() -> QlikAnswerInvalid:
    return QlikAnswerInvalid(f"Qlik's answer is larger than {MAX_BODY_BYTES} bytes")
