"""Services that are slow or silent while a person waits: a page of ours, before Lambda ends it."""

from collections.abc import Iterator
from typing import Any

import pytest

from functions.approval_api import opening
from qlik_monitor.adapters import person_waits, secrets
from qlik_monitor.adapters.approval_desk import ApprovalDesk
from qlik_monitor.adapters.dynamodb import table
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.person_waits import BRIEF, LAST_SECONDS, a_person_waits
from qlik_monitor.adapters.sns import sns_client
from qlik_monitor.adapters.step_functions import step_functions_client
from qlik_monitor.domain.approval import ApprovalStatus
from tests.fakes.aws import FakeStack, forget_secrets
from tests.fakes.builders import a_decided
from tests.fakes.lambda_context import FakeLambdaContext
from tests.fakes.silence import IMPATIENT, silent_service
from tests.integration.functions.approving import Browser, FakeStates, ask_about, typed_from
from tests.integration.functions.conftest import Log
from tests.integration.functions.visiting import SECRET, Visitor

HALF_A_MINUTE = 30_000


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(person_waits, "BRIEF", IMPATIENT)
    with silent_service() as address:
        yield address


def asked(stack: FakeStack) -> Browser:
    [made] = ask_about(stack, a_decided()).values()
    return made


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave every request too little time for a call."""
    left = int((LAST_SECONDS - 1) * 1000)
    monkeypatch.setattr(FakeLambdaContext, "get_remaining_time_in_millis", lambda _self: left)


def test_a_workflow_that_never_answers_leaves_a_page_to_hand_the_decision_on_again(
    stack: FakeStack,
    silence: str,
    approvals: DynamoDbApprovals,
    monkeypatch: pytest.MonkeyPatch,
    log: Log,
) -> None:
    browser = asked(stack)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SFN", silence)
    answer = browser.post(decision="approve")
    assert answer.status == 503
    assert "Hand it on again" in answer.html
    stored = approvals.get(browser.approval_id)
    assert stored is not None
    assert (stored.status, stored.delivered) == (ApprovalStatus.APPROVED, False)
    [line] = [line for line in log() if line["message"] == "decision not delivered"]
    assert "ReadTimeoutError" in line["reason"]


@pytest.mark.parametrize("service", ["DYNAMODB", "SECRETS_MANAGER"])
def test_a_store_that_never_answers_leaves_a_page_that_says_later(
    service: str, stack: FakeStack, silence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = asked(stack)
    forget_secrets()
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", silence)
    answer = browser.get()
    assert answer.status == 503
    assert "Not just now" in answer.html


def test_no_call_begins_that_would_not_end_before_the_request_does(
    stack: FakeStack, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = asked(stack)
    shown, before = typed_from(browser.get().html), stack.dump()
    hurry(monkeypatch)
    answer = browser.send(decision="approve", **shown)
    assert answer.status == 503
    assert "Not just now" in answer.html
    assert (stack.dump(), states.taken) == (before, [])


def test_the_console_begins_no_call_either(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Visitor().get(f"/console/sign-in/{SECRET}").status == 403
    hurry(monkeypatch)
    late = Visitor().get(f"/console/sign-in/{SECRET}")
    assert late.status == 503
    assert "Not just now" in late.html


def patience(client: Any) -> tuple[float, float]:
    config = client.meta.config
    return config.connect_timeout, config.read_timeout


def test_clients_are_brief_while_a_person_waits_and_patient_in_a_step(stack: FakeStack) -> None:
    def made() -> list[Any]:
        forget_secrets()
        resource = table(stack.table_name)
        return [resource.meta.client, sns_client(), step_functions_client(), secrets._client()]

    for client in made():
        assert patience(client) >= (3, 5)
    with a_person_waits(HALF_A_MINUTE):
        for client in made():
            assert patience(client) == patience_of(BRIEF)
    for client in made():
        assert patience(client) >= (3, 5)


def patience_of(config: Any) -> tuple[float, float]:
    return config.connect_timeout, config.read_timeout


def test_a_request_uses_brief_clients_throughout(stack: FakeStack) -> None:
    browser = asked(stack)
    forget_secrets()
    assert browser.get().status == 200
    desk: ApprovalDesk = opening.desk()
    clients = [desk._workflow._client, secrets._client(), desk._approvals._table.meta.client]
    assert [patience(client) for client in clients] == 3 * [patience_of(BRIEF)]
