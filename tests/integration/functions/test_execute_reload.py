"""What rewrites data: carried out once on a strong approval, and by nothing that is stored."""

from datetime import timedelta
from typing import Any

import pytest

import functions.execute_restart.handler as execute_restart
from functions.execute_restart.handler import handler
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.composition import settings, utc_now
from qlik_monitor.domain.actions import Action, Consent
from qlik_monitor.domain.approval import ApprovalStatus
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import FullLoad, RunOption
from qlik_monitor.errors import QlikAccessDenied, QlikUnavailable
from tests.fakes.answering import say
from tests.fakes.builders import (
    TASK,
    TASK_TOKEN,
    a_decided,
    a_decision,
    a_proposal,
    a_table_reload,
    a_target_reload,
    an_aborted,
    an_approval,
)
from tests.fakes.platform import FakePlatform, refused
from tests.fakes.running import run

YES, NO = ApprovalStatus.APPROVED, ApprovalStatus.REJECTED
RELOADS = {"reload_target": a_target_reload(), "reload_table": a_table_reload()}
each_reload = pytest.mark.parametrize("action", RELOADS)


@pytest.fixture(autouse=True)
def _reloads_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESTRUCTIVE_ACTIONS_ENABLED", "true")


class Stored:
    """Stores an incident with its answered approval, as Qlik shows the task, and executes it."""

    def __init__(
        self, qlik: FakePlatform, incidents: DynamoDbIncidents, approvals: DynamoDbApprovals
    ) -> None:
        self._qlik, self._incidents, self._approvals = qlik, incidents, approvals

    def put(self, incident: Incident, status: ApprovalStatus = YES, **changes: Any) -> Incident:
        now = utc_now()
        usual: dict[str, Any] = {
            "consent": Consent.STRONG,
            "requested_at": now,
            "expires_at": now + timedelta(hours=1),
        }
        approval = an_approval(incident, **usual | changes)
        self._approvals.request(approval, TASK_TOKEN)
        say(self._approvals, approval.id, status, utc_now(), "agreed with the owners")
        incident = incident.model_copy(update={"approval_id": approval.id})
        self._incidents.open(incident)
        if incident.snapshot:
            self._qlik.put(incident.snapshot)
        return incident

    def execute(self, incident: Incident) -> dict[str, Any]:
        event = {"incident_id": incident.id, "cycle": incident.cycle, "attempt": incident.attempt}
        return run(handler, event)


@pytest.fixture
def stored(
    qlik: FakePlatform, incidents: DynamoDbIncidents, approvals: DynamoDbApprovals
) -> Stored:
    return Stored(qlik, incidents, approvals)


def test_a_target_is_reloaded_with_one_run_on_a_strong_yes(
    stored: Stored, qlik: FakePlatform, restarts: DynamoDbRestarts
) -> None:
    incident = stored.put(a_target_reload())
    answer = stored.execute(incident)
    assert answer["status"] == "started"
    assert answer["verification"]["action"] == "reload_target"
    assert (qlik.actions, qlik.options) == (["run"], [RunOption.RELOAD_TARGET])
    [restart] = restarts.of(TASK)
    assert (restart.action, restart.outcome) == (Action.RELOAD_TARGET, RestartOutcome.ACCEPTED)


def test_a_table_of_a_running_task_is_reloaded_without_a_stop(
    stored: Stored, qlik: FakePlatform, restarts: DynamoDbRestarts, incidents: DynamoDbIncidents
) -> None:
    incident = stored.put(a_table_reload())
    answer = stored.execute(incident)
    assert answer["status"] == "started"
    assert answer["verification"]["tables_with_error"] == 2
    assert (qlik.actions, qlik.reloaded) == (["reload_table"], [("SALES", "ORDERS")])
    assert restarts.of(TASK)[0].table == "SALES.ORDERS"
    assert not incidents.get(incident.id).stopped_by_agent


def test_a_checkpoint_is_recovered_from_on_an_ordinary_yes(
    stored: Stored, qlik: FakePlatform
) -> None:
    corrupt = a_decided(
        snapshot=an_aborted(message="the checkpoint cannot be read"),
        error_class="checkpoint",
        proposal=a_proposal(Action.RESUME_FROM_CHECKPOINT),
        decision=a_decision(action=Action.RESUME_FROM_CHECKPOINT),
    )
    answer = stored.execute(stored.put(corrupt, consent=Consent.PERSON))
    assert answer["status"] == "started"
    assert qlik.options == [RunOption.RECOVER_USING_LOCALLY_STORED_CHECKPOINT]


@each_reload
def test_a_step_that_runs_again_reloads_no_more(
    action: str, stored: Stored, qlik: FakePlatform
) -> None:
    incident = stored.put(RELOADS[action])
    first, again = stored.execute(incident), stored.execute(incident)
    assert first["status"] == again["status"] == "started"
    assert again["verification"]["action"] == action
    assert len(qlik.actions) == 1


