"""Sample events: each is what its handler takes, and what the workflow sends."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from functions.approval_api.form import Shown, read_form
from functions.conclude_incident.handler import _detail
from functions.report_cycle.handler import _report
from qlik_monitor.domain.approval import ApprovalStatus
from qlik_monitor.domain.approval_link import Invitation
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.chat_answer import read_answer
from qlik_monitor.domain.conclusion import Conclusion
from qlik_monitor.domain.decision_form import decision_form
from qlik_monitor.domain.verification import Verification
from tests.contract.workflow import ROOT, placeholders, tasks
from tests.fakes.builders import NOON, a_key, an_approval

EVENTS = ROOT / "events"
CASES = sorted(EVENTS.glob("*/*.json"))


def cases(function: str) -> dict[str, dict[str, Any]]:
    return {
        path.stem: json.loads(path.read_text()) for path in CASES if path.parent.name == function
    }


def payloads(function: str) -> list[set[str]]:
    """Return the keys of what each task sends to a function."""
    parameters = [task["Parameters"] for task in tasks().values()]
    return [
        {name.removesuffix(".$") for name in sent["Payload"]}
        for sent in parameters
        if sent["FunctionName"] == f"${{{function}}}"
    ]


def test_every_function_has_a_sample() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    assert {path.parent.name for path in CASES} == folders | {"state_machine"}


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_sample_is_tidy_json(path: Path) -> None:
    text = path.read_text()
    assert text == json.dumps(json.loads(text), indent=2) + "\n"


@pytest.mark.parametrize("function", sorted(placeholders()))
def test_a_sample_has_the_keys_that_the_workflow_sends(function: str) -> None:
    sent = payloads(function)
    assert sent
    for name, event in cases(function).items():
        assert set(event) in sent, name


def test_every_payload_of_the_workflow_has_a_sample() -> None:
    for function in placeholders():
        sampled = [set(event) for event in cases(function).values()]
        assert [keys for keys in payloads(function) if keys not in sampled] == []


@pytest.mark.parametrize("event", cases("conclude_incident").values())
def test_a_sample_conclusion_is_understood(event: dict[str, Any]) -> None:
    assert Conclusion(event["conclusion"])
    assert isinstance(_detail(event), str)


def test_every_conclusion_has_a_sample() -> None:
    sampled = {event["conclusion"] for event in cases("conclude_incident").values()}
    assert sampled == set(Conclusion)


@pytest.mark.parametrize("event", cases("verify_recovery").values())
def test_a_sample_verification_is_understood(event: dict[str, Any]) -> None:
    verification = Verification.model_validate(event["verification"])
    assert json.loads(verification.model_dump_json()) == event["verification"]


@pytest.mark.parametrize(("name", "event"), cases("report_cycle").items())
def test_a_sample_report_is_understood(name: str, event: dict[str, Any]) -> None:
    report = _report(event)
    assert report.succeeded is (name == "succeeded")
    assert bool(report.error) is not report.succeeded


@pytest.mark.parametrize(
    ("name", "status"),
    [("post_approve", ApprovalStatus.APPROVED), ("post_reject", ApprovalStatus.REJECTED)],
)
def test_a_sample_form_is_understood(name: str, status: ApprovalStatus) -> None:
    event = cases("approval_api")[name]
    fields = dict(parse_qsl(event["body"]))
    assert fields.keys() == {"decision", "comment", "code", "nonce", "seen"}
    shown = Shown(
        invitation=Invitation(approval=an_approval(), approver=ANYONE),
        demand=None,
        keys=(a_key(),),
        now=NOON,
    )
    made = decision_form(shown.invitation, None, fields["seen"], a_key(), NOON)
    genuine = fields | {"nonce": made.nonce, "code": made.code}
    form = read_form(APIGatewayProxyEvent(event | {"body": urlencode(genuine)}), shown)
    assert (form.status, form.problem) == (status, "")
    assert form.comment


@pytest.mark.parametrize(("name", "event"), cases("approval_api").items())
def test_a_sample_request_is_one_of_the_page(name: str, event: dict[str, Any]) -> None:
    request = APIGatewayProxyEvent(event)
    if name == "webhook":
        assert request.path == request.request_context.resource_path == "/webhook"
        assert read_answer(event["headers"]["Content-Type"], event["body"].encode()).comment
        return
    assert request.path.startswith("/approvals/")
    assert set(request.query_string_parameters) == {"e", "k", "s"}


@pytest.mark.parametrize("event", cases("console").values())
def test_a_sample_visit_is_one_of_the_console(event: dict[str, Any]) -> None:
    request = APIGatewayProxyEvent(event)
    assert request.path.startswith("/console")
    assert request.request_context.resource_path in ("/console", "/console/{proxy+}")


def test_the_workflow_starts_on_a_scheduled_event() -> None:
    event = cases("state_machine")["scheduled"]
    assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")
