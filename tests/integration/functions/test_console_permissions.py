"""What the console really asks of AWS, against what Terraform lets it."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from functions.approval_api import opening
from functions.request_approval.handler import handler as request_approval
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_servers import DynamoDbServers
from qlik_monitor.adapters.step_functions import WaitingWorkflow
from qlik_monitor.domain.console_session import Role
from qlik_monitor.domain.known_server import KnownServer
from qlik_monitor.domain.task import ServerState
from tests.contract.terraform import catalogue
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, a_decided, an_incident
from tests.fakes.running import run
from tests.integration.functions.approving import Browser, FakeStates, typed_from
from tests.integration.functions.visiting import Visitor, mint, nonce_of, signed_in

Calls = list[tuple[str, str]]
SHOWN = (
    "OPEN",
    "INCIDENT#",
    "CLOSED#",
    "SERVERS",
    "HISTORY#",
    "TASK#",
    "CYCLE#",
    "FAILURE",
    "SIGNIN#",
    "APPROVAL#",
    "AUDIT#",
    "CONTROL",
    "LIMIT",
    "MODEL#",
)


@pytest.fixture
def calls(stack: FakeStack) -> Iterator[Calls]:
    """Every call to AWS from now on, with what it was sent."""
    made: Calls = []

    def note(model: Any, params: Any, **_: object) -> None:
        made.append((f"{model.service_model.service_name}:{model.name}", str(params["body"])))

    session: Any = boto3.DEFAULT_SESSION
    session.events.register("before-call", note)
    yield made
    session.events.unregister("before-call", note)


def test_the_console_uses_all_that_it_is_granted_and_no_more(
    stack: FakeStack, calls: Calls
) -> None:
    DynamoDbIncidents(stack.table).open(an_incident(approval_id="an-approval"))
    prod = KnownServer(name="prod", state=ServerState.MONITORED)
    DynamoDbServers(stack.table).keep([prod])
    address, visitor = mint(stack, Role.APPROVER), Visitor()
    calls.clear()
    visitor.post(address)
    for page in (
        "/console",
        "/console/task?server=prod&task=orders&span=14d",
        "/console/incidents",
        f"/console/incidents/{an_incident().id}",
        "/console/automation",
        "/console/health",
    ):
        assert visitor.get(page).status in (200, 404)
    pausing = {"nonce": nonce_of(visitor.get("/console/automation")), "reason": "upgrade"}
    assert visitor.send("/console/automation/pause", pausing).status == 303
    resuming = {"nonce": nonce_of(visitor.get("/console/automation")), "checked": "yes"}
    assert visitor.send("/console/automation/resume", resuming).status == 303
    visitor.post("/console/sign-out")
    entry = catalogue.functions()["console"]
    granted = {f"dynamodb:{action}" for action in entry.table}
    assert {call for call, _ in calls if call.startswith("dynamodb:")} == granted
    assert "publish_notices" in entry.grants
    assert [call for call, _ in calls if call.startswith("sns:")] == ["sns:Publish"] * 2
    updated = [body for call, body in calls if call == "dynamodb:UpdateItem"]
    assert len(updated) == 4
    assert all('"SIGNIN#' in body or '"CONTROL"' in body for body in updated)
    put = [body for call, body in calls if call == "dynamodb:PutItem"]
    assert len(put) == 2
    assert all('"pk": {"S": "CONTROL"}' in body for body in put)
    read = [body for call, body in calls if call.startswith("dynamodb:")]
    assert all(any(f'"{key}' in body for key in SHOWN) for body in read)
    assert not [body for body in read if "task_token" in body]
    approvals = [body for body in read if "APPROVAL#" in body]
    assert all("ProjectionExpression" in body for body in approvals)
    assert approvals


def test_the_page_with_the_form_and_the_trail_only_reads_and_reads_no_token(
    stack: FakeStack, calls: Calls
) -> None:
    page = asked(stack)
    visitor = signed_in(stack, Role.APPROVER)
    calls.clear()
    html = visitor.get(page).html
    assert visitor.get(f"{page}/audit.csv").status == 200
    assert 'name="decision"' in html
    granted = {f"dynamodb:{action}" for action in catalogue.functions()["console"].table}
    asked_of_aws = {call for call, _ in calls}
    assert asked_of_aws <= granted - {"dynamodb:UpdateItem"} | {"secretsmanager:GetSecretValue"}
    assert not [body for _, body in calls if "task_token" in body]
    read = [body for call, body in calls if call.startswith("dynamodb:")]
    assert all(any(f'"{key}' in body for key in SHOWN) for body in read)


def test_who_takes_the_form_needs_no_more_than_for_a_link(
    stack: FakeStack, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "workflow", lambda: WaitingWorkflow(FakeStates()))  # type: ignore[arg-type]
    page = asked(stack)
    visitor = signed_in(stack, Role.APPROVER)
    approval_id = DynamoDbIncidents(stack.table).get(a_decided().id).approval_id
    fields = typed_from(visitor.get(page).html)
    calls.clear()
    browser = Browser(f"/approvals/{approval_id}", {}, {"Cookie": visitor.cookie})
    assert browser.send(**fields, decision="approve").status == 200
    granted = catalogue.functions()["approval_api"].table
    allowed = {f"dynamodb:{action}" for action in granted} | {"dynamodb:TransactWriteItems"}
    assert {call for call, _ in calls if call.startswith("dynamodb:")} <= allowed
    changed = [body for call, body in calls if call.startswith("dynamodb:") and "SIGNIN#" in body]
    assert [body for body in changed if "UpdateExpression" in body] == []


def asked(stack: FakeStack) -> str:
    """Let a question be sent; return the page of its incident."""
    incident = a_decided()
    DynamoDbIncidents(stack.table).open(incident)
    run(request_approval, {"incident_id": incident.id, "attempt": 1, "task_token": TASK_TOKEN})
    return f"/console/incidents/{incident.id}"