@each_reload
@pytest.mark.parametrize("since", ["switched off", "grown old"])
def test_a_repeated_step_does_not_deny_a_reload_that_it_began(
    *,
    action: str,
    since: str,
    stored: Stored,
    qlik: FakePlatform,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    incident = stored.put(RELOADS[action])
    call = "run" if action == "reload_target" else "reload_table"
    qlik.answers[call] = [ZeroDivisionError("the container died")]
    with pytest.raises(ZeroDivisionError):
        stored.execute(incident)
    if since == "switched off":
        monkeypatch.setenv("DESTRUCTIVE_ACTIONS_ENABLED", "false")
        settings.cache_clear()  # the step is repeated by a new container
    else:
        old = "an approval of over an hour ago is too old"
        monkeypatch.setattr(execute_restart, "unwarranted", lambda *_: old)
    answer = stored.execute(incident)
    assert (answer["status"], len(qlik.actions)) == ("started", 1)
    assert answer["verification"]["action"] == action


@each_reload
def test_a_reload_that_qlik_denies_is_refused_and_written_down(
    action: str, stored: Stored, qlik: FakePlatform, restarts: DynamoDbRestarts
) -> None:
    call = "run" if action == "reload_target" else "reload_table"
    qlik.answers[call] = [QlikAccessDenied("403")]
    assert stored.execute(stored.put(RELOADS[action]))["status"] == "not_executed"
    assert [one.outcome for one in restarts.of(TASK)] == [RestartOutcome.REFUSED]


@each_reload
@pytest.mark.parametrize(
    ("decision", "approval"),
    [
        ({"kind": DecisionKind.AUTO}, {}),
        ({"kind": DecisionKind.AUTO, "consent": Consent.SWITCHES}, {"consent": Consent.PERSON}),
        ({"consent": Consent.PERSON}, {"consent": Consent.PERSON}),
        ({"consent": Consent.NOBODY}, {"consent": Consent.NOBODY}),
        ({}, {"consent": Consent.PERSON}),
        ({}, {"status": NO}),
        ({}, {"proposal_hash": "0"}),
        ({"consent": Consent.PERSON}, {}),
    ],
    ids=[
        "automatic",
        "automatic, approved",
        "ordinary",
        "weaker than ordinary",
        "strong, approved ordinarily",
        "rejected",
        "another proposal",
        "ordinary, approved strongly",
    ],
)
def test_no_forged_incident_leads_to_a_destructive_call(
    action: str,
    decision: dict[str, Any],
    approval: dict[str, Any],
    stored: Stored,
    qlik: FakePlatform,
) -> None:
    incident = RELOADS[action]
    assert incident.decision
    forged = incident.model_copy(update={"decision": incident.decision.model_copy(update=decision)})
    answer = stored.execute(stored.put(forged, **approval))
    assert answer["status"] == "not_executed"
    assert qlik.actions == []


@each_reload
def test_a_resume_that_was_approved_and_then_forged_into_a_reload_is_not_carried_out(
    action: str, stored: Stored, qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    approved = stored.put(a_decided(), consent=Consent.PERSON)
    reload = RELOADS[action]
    update = {
        name: getattr(reload, name)
        for name in ("decision", "proposal", "snapshot", "error_class", "anomalies")
    }
    incidents.save(approved.model_copy(update=update))
    if reload.snapshot:
        qlik.put(reload.snapshot)
    answer = stored.execute(approved)
    assert answer["detail"] == "the approval was given for another proposal"
    assert qlik.actions == []


@each_reload
def test_reloads_that_were_switched_off_since_the_approval_are_not_carried_out(
    action: str,
    stored: Stored,
    qlik: FakePlatform,
    restarts: DynamoDbRestarts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DESTRUCTIVE_ACTIONS_ENABLED", "false")
    answer = stored.execute(stored.put(RELOADS[action]))
    assert answer["detail"] == "DESTRUCTIVE_ACTIONS_ENABLED is off"
    assert (qlik.actions, restarts.of(TASK)) == ([], ())


@pytest.mark.parametrize(
    "load", [FullLoad(tables_with_error=0), FullLoad()], ids=["mended", "unknown"]
)
def test_a_table_is_reloaded_only_while_one_is_in_error(
    load: FullLoad, stored: Stored, qlik: FakePlatform
) -> None:
    incident = stored.put(a_table_reload())
    qlik.put(qlik.tasks[TASK].model_copy(update={"full_load": load}))
    assert "shows none" in stored.execute(incident)["detail"]
    assert qlik.actions == []


@each_reload
def test_without_the_task_s_details_nothing_is_reloaded(
    action: str, stored: Stored, qlik: FakePlatform
) -> None:
    incident = stored.put(RELOADS[action])
    qlik.put(qlik.tasks[TASK].model_copy(update={"details_read": False}))
    assert "details could not be read" in stored.execute(incident)["detail"]
    assert qlik.actions == []


@each_reload
def test_a_refused_reload_is_followed_by_nothing_else(
    action: str, stored: Stored, qlik: FakePlatform, restarts: DynamoDbRestarts
) -> None:
    call = "run" if action == "reload_target" else "reload_table"
    qlik.answers[call] = [refused("AEM_RELOAD_TABLE_ERR")]
    answer = stored.execute(stored.put(RELOADS[action]))
    assert answer["status"] == "not_executed"
    assert "reload refused: AEM_RELOAD_TABLE_ERR" in answer["detail"]
    assert qlik.actions == [call]
    assert restarts.of(TASK)[0].outcome is RestartOutcome.REFUSED


@each_reload
def test_a_reload_whose_answer_was_lost_is_verified_and_never_called_again(
    action: str, stored: Stored, qlik: FakePlatform, restarts: DynamoDbRestarts
) -> None:
    call = "run" if action == "reload_target" else "reload_table"
    qlik.answers[call] = [QlikUnavailable("timed out")]
    incident = stored.put(RELOADS[action])
    assert stored.execute(incident)["status"] == stored.execute(incident)["status"] == "started"
    assert qlik.actions == [call]
    assert restarts.of(TASK)[0].outcome is RestartOutcome.UNKNOWN
