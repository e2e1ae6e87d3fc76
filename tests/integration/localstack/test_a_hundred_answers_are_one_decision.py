"""A hundred answers at once on LocalStack's DynamoDB: one decision, and the truth for all."""

import json
import uuid
from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest

from benchmarks.limits.__main__ import aws_environment
from benchmarks.limits.world import PATIENT
from functions.approval_api import opening, outcome
from local.localstack.running import RunningLocalStack
from qlik_monitor import composition
from qlik_monitor.adapters import dynamodb
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.step_functions import WaitingWorkflow
from qlik_monitor.composition import the_table, utc_now
from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.approval_link import sign_link
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.incident import IncidentStatus
from qlik_monitor.observability import logger
from qlik_monitor.settings import ApprovalApiSettings
from tests.fakes.answers_at_once import OneAtATime, answer_at_once
from tests.fakes.aws import SECRETS, create_table, forget_secrets
from tests.fakes.builders import TASK_TOKEN, a_decided, a_key, an_approval
from tests.integration.functions.approving import Browser

pytestmark = pytest.mark.e2e

TIMES = 100
HOUR = timedelta(hours=1)


@pytest.fixture
def _on_localstack(
    localstack: RunningLocalStack, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    level = logger.log_level
    with monkeypatch.context() as patched:
        patched.setattr("boto3.DEFAULT_SESSION", None)
        for name, value in aws_environment(localstack.endpoint).items():
            patched.setenv(name, value)
        name = f"answers-{uuid.uuid4().hex}"
        patched.setenv("TABLE_NAME", create_table(name))
        patched.setenv("APPROVAL_BASE_URL", "https://api.example/live")
        secret = boto3.client("secretsmanager").create_secret(
            Name=name, SecretString=json.dumps(SECRETS["APPROVAL_SECRET_ARN"])
        )
        patched.setenv("APPROVAL_SECRET_ARN", secret["ARN"])
        # LocalStack answers a hundred one after the other, and copies every table for each.
        patched.setattr(dynamodb, "CONFIG", PATIENT)
        logger.setLevel("CRITICAL")
        forget()
        yield
        the_table(ApprovalApiSettings).delete()
        boto3.client("secretsmanager").delete_secret(
            SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True
        )
        logger.setLevel(level)
    forget()


def forget() -> None:
    for value in vars(composition).values():
        if clear := getattr(value, "cache_clear", None):
            clear()
    forget_secrets()


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> OneAtATime:
    made = OneAtATime()
    workflow = WaitingWorkflow(made)  # type: ignore[arg-type]
    monkeypatch.setattr(opening, "workflow", lambda: workflow)
    return made


@pytest.fixture
def approval(_on_localstack: None, states: OneAtATime) -> Approval:
    """A question that is asked."""
    table, incident = the_table(ApprovalApiSettings), a_decided()
    made = an_approval(incident, requested_at=utc_now(), expires_at=utc_now() + HOUR)
    DynamoDbApprovals(table).request(made, TASK_TOKEN)
    status = IncidentStatus.AWAITING_APPROVAL
    DynamoDbIncidents(table).open(
        incident.moved_to(status, utc_now(), lease=2 * HOUR, approval_id=made.id)
    )
    return made


def test_a_hundred_mixed_answers_are_one_decision_one_delivery_and_one_entry(
    approval: Approval, states: OneAtATime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcome, "PATIENCE", 0 * HOUR)
    link = sign_link(approval, ANYONE, a_key())
    query = {"e": link.expires, "k": link.key_id, "s": link.signature}
    browser = Browser(f"/approvals/{link.id}", query)
    answers = answer_at_once([browser], lambda number: ("approve", "reject")[number % 2], TIMES)

    table = the_table(ApprovalApiSettings)
    stored = DynamoDbApprovals(table).get(approval.id)
    assert stored is not None
    [said] = stored.answers
    assert states.taken == [(TASK_TOKEN, stored.status.value)]
    word = {"approved": "said yes", "rejected": "said no"}[stored.status.value]
    for status, html in answers:
        assert status == 200
        assert f"<strong>{stored.status.value}</strong>" in html
        assert f"whoever has the link {word}" in html
        assert f"{said.at:%Y-%m-%d %H:%M:%S} UTC" in html
    events = [one.event.value for one in DynamoDbAudit(table).of(approval.incident_id)]
    assert events == [stored.status.value, "handed_on"]
