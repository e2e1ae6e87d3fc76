"""A chat tool that knows the secret, and a question that its people may answer."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.approval_api.handler import handler
from functions.request_approval.handler import handler as request_approval
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.incident import Incident
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, a_decided
from tests.fakes.running import run
from tests.fakes.slack import SIGNING_SECRET, FakeSlack, fake_slack, pressed, signed
from tests.integration.functions.approving import FakeStates

SAMPLE = Path(__file__).resolve().parents[3] / "events" / "approval_api" / "webhook.json"
APPROVERS = "ana@example.com=UANA, ben@example.com=UBEN, eve@example.com"
FORM = "application/x-www-form-urlencoded"


def with_chat(monkeypatch: pytest.MonkeyPatch, **fields: str) -> str:
    """Name approvers, and give both functions a chat secret; return its ARN."""
    secret = {"signing_secret": SIGNING_SECRET} | fields
    created = boto3.client("secretsmanager").create_secret(
        Name="chat", SecretString=json.dumps({n: v for n, v in secret.items() if v})
    )
    monkeypatch.setenv("CHAT_SECRET_ARN", created["ARN"])
    monkeypatch.setenv("APPROVERS", APPROVERS)
    return str(created["ARN"])


def ask(incidents: DynamoDbIncidents, incident: Incident) -> str:
    """Let people be asked; return the approval's id."""
    incidents.open(incident)
    event = {"incident_id": incident.id, "attempt": 1, "task_token": TASK_TOKEN}
    return str(run(request_approval, event)["approval_id"])


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    told: dict[str, Any]

    @property
    def error(self) -> str:
        """What was wrong."""
        return str(self.told["error"])


@dataclass
class Chat:
    """Sends what a chat tool sends."""

    stack: FakeStack
    approval: str
    sent: list[str] = field(default_factory=list)

    def event(self, body: str, kind: str = "application/json", **changes: Any) -> dict[str, Any]:
        """Return a genuine request, or one with other headers."""
        event: dict[str, Any] = json.loads(SAMPLE.read_text())
        headers = {"Content-Type": kind} | signed(body, int(utc_now().timestamp()))
        event |= {"body": body, "headers": headers}
        event["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
        return event | changes

    def send(self, body: str, kind: str = "application/json", **changes: Any) -> Answered:
        """Send a signed body."""
        return self.send_event(self.event(body, kind, **changes))

    def send_event(self, event: dict[str, Any]) -> Answered:
        """Send any request."""
        answer = run(handler, event)
        return Answered(answer["statusCode"], json.loads(answer["body"]))

    def body(self, decision: str = "approve", by: str = "UANA", **changes: Any) -> str:
        """Return what a tool other than Slack says."""
        said = {"approval": self.approval, "decision": decision, "by": by}
        return json.dumps(said | changes)

    def say(self, decision: str = "approve", by: str = "UANA", **changes: Any) -> Answered:
        """Answer as a tool other than Slack."""
        return self.send(self.body(decision, by, **changes))

    def press(self, action: str, value: str = "", by: str = "UANA", reply_to: str = "") -> Answered:
        """Answer as Slack does when somebody presses a button."""
        return self.send(pressed(action, value or self.approval, by, reply_to), FORM)


@pytest.fixture
def chat(
    stack: FakeStack,
    incidents: DynamoDbIncidents,
    states: FakeStates,
    monkeypatch: pytest.MonkeyPatch,
) -> Chat:
    """A chat tool, and a question that waits."""
    with_chat(monkeypatch)
    return Chat(stack, ask(incidents, a_decided()))


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with fake_slack() as listening:
        yield listening


@pytest.fixture
def slack_chat(
    slack: FakeSlack,
    stack: FakeStack,
    incidents: DynamoDbIncidents,
    states: FakeStates,
    monkeypatch: pytest.MonkeyPatch,
) -> Chat:
    """A Slack with a channel, in which a question stands."""
    with_chat(monkeypatch, webhook_url=slack.webhook_url)
    return Chat(stack, ask(incidents, a_decided()))


def value_of(slack: FakeSlack) -> str:
    """Return what the buttons of the posted question carry."""
    [yes, _] = slack.messages[0]["blocks"][-1]["elements"]
    return str(yes["value"])
