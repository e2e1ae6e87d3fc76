from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import functions.request_approval.handler as request_approval
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.approval import hash_of_proposal
from qlik_monitor.domain.approval_link import LinkParameters, check_link
from qlik_monitor.domain.incident import IncidentStatus
from qlik_monitor.errors import IncidentChanged, NotificationFailed
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, a_decided, a_key
from tests.fakes.running import run
from tests.integration.functions.conftest import Log

INCIDENT = a_decided()


@pytest.fixture(autouse=True)
def _decided(incidents: DynamoDbIncidents) -> None:
    incidents.open(INCIDENT)


def request(token: str = TASK_TOKEN) -> dict[str, Any]:
    return run(
        request_approval.handler, {"incident_id": INCIDENT.id, "attempt": 1, "task_token": token}
    )


def link_of(stack: FakeStack) -> str:
    return next(line for line in stack.told[-1].body.splitlines() if line.startswith("https://"))


def test_people_get_a_genuine_link_to_the_stored_request(
    stack: FakeStack, approvals: DynamoDbApprovals
) -> None:
    approval_id = request()["approval_id"]
    [told] = stack.told
    assert told.kind == "approval_requested"
    assert told.subject == "[Qlik] Approve resume?: prod/orders"
    link = urlsplit(link_of(stack))
    query = {name: values[0] for name, values in parse_qs(link.query).items()}
    parameters = LinkParameters(
        id=link.path.removeprefix("/live/approvals/"),
        expires=query["e"],
        key_id=query["k"],
        signature=query["s"],
    )
    assert parameters.approval_id == approval_id
    approval = check_link(approvals.get(approval_id), parameters, (a_key(),)).approval
    assert approval.proposal_hash == hash_of_proposal(INCIDENT)


@pytest.mark.parametrize("taken", [{"status": "escalated"}, {"status": "closed"}, {"attempt": 2}])
def test_nobody_is_asked_about_an_incident_that_was_taken_over(
    taken: dict[str, Any], incidents: DynamoDbIncidents, stack: FakeStack
) -> None:
    incidents.save(a_decided(**taken))
    before = stack.dump()
    with pytest.raises(IncidentChanged, match="was taken over"):
        request()
    assert (stack.dump(), stack.told) == (before, [])


def test_the_incident_waits_for_the_approver(
    incidents: DynamoDbIncidents, approvals: DynamoDbApprovals
) -> None:
    approval_id = request()["approval_id"]
    waiting = incidents.get(INCIDENT.id)
    assert waiting.status is IncidentStatus.AWAITING_APPROVAL
    assert waiting.approval_id == approval_id
    approval = approvals.get(approval_id)
    assert approval is not None
    assert approval.expires_at < waiting.lease_until


def test_the_task_token_leaves_the_table_for_nobody(
    stack: FakeStack, log: Log, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = request()
    printed = capfd.readouterr()
    for shown in (answer, stack.told, log(), printed.out, printed.err):
        assert TASK_TOKEN not in str(shown)
    assert sum(TASK_TOKEN in str(item) for item in stack.dump()) == 1


def test_a_step_that_runs_again_sends_the_same_link_with_the_new_token(
    stack: FakeStack, approvals: DynamoDbApprovals
) -> None:
    first = request("token-of-the-first-try")
    assert request() == first
    assert approvals.task_token(first["approval_id"]) == TASK_TOKEN
    assert len([item for item in stack.dump() if item["sk"] == "APPROVAL"]) == 1


def test_a_message_that_fails_is_tried_again_by_the_workflow(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_args: object) -> None:
        raise NotificationFailed("SNS is away")

    with monkeypatch.context() as patched:
        patched.setattr("qlik_monitor.adapters.sns.SnsNotifier.tell", failing)
        with pytest.raises(NotificationFailed):
            request()
    request()
    assert len(stack.told) == 1


def test_a_try_that_lambda_still_runs_while_a_newer_one_asks_changes_and_sends_nothing(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    request()
    before, told = stack.dump(), stack.told
    monkeypatch.setattr(request_approval, "utc_now", lambda: utc_now() - timedelta(seconds=30))
    with pytest.raises(IncidentChanged, match="this try of the step is an old one"):
        request("token-of-the-first-try")
    assert (stack.dump(), stack.told) == (before, told)


@pytest.mark.parametrize("status", [IncidentStatus.EXECUTING, IncidentStatus.VERIFYING])
def test_nobody_is_asked_once_the_workflow_has_gone_on(
    status: IncidentStatus, incidents: DynamoDbIncidents, stack: FakeStack
) -> None:
    incidents.save(a_decided(status=status))
    before = stack.dump()
    with pytest.raises(IncidentChanged, match="was taken over"):
        request()
    assert (stack.dump(), stack.told) == (before, [])
