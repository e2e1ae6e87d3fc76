from datetime import datetime, timedelta
from typing import Any

import pytest

import functions.execute_restart.handler as execute_restart
from functions.execute_restart.handler import handler
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.approval import ApprovalStatus
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import ActionAnswer, TaskState
from qlik_monitor.errors import (
    QlikAccessDenied,
    QlikAnswerInvalid,
    QlikLicenseMissing,
    QlikRequestRefused,
    QlikUnavailable,
)
from tests.fakes.answering import say
from tests.fakes.aws import FakeStack
from tests.fakes.builders import (
    NOON,
    TASK,
    TASK_TOKEN,
    a_decided,
    a_decision,
    a_restart,
    a_snapshot,
    a_stalled,
    an_aborted,
    an_anomaly,
    an_approval,
)
from tests.fakes.platform import FakePlatform, refused
from tests.fakes.running import run

RESUME = a_decided(decision=a_decision(DecisionKind.AUTO))
STOP = a_decision(DecisionKind.AUTO, action=Action.STOP_AND_RESUME)


@pytest.fixture(autouse=True)
def _switched_on(stack: FakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTO_RESTART_ENABLED", "true")
    monkeypatch.setenv("AUTO_RESTART_SERVERS", "*")
    monkeypatch.setenv("AUTO_RESTART_ACTIONS", "resume,stop_and_resume")


def execute(incident: Incident = RESUME, attempt: int = 1) -> dict[str, Any]:
    return run(handler, {"incident_id": incident.id, "cycle": incident.cycle, "attempt": attempt})


@pytest.fixture
def stuck(qlik: FakePlatform, incidents: DynamoDbIncidents) -> Incident:
    """A stuck task whose stop and resume was decided."""
    incident = a_decided(
        decision=STOP,
        snapshot=a_stalled(),
        anomalies=(an_anomaly(AnomalyKind.STUCK),),
        error_class="unknown",
    )
    incidents.open(incident)
    qlik.put(a_stalled())
    return incident


@pytest.fixture
def aborted(qlik: FakePlatform, incidents: DynamoDbIncidents) -> Incident:
    """An aborted task whose resume was decided."""
    incidents.open(RESUME)
    qlik.put(an_aborted())
    return RESUME


def test_a_decided_resume_is_one_call_that_is_written_down(
    aborted: Incident,
    qlik: FakePlatform,
    restarts: DynamoDbRestarts,
    incidents: DynamoDbIncidents,
) -> None:
    answer = execute()
    assert answer["status"] == "started"
    assert answer["verification"]["checks"] == 0
    assert qlik.actions == ["run"]
    assert [r.outcome for r in restarts.of(TASK)] == [RestartOutcome.ACCEPTED]
    after = incidents.get(aborted.id)
    assert (after.status, after.stopped_by_agent) == (IncidentStatus.VERIFYING, False)


def test_settling_begins_when_the_calls_are_over(
    aborted: Incident, restarts: DynamoDbRestarts
) -> None:
    began = datetime.fromisoformat(execute()["verification"]["started_at"])
    [restart] = restarts.of(TASK)
    assert restart.finished_at is not None
    assert began >= restart.finished_at


def test_a_step_that_runs_again_calls_qlik_no_more(aborted: Incident, qlik: FakePlatform) -> None:
    assert execute()["status"] == execute()["status"] == "started"
    assert qlik.actions == ["run"]


def test_a_step_that_died_in_the_middle_of_its_call_calls_qlik_no_more(
    aborted: Incident, qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    qlik.answers["run"] = [ZeroDivisionError("the container died")]
    with pytest.raises(ZeroDivisionError):
        execute()
    assert incidents.get(aborted.id).status is IncidentStatus.EXECUTING
    assert execute()["status"] == "started"
    assert qlik.actions == ["run"]


def test_a_refusal_is_still_a_refusal_when_the_step_runs_again(
    aborted: Incident, qlik: FakePlatform, restarts: DynamoDbRestarts
) -> None:
    qlik.answers["run"] = [refused("AEM_TASK_LOCKED", "somebody edits it")]
    first, again = execute(), execute()
    assert first == again
    assert first["status"] == "not_executed"
    assert "AEM_TASK_LOCKED somebody edits it" in first["detail"]
    assert qlik.actions == ["run"]
    assert restarts.of(TASK)[0].outcome is RestartOutcome.REFUSED


@pytest.mark.parametrize(
    "now",
    [a_snapshot(), an_aborted(message="login failed"), an_aborted(state=TaskState.STOPPED)],
    ids=["it runs again", "another error", "another state"],
)
def test_a_task_that_changed_is_not_touched(
    now: Any, aborted: Incident, qlik: FakePlatform, restarts: DynamoDbRestarts
) -> None:
    qlik.put(now)
    assert execute()["status"] == "not_executed"
    assert qlik.actions == []
    assert restarts.of(TASK) == ()


@pytest.mark.parametrize("before", [(), ("hands-off",)], ids=["tagged since", "tagged before"])
def test_a_task_that_is_opted_out_is_not_touched(
    before: tuple[str, ...],
    aborted: Incident,
    incidents: DynamoDbIncidents,
    qlik: FakePlatform,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(execute_restart, "opt_out_tags", lambda: frozenset({"hands-off"}))
    incidents.save(aborted.model_copy(update={"snapshot": an_aborted(tags=before)}))
    qlik.put(an_aborted(tags=() if before else ("hands-off",)))
    answer = execute()
    assert answer["status"] == "not_executed"
    assert "opted out of automation by its tag hands-off" in answer["detail"]
    assert qlik.actions == []


@pytest.mark.parametrize(
    ("approval", "because"),
    [
        ({"status": ApprovalStatus.APPROVED}, None),
        ({"status": ApprovalStatus.PENDING}, "the approval is pending"),
        ({"status": ApprovalStatus.REJECTED}, "the approval is rejected"),
        ({"status": ApprovalStatus.APPROVED, "proposal_hash": "0"}, "for another proposal"),
    ],
    ids=["approved", "pending", "rejected", "another proposal"],
)
def test_a_restart_that_needs_a_person_needs_a_yes_to_exactly_this_proposal(
    approval: dict[str, Any],
    because: str | None,
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    approvals: DynamoDbApprovals,
) -> None:
    stored = an_approval(**approval)
    incident = a_decided(approval_id=stored.id, status=IncidentStatus.AWAITING_APPROVAL)
    incidents.open(incident)
    approvals.request(stored.model_copy(update={"status": ApprovalStatus.PENDING}), TASK_TOKEN)
    if stored.status is not ApprovalStatus.PENDING:
        say(approvals, stored.id, stored.status, NOON)
    qlik.put(an_aborted())
    answer = execute(incident)
    assert qlik.actions == ([] if because else ["run"])
    assert (because or "run accepted") in answer["detail"]


def test_no_approval_means_no_restart(qlik: FakePlatform, incidents: DynamoDbIncidents) -> None:
    incidents.open(a_decided())
    qlik.put(an_aborted())
    assert execute()["detail"] == "no approval is stored"
    assert qlik.actions == []


def test_another_attempt_than_the_one_that_is_due_is_refused(
    aborted: Incident, qlik: FakePlatform
) -> None:
    assert "attempt 2 was decided" in execute(attempt=2)["detail"]
    assert qlik.actions == []


def test_the_limit_holds_whatever_was_decided(
    aborted: Incident, qlik: FakePlatform, restarts: DynamoDbRestarts
) -> None:
    for number in range(3):
        earlier = a_restart(incident_id=f"i-{number}", requested_at=utc_now())
        restarts.reserve(earlier, Limits(backoff=timedelta(0)))
    answer = execute()
    assert answer["status"] == "not_executed"
    assert "MAX_RESTART_ATTEMPTS=3 is reached: 3 restarts" in answer["detail"]
    assert qlik.actions == []


def test_a_lost_connection_is_an_unknown_outcome_and_never_a_second_call(
    aborted: Incident, qlik: FakePlatform, restarts: DynamoDbRestarts
) -> None:
    qlik.answers["run"] = [QlikUnavailable("timed out")]
    assert execute()["status"] == "started"
    assert restarts.of(TASK)[0].outcome is RestartOutcome.UNKNOWN
    assert qlik.actions == ["run"]


def test_a_stuck_task_is_stopped_seen_to_be_stopped_and_only_then_resumed(
    stuck: Incident, qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    hiccup = QlikUnavailable("hiccup")
    qlik.script(TASK, a_stalled(), a_stalled(), hiccup, a_stalled())
    assert execute()["status"] == "started"
    calls = [call for call, _ in qlik.calls]
    assert calls == ["read_task", "stop", *["read_task"] * 4, "run"]
    assert incidents.get(stuck.id).stopped_by_agent


def test_a_task_that_someone_else_stopped_is_theirs_to_start(
    stuck: Incident, qlik: FakePlatform
) -> None:
    qlik.answers["stop"] = [refused("AEM_TASK_ALREADY_STOPPED")]
    answer = execute()
    assert answer["status"] == "not_executed"
    assert "AEM_TASK_ALREADY_STOPPED" in answer["detail"]
    assert qlik.actions == ["stop"]


def test_a_task_that_does_not_stop_is_not_run(stuck: Incident, qlik: FakePlatform) -> None:
    qlik.answers["stop"] = [ActionAnswer(accepted=True)]
    assert "was not seen to, and was not run" in execute()["detail"]
    assert qlik.actions == ["stop"]


@pytest.mark.parametrize(
    "answer",
    [refused("AEM_RUN_FAILED"), QlikRequestRefused("AEM_RUN_FAILED"), QlikAccessDenied("403")],
    ids=["refused", "raised", "denied"],
)
def test_a_task_that_was_stopped_and_not_resumed_is_told_loudly(
    answer: Any, stuck: Incident, qlik: FakePlatform, restarts: DynamoDbRestarts
) -> None:
    qlik.answers["run"] = [answer]
    result = execute()
    assert result["status"] == "not_executed"
    assert result["detail"].startswith("THE TASK WAS STOPPED AND COULD NOT BE RESUMED")
    assert restarts.of(TASK)[0].outcome is RestartOutcome.REFUSED


def test_a_resume_whose_answer_was_lost_after_the_stop_is_verified(
    stuck: Incident, qlik: FakePlatform
) -> None:
    qlik.answers["run"] = [QlikUnavailable("timed out")]
    answer = execute()
    assert answer["status"] == "started"
    assert answer["detail"].startswith("the task was stopped; whether it was resumed")


@pytest.mark.parametrize(
    ("error", "status", "outcome"),
    [
        (QlikAccessDenied("403"), "not_executed", RestartOutcome.REFUSED),
        (QlikLicenseMissing("no licence"), "not_executed", RestartOutcome.REFUSED),
        (QlikAnswerInvalid("no JSON"), "started", RestartOutcome.UNKNOWN),
    ],
    ids=["denied", "no licence", "unreadable"],
)
def test_whatever_qlik_answers_to_a_run_is_written_down(
    *,
    error: Exception,
    status: str,
    outcome: RestartOutcome,
    aborted: Incident,
    qlik: FakePlatform,
    restarts: DynamoDbRestarts,
) -> None:
    qlik.answers["run"] = [error]
    assert execute()["status"] == status
    assert [one.outcome for one in restarts.of(TASK)] == [outcome]


@pytest.mark.parametrize(
    "answer",
    [refused("AEM_TASK_ALREADY_STOPPED"), QlikRequestRefused("no"), QlikAccessDenied("403")],
    ids=["refused", "raised", "denied"],
)
def test_a_stop_that_was_refused_leaves_no_claim_that_the_agent_stopped_it(
    answer: Any,
    stuck: Incident,
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    restarts: DynamoDbRestarts,
) -> None:
    qlik.answers["stop"] = [answer]
    assert execute()["status"] == "not_executed"
    assert qlik.actions == ["stop"]
    assert not incidents.get(stuck.id).stopped_by_agent
    assert restarts.of(TASK)[0].outcome is RestartOutcome.REFUSED


@pytest.mark.parametrize("error", [QlikUnavailable("timed out"), QlikAnswerInvalid("no JSON")])
def test_a_stop_whose_answer_was_lost_is_followed_by_its_run(
    error: Exception, stuck: Incident, qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    qlik.answers["stop"] = [error]
    stopped = a_stalled(state=TaskState.STOPPED)
    qlik.script(TASK, a_stalled(), a_stalled(), stopped)
    assert execute()["status"] == "started"
    assert qlik.actions == ["stop", "run"]
    assert incidents.get(stuck.id).stopped_by_agent


def test_a_lost_stop_that_is_not_seen_is_unknown_and_nothing_is_run(
    stuck: Incident, qlik: FakePlatform, incidents: DynamoDbIncidents, restarts: DynamoDbRestarts
) -> None:
    qlik.answers["stop"] = [QlikUnavailable("timed out")]
    answer = execute()
    assert answer["status"] == "started"
    assert "was not seen to stop, and was not run" in answer["detail"]
    assert qlik.actions == ["stop"]
    assert incidents.get(stuck.id).stopped_by_agent
    assert restarts.of(TASK)[0].outcome is RestartOutcome.UNKNOWN


def test_an_incident_that_was_handed_over_is_not_executed(
    qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    incidents.open(RESUME.model_copy(update={"status": IncidentStatus.ESCALATED}))
    assert execute()["detail"] == "it was taken over and is escalated"
    assert qlik.calls == []
