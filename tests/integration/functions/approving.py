"""An approver's browser: the link that was sent, and what the page answers."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import boto3
from botocore.exceptions import ClientError, EndpointConnectionError

from functions.approval_api.handler import handler
from functions.request_approval.handler import handler as request_approval
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import notifier
from qlik_monitor.domain.approval import APPROVAL_LETTERS
from qlik_monitor.domain.incident import Incident
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN
from tests.fakes.running import run

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
DIGITS = re.compile(r'<code id="digits">(\d{4})</code>')
EVENTS = Path(__file__).resolve().parents[3] / "events" / "approval_api"
EVENT: dict[str, Any] = json.loads((EVENTS / "get.json").read_text())


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    html: str
    headers: dict[str, str]


@dataclass
class Browser:
    """Opens the link as it stands in a message."""

    path: str
    query: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)
    """What it sends besides, such as a cookie."""

    @classmethod
    def of(cls, message: str) -> "Browser":
        """Find the link in a message."""
        link = next(line for line in message.splitlines() if line.startswith("https://"))
        parts = urlsplit(link)
        return cls(parts.path.removeprefix("/live"), dict(parse_qsl(parts.query)))

    def get(self, method: str = "GET", **query: str) -> Answer:
        """Open the link; `query` changes parts of it."""
        return self._ask(method, None, self.query | query)

    def request(self, method: str, **changes: Any) -> Answer:
        """Send a request that differs from what a browser would send."""
        return self._ask(method, None, self.query, **changes)

    @property
    def approval_id(self) -> str:
        """The approval that the link is about."""
        return self.path.rpartition("/")[2][:APPROVAL_LETTERS]

    def post(self, **fields: str) -> Answer:
        """Look at the page as a person does, type the digits it shows, and send its form."""
        return self.send(**(typed_from(self.get().html) | fields))

    def send(self, **fields: str) -> Answer:
        """Send these fields and nothing else."""
        return self.post_body(urlencode(fields))

    def send_with(self, changes: dict[str, Any], **fields: str) -> Answer:
        """Send these fields in a request that differs in something else, too."""
        return self.post_body(urlencode(fields), **changes)

    def post_body(self, body: str, **changes: Any) -> Answer:
        """Send any body."""
        return self._ask("POST", body, self.query, **changes)

    def _ask(self, method: str, body: str | None, query: dict[str, str], **changes: Any) -> Answer:
        event = EVENT.copy()
        event |= {"httpMethod": method, "path": self.path, "body": body}
        event |= {
            "queryStringParameters": query or None,
            "multiValueQueryStringParameters": {n: [v] for n, v in query.items()} or None,
        }
        if self.headers:
            event["headers"] = event["headers"] | self.headers
            event["multiValueHeaders"] = {n: [v] for n, v in event["headers"].items()}
        answer = run(handler, event | changes)
        headers = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
        return Answer(answer["statusCode"], answer["body"] or "", headers)


def ask_about(
    stack: FakeStack, incident: Incident, task_token: str = TASK_TOKEN
) -> dict[str, Browser]:
    """Store an incident and ask about it; return the browser of each who got a link."""
    DynamoDbIncidents(stack.table).open(incident)
    event = {"incident_id": incident.id, "attempt": incident.attempt, "task_token": task_token}
    before = len(stack.told)
    run(request_approval, event)
    told = [one for one in stack.told[before:] if "/approvals/" in one.body]
    return {one.approver: Browser.of(one.body) for one in told}


def typed_from(html: str) -> dict[str, str]:
    """Return a form's hidden fields and the digits that a person would type; none without form."""
    hidden = dict(HIDDEN.findall(html))
    digits = DIGITS.search(html)
    return hidden | ({"code": digits[1]} if digits else {})


@contextmanager
def no_mail_to(approver: str) -> Iterator[None]:
    """Let SNS not be reached by messages to one approver."""
    away = True

    def fail(params: dict[str, Any], **_: object) -> None:
        if away and approver in params["body"].values():
            raise EndpointConnectionError(endpoint_url="https://sns.example")

    notifier.cache_clear()  # a client keeps the handlers that the session had when it was made
    session: Any = boto3.DEFAULT_SESSION
    session.events.register("before-call.sns.Publish", fail)
    try:
        yield
    finally:
        session.events.unregister("before-call.sns.Publish", fail)
        away = False


@dataclass
class FakeStates:
    """Step Functions' side: takes each token once, after as many failures as it is told.

    A dead token is one of a try that has failed: the step is tried again with another.
    """

    failures: list[str] = field(default_factory=list)
    taken: list[tuple[str, str]] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)

    def send_task_success(self, *, taskToken: str, output: str) -> dict[str, Any]:
        """Take a decision."""
        if self.failures:
            raise _error(self.failures.pop(0), taskToken)
        if taskToken in self.dead or taskToken in [token for token, _ in self.taken]:
            raise _error("TaskTimedOut", taskToken)
        said = json.loads(output)
        self.taken.append((taskToken, said["status"]))
        self.details.append(said["detail"])
        return {}


def _error(code: str, token: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"about {token}"}}, "SendTaskSuccess")
