"""SNS and Step Functions, and what their failures become."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from qlik_monitor.adapters.sns import SnsNotifier, sns_client
from qlik_monitor.adapters.step_functions import WaitingWorkflow, step_functions_client
from qlik_monitor.domain.notification import NotificationKind, about
from qlik_monitor.errors import DecisionNotDelivered, NotificationFailed
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, an_incident

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

MESSAGE = about(an_incident(), NotificationKind.ESCALATED, "Needs you")


@pytest.fixture
def states() -> Iterator[tuple["SFNClient", Stubber]]:
    client = step_functions_client()
    with Stubber(client) as stubber:
        yield client, stubber


def test_people_are_told_with_the_kind_as_an_attribute(stack: FakeStack) -> None:
    SnsNotifier(sns_client(), stack.topic_arn).tell(MESSAGE)
    [told] = stack.told
    assert (told.kind, told.subject, told.body) == ("escalated", MESSAGE.subject, MESSAGE.body)


def test_what_is_for_one_alone_says_so_to_the_subscriptions(stack: FakeStack) -> None:
    people = SnsNotifier(sns_client(), stack.topic_arn)
    people.tell(MESSAGE)
    people.tell(MESSAGE.model_copy(update={"approver": "ana"}))
    assert [one.approver for one in stack.told] == ["", "ana"]


def test_a_topic_that_is_gone_is_a_failed_notification(stack: FakeStack) -> None:
    stack.remove_topic()
    with pytest.raises(NotificationFailed, match="escalated"):
        SnsNotifier(sns_client(), stack.topic_arn).tell(MESSAGE)


def test_an_unreachable_sns_is_a_failed_notification(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_args: object, **_named: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://sns")

    client = boto3.client("sns")
    monkeypatch.setattr(client, "publish", lost)
    with pytest.raises(NotificationFailed):
        SnsNotifier(client, "arn").tell(MESSAGE)


def test_a_decision_is_handed_to_the_workflow(states: tuple["SFNClient", Stubber]) -> None:
    client, stubber = states
    output = json.dumps({"status": "void", "detail": "the task runs"})
    expected = {"taskToken": TASK_TOKEN, "output": output}
    stubber.add_response("send_task_success", {}, expected)
    assert WaitingWorkflow(client).go_on(TASK_TOKEN, "void", "the task runs") is True


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_workflow_that_does_not_wait_any_more_is_an_answer(
    code: str, states: tuple["SFNClient", Stubber]
) -> None:
    client, stubber = states
    stubber.add_client_error("send_task_success", code)
    assert WaitingWorkflow(client).go_on(TASK_TOKEN, "approved") is False


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError", "AccessDenied"])
def test_a_refusal_for_now_can_be_tried_again_and_never_shows_the_token(
    code: str, states: tuple["SFNClient", Stubber]
) -> None:
    client, stubber = states
    stubber.add_client_error("send_task_success", code, service_message=f"token {TASK_TOKEN}")
    with pytest.raises(DecisionNotDelivered, match=code) as raised:
        WaitingWorkflow(client).go_on(TASK_TOKEN, "approved")
    assert TASK_TOKEN not in str(raised.value)


def test_a_lost_connection_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_args: object, **_named: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://states")

    client = step_functions_client()
    monkeypatch.setattr(client, "send_task_success", lost)
    with pytest.raises(DecisionNotDelivered, match="ReadTimeoutError"):
        WaitingWorkflow(client).go_on(TASK_TOKEN, "approved")
