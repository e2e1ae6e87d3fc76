"""A bare HTTP client, so that the tests pin the wire and not our adapter."""

import json
import ssl
from base64 import b64encode
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit

from local.mock_qlik import MockQlik

PREFIX = "/attunityenterprisemanager/api/v1"
SESSION = "EnterpriseManager.APISessionID"


@dataclass(frozen=True)
class Answer:
    """A response as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error_code(self) -> str:
        return str(self.json()["error_code"])


def send(
    url: str,
    method: str,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    body: str | None = None,
    ca: Path | None = None,
    patience: float = 10,
) -> Answer:
    """Send one request on a connection of its own."""
    where = urlsplit(url)
    connection: HTTPConnection
    if where.scheme == "https":
        context = ssl.create_default_context(cafile=ca)
        connection = HTTPSConnection(
            str(where.hostname), where.port, timeout=patience, context=context
        )
    else:
        connection = HTTPConnection(str(where.hostname), where.port, timeout=patience)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read())
    finally:
        connection.close()


def basic(pair: str) -> dict[str, str]:
    """Write a Basic header."""
    return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}


@dataclass
class VendorClient:
    """Calls as the vendor's client does: names encoded twice, all login headers sent back."""

    qlik: MockQlik
    headers: dict[str, str] = field(default_factory=dict)

    def log_in(self) -> Self:
        answer = self.call("GET", "/login", headers=basic("api-token:mock-api-token"))
        assert answer.status == 200
        self.headers = {
            name: value
            for name, value in answer.headers.items()
            if name.lower() != "content-length"
        }
        return self

    def call(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: dict[str, str] | None = None,
        *,
        patience: float = 10,
    ) -> Answer:
        sent = self.headers | (headers or {})
        return send(
            self.qlik.url,
            method,
            PREFIX + path,
            headers=sent,
            body=body,
            ca=self.qlik.ca_bundle,
            patience=patience,
        )

    def task_path(self, task: str, server: str = "Local Server") -> str:
        return f"/servers/{quote(quote(server))}/tasks/{quote(quote(task))}"

    def details(self, task: str) -> Any:
        answer = self.call("GET", self.task_path(task))
        assert answer.status == 200, answer.body
        return answer.json()

    def run(
        self,
        task: str,
        option: str = "RESUME_PROCESSING",
        body: str | None = None,
        *,
        patience: float = 10,
    ) -> Answer:
        path = f"{self.task_path(task)}?action=run&option={option}&timeout=60"
        return self.call("POST", path, body, patience=patience)

    def stop(self, task: str, timeout: int = 60) -> Answer:
        return self.call("POST", f"{self.task_path(task)}?action=stop&timeout={timeout}")


def seconds(latency: str) -> int:
    """Read a latency as the exporters do: exactly three whole numbers."""
    hours, minutes, rest = (int(part) for part in latency.split(":"))
    return hours * 3600 + minutes * 60 + rest


def total_latency(details: Any) -> int:
    """Read a task's total latency."""
    return seconds(details["cdc_latency"]["total_latency"])


def applied(details: Any) -> int:
    """Read how many changes were applied."""
    return sum(details["cdc_event_counters"].values())


def backlog(details: Any) -> int:
    """Read how many changes wait, as the exporters sum them."""
    counters = details["cdc_transactions_counters"]
    return sum(value for name, value in counters.items() if name.startswith("incoming_"))


def target_rate(details: Any) -> int:
    """Read the rows a second into the target."""
    return int(details["cdc_throughput"]["target_throughput_records_count"]["current"])
