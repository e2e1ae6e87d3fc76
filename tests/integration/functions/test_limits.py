"""What the handlers make of the limits: kept with the incident, and checked again at the call."""

from datetime import timedelta
from typing import Any

import pytest

import functions.evaluate_proposal.handler as evaluate_proposal
import functions.execute_restart.handler as execute_restart
import functions.monitor_tasks.handler as monitor_tasks
import functions.verify_recovery.handler as verify_recovery
from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import ActionAnswer, Endpoint
from qlik_monitor.domain.verification import Verification
from tests.fakes.aws import FakeStack
from tests.fakes.builders import (
    NOON,
    TASK,
    a_decided,
    a_decision,
    a_restart,
    a_stalled,
    an_aborted,
    an_anomaly,
    an_incident,
)
from tests.fakes.platform import FakePlatform
from tests.fakes.running import run

AT = {"source_endpoint": Endpoint(name="Oracle PROD"), "target_endpoint": Endpoint(name="Lake")}
AUTO = a_decided(decision=a_decision(DecisionKind.AUTO), snapshot=an_aborted(**AT))


@pytest.fixture(autouse=True)
def _switched_on(stack: FakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTO_RESTART_ENABLED", "true")
    monkeypatch.setenv("AUTO_RESTART_SERVERS", "*")
    monkeypatch.setenv("AUTO_RESTART_ACTIONS", "resume,stop_and_resume")
    monkeypatch.setenv("AUTO_RESTART_MIN_CONFIDENCE", "0")
    monkeypatch.setenv("OPENAI_SECRET_ARN", "")


@pytest.fixture
def switch(stack: FakeStack) -> DynamoDbAutomation:
    return DynamoDbAutomation(stack.table)


def event_of(incident: Incident) -> dict[str, Any]:
    return {"incident_id": incident.id, "cycle": incident.cycle, "attempt": incident.attempt}


def evaluate(incident: Incident) -> dict[str, Any]:
    return run(evaluate_proposal.handler, event_of(incident))


def execute(incident: Incident) -> dict[str, Any]:
    return run(execute_restart.handler, event_of(incident))


def test_every_limit_is_kept_with_the_incident_as_it_was_consulted(
    qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    qlik.put(an_aborted(**AT))
    incidents.open(an_incident())
    assert evaluate(an_incident())["decision"] == "auto"
    readings = {(one.name, one.of): one.allowed for one in incidents.get(an_incident().id).limits}
    assert readings == {
        ("pause", ""): 0,
        ("attempts", ""): 3,
        ("ineffective_fix", "resume"): 3,
        ("illness_returns", ""): 3,
        ("server_cap", "prod"): 25,
        ("fleet_cap", ""): 50,
        ("breaker", "Lake"): 3,
        ("breaker", "Oracle PROD"): 3,
        ("backoff", ""): 0,
    }


def test_a_paused_agent_hands_everything_over_with_the_reason(
    qlik: FakePlatform, incidents: DynamoDbIncidents, switch: DynamoDbAutomation
) -> None:
    switch.pause("ada", "database upgrade", NOON)
    qlik.put(an_aborted())
    incidents.open(an_incident())
    assert evaluate(an_incident())["decision"] == "escalate"
    decision = incidents.get(an_incident().id).decision
    assert decision is not None
    assert "by ada: database upgrade" in decision.reasons[0]


def test_a_pause_stops_what_was_decided_before_it(
    qlik: FakePlatform, incidents: DynamoDbIncidents, switch: DynamoDbAutomation
) -> None:
    qlik.put(an_aborted(**AT))
    incidents.open(AUTO)
    switch.pause("ada", "", NOON)
    answer = execute(AUTO)
    assert answer["status"] == "not_executed"
    assert "automation is paused" in answer["detail"]
    switch.resume("ada", NOON)
    assert execute(AUTO)["status"] == "started"
    assert qlik.actions == ["run"]


def test_a_stop_that_was_made_is_followed_by_its_run_even_in_a_pause(
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    switch: DynamoDbAutomation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stuck = a_decided(
        decision=a_decision(DecisionKind.AUTO, action=Action.STOP_AND_RESUME),
        snapshot=a_stalled(),
        anomalies=(an_anomaly(AnomalyKind.STUCK),),
        error_class="unknown",
    )
    incidents.open(stuck)
    qlik.put(a_stalled())
    stop = qlik.stop_task

    def stop_and_pause(task: Any) -> ActionAnswer:
        switch.pause("ada", "", NOON)
        return stop(task)

    monkeypatch.setattr(qlik, "stop_task", stop_and_pause)
    assert execute(stuck)["status"] == "started"
    assert qlik.actions == ["stop", "run"]


@pytest.mark.parametrize(
    ("variable", "value", "because"),
    [
        ("AUTO_RESTART_ENABLED", "false", "AUTO_RESTART_ENABLED is off"),
        ("AUTO_RESTART_SERVERS", "test-*", "AUTO_RESTART_SERVERS does not name prod"),
        ("AUTO_RESTART_ACTIONS", "stop_and_resume", "AUTO_RESTART_ACTIONS does not name resume"),
        ("AUTO_RESTART_MIN_CONFIDENCE", "0.99", "confidence 95 % is below 99 %"),
    ],
)
def test_a_switch_that_was_turned_off_since_the_decision_stops_it(
    *,
    variable: str,
    value: str,
    because: str,
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, value)
    qlik.put(an_aborted(**AT))
    incidents.open(AUTO)
    assert because in execute(AUTO)["detail"]
    assert qlik.actions == []


def test_what_rests_is_observed_and_decided_again_when_the_pause_is_over(
    qlik: FakePlatform, incidents: DynamoDbIncidents, restarts: DynamoDbRestarts
) -> None:
    restarts.reserve(a_restart(incident_id="earlier", requested_at=utc_now()), Limits())
    qlik.put(an_aborted())
    incidents.open(an_incident())
    assert evaluate(an_incident())["decision"] == "observe"
    kept = incidents.get(an_incident().id)
    assert kept.decide_again_at == restarts.spent(TASK, ()).rests_until()
    due = utc_now() - timedelta(seconds=1)
    rested = kept.moved_to(
        IncidentStatus.OBSERVED, NOON, lease=timedelta(0), decide_again_at=due, updated_at=utc_now()
    )
    incidents.save(rested)
    answer = run(monitor_tasks.handler, {"execution": "cycle-2"})
    assert answer["incident_ids"] == [kept.id]
    again = incidents.get(kept.id)
    assert (again.reason, again.decide_again_at) == (
        "the pause after the last restart is over",
        None,
    )
    assert [attempt.decision for attempt in again.past] == [kept.decision]


def test_an_attempt_that_failed_is_remembered_and_counts_against_its_endpoints(
    qlik: FakePlatform, incidents: DynamoDbIncidents, restarts: DynamoDbRestarts
) -> None:
    qlik.put(an_aborted(**AT))
    incidents.open(AUTO)
    assert execute(AUTO)["status"] == "started"
    qlik.put(an_aborted(**AT))
    before = Verification(started_at=NOON).model_dump(mode="json")
    event = event_of(AUTO) | {"verification": before}
    answers = [run(verify_recovery.handler, event) for _ in range(2)]
    assert [one["verdict"] for one in answers] == ["failed"] * 2
    incident = incidents.get(AUTO.id)
    [past] = incident.past
    assert (past.attempt, past.decision) == (1, AUTO.decision)
    assert "restart 1 did not help" in past.reason
    spent = restarts.spent(TASK, ("Lake", "Oracle PROD"))
    assert [len(breaker.failures) for breaker in spent.breakers] == [1, 1]


def test_the_next_attempt_is_not_refused_for_being_a_moment_early(
    qlik: FakePlatform, incidents: DynamoDbIncidents, restarts: DynamoDbRestarts
) -> None:
    qlik.put(an_aborted())
    incidents.open(AUTO)
    execute(AUTO)
    qlik.put(an_aborted())
    event = event_of(AUTO) | {"verification": Verification(started_at=NOON).model_dump(mode="json")}
    wait = run(verify_recovery.handler, event)["retry_after_seconds"]
    next_one = a_restart(attempt=2, requested_at=utc_now() + timedelta(seconds=wait))
    assert restarts.reserve(next_one, Limits()).refused is None


def test_a_restart_that_qlik_refused_frees_the_trial_of_a_breaker(
    qlik: FakePlatform, incidents: DynamoDbIncidents, restarts: DynamoDbRestarts
) -> None:
    for number in range(3):
        failed = a_restart(
            task=TASK.model_copy(update={"task": f"t{number}"}),
            endpoints=("Lake",),
            requested_at=utc_now() - timedelta(minutes=50),
        )
        restarts.reserve(failed, Limits())
        at = utc_now() - timedelta(minutes=40)
        restarts.record(failed, RestartOutcome.FAILED, "", at)
    qlik.put(an_aborted(**AT))
    incidents.open(AUTO)
    qlik.answers["run"] = [ActionAnswer(accepted=False, error_code="AEM_TASK_LOCKED")]
    assert "AEM_TASK_LOCKED" in execute(AUTO)["detail"]
    [breaker] = restarts.spent(TASK, ("Lake",)).breakers
    assert (breaker.trial, len(breaker.failures)) == (None, 3)
