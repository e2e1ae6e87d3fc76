"""One endpoint's outage, many tasks: one proposal, one approval, one run each, one ending."""

from datetime import timedelta
from typing import Any

import pytest

import functions.evaluate_proposal.handler as evaluate_proposal
import functions.execute_restart.handler as execute_restart
import functions.request_approval.handler as request_approval
import functions.verify_recovery.handler as verify_recovery
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_precedents import DynamoDbPrecedents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.approval import ApprovalStatus
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.history import point_of
from qlik_monitor.domain.incident import Incident, IncidentStatus, Outcome
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.member import Fate
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import StopReason, TaskId, TaskState
from qlik_monitor.errors import QlikAccessDenied, QlikRequestRefused, QlikUnavailable
from tests.fakes.answering import say
from tests.fakes.aws import FakeStack
from tests.fakes.builders import (
    a_decision,
    a_group_incident,
    a_precedent,
    a_restart,
    a_snapshot,
    an_aborted,
    an_incident,
)
from tests.fakes.lambda_context import FakeLambdaContext
from tests.fakes.platform import FakePlatform, refused
from tests.fakes.running import run
from tests.fakes.strategies import quiet
from tests.integration.functions.approving import Browser

NAMES = ("a", "b", "c", "d")
GROUP = a_group_incident(*NAMES)
KEYS = {"incident_id": GROUP.id, "cycle": GROUP.cycle}


def task(name: str) -> TaskId:
    return TaskId(server="prod", task=name)


def down(name: str, **changes: Any) -> Any:
    return an_aborted(task=name, **changes)


@pytest.fixture
def outage(qlik: FakePlatform, incidents: DynamoDbIncidents) -> Incident:
    """Four tasks that one endpoint has taken down."""
    incidents.open(GROUP)
    for name in NAMES:
        qlik.put(down(name))
    return GROUP


def evaluate() -> dict[str, Any]:
    return run(evaluate_proposal.handler, KEYS)


def ask() -> None:
    event = {"incident_id": GROUP.id, "attempt": 1, "task_token": "a-token"}
    run(request_approval.handler, event)


def execute() -> dict[str, Any]:
    return run(execute_restart.handler, KEYS | {"attempt": 1})


def verify(verification: dict[str, Any]) -> dict[str, Any]:
    return run(verify_recovery.handler, KEYS | {"attempt": 1, "verification": verification})


@pytest.fixture
def approved(
    outage: Incident, incidents: DynamoDbIncidents, approvals: DynamoDbApprovals
) -> Incident:
    """The same, after one person said yes once."""
    assert evaluate()["decision"] == "needs_approval"
    ask()
    approval = incidents.get(GROUP.id).approval_id
    assert approval
    say(approvals, approval, ApprovalStatus.APPROVED, utc_now())
    return incidents.get(GROUP.id)


def runs(qlik: FakePlatform) -> list[str]:
    return [about for call, about in qlik.calls if call == "run"]


def fates(incidents: DynamoDbIncidents) -> dict[str, Fate]:
    return {one.task.task: one.fate for one in incidents.get(GROUP.id).resumed}


def test_one_proposal_is_about_all_that_can_be_resumed(
    outage: Incident, qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    recovering = a_snapshot(
        task="c", state=TaskState.RECOVERY, stop_reason=StopReason.RECOVERABLE_ERROR
    )
    qlik.put(recovering)
    qlik.script(task("d"), QlikUnavailable("timed out"))
    answer = evaluate()
    assert (answer["decision"], answer["action"]) == ("needs_approval", "resume")
    incident = incidents.get(GROUP.id)
    assert [str(one.task) for one in incident.candidates] == ["prod/a", "prod/b"]
    assert incident.decision is not None
    assert "2 others are left alone" in incident.decision.reasons[1]
    assert qlik.actions == []


def test_what_failed_for_others_lowers_a_groups_confidence(
    outage: Incident, incidents: DynamoDbIncidents, precedents: DynamoDbPrecedents
) -> None:
    for number in range(3):
        failed = a_precedent(incident_id=f"i-{number}", outcome=RestartOutcome.FAILED)
        precedents.add(failed)
    evaluate()
    proposal = incidents.get(GROUP.id).proposal
    assert proposal is not None
    assert (proposal.stated_confidence, proposal.confidence) == (0.8, 0.594)


def test_a_group_is_asked_about_however_much_may_be_done_alone(
    outage: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTO_RESTART_ENABLED", "true")
    monkeypatch.setenv("AUTO_RESTART_SERVERS", "*")
    monkeypatch.setenv("AUTO_RESTART_ACTIONS", "resume,stop_and_resume")
    monkeypatch.setenv("AUTO_RESTART_MIN_CONFIDENCE", "0")
    assert evaluate()["decision"] == "needs_approval"


def test_a_group_of_which_nothing_can_be_resumed_goes_to_people(
    outage: Incident, qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    for name in NAMES:
        qlik.put(a_snapshot(task=name, state=TaskState.RECOVERY))
    assert evaluate()["decision"] == "escalate"
    incident = incidents.get(GROUP.id)
    assert incident.candidates == ()
    assert "retrying by itself" in str(incident.decision)


def test_a_tag_of_the_list_opts_out_though_the_details_leave_it_out(
    outage: Incident, incidents: DynamoDbIncidents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate_proposal, "opt_out_tags", lambda: frozenset({"hands-off"}))
    tagged = {"prod/b": ("hands-off",)}
    incidents.save(incidents.get(GROUP.id).model_copy(update={"member_tags": tagged}))
    evaluate()
    assert [one.task.task for one in incidents.get(GROUP.id).candidates] == ["a", "c", "d"]


def test_a_task_with_an_incident_of_its_own_is_left_to_that(
    outage: Incident, incidents: DynamoDbIncidents, qlik: FakePlatform
) -> None:
    own = an_incident(id="own", subject=Subject(server="prod", task="b"))
    incidents.open(own)
    evaluate()
    assert [one.task.task for one in incidents.get(GROUP.id).candidates] == ["a", "c", "d"]


def test_refused_credentials_are_tried_once_and_fail_the_step(
    outage: Incident, qlik: FakePlatform
) -> None:
    for name in NAMES:
        qlik.script(task(name), QlikAccessDenied("401"))
    with pytest.raises(QlikAccessDenied):
        evaluate()
    assert len(qlik.calls) == 1


def test_the_message_and_the_page_list_the_tasks(
    outage: Incident, qlik: FakePlatform, incidents: DynamoDbIncidents, stack: FakeStack
) -> None:
    hostile = "<script>alert(1)</script>"
    members = (*GROUP.members, f"prod/{hostile}")
    incidents.save(incidents.get(GROUP.id).model_copy(update={"members": members}))
    qlik.put(down(hostile))
    evaluate()
    ask()
    body = stack.told[-1].body
    assert "One answer is for all 5 tasks, once the endpoint is back:" in body
    assert "- prod/a (ERROR, connection)" in body
    page = Browser.of(body).get()
    assert page.status == 200
    assert "One answer for all 5 tasks" in page.html
    assert "<li>prod/a " in page.html
    assert page.html.count("<script") == 1
    assert "reads\neach task again" in page.html


def test_one_approval_runs_each_task_exactly_once(
    approved: Incident,
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    restarts: DynamoDbRestarts,
) -> None:
    answer = execute()
    assert answer["status"] == "started"
    assert answer["detail"].startswith("4 of 4 tasks resumed")
    assert answer["verification"]["checks"] == 0
    assert runs(qlik) == [f"prod/{name}" for name in NAMES]
    for name in NAMES:
        [restart] = restarts.of(task(name))
        assert restart.outcome is RestartOutcome.ACCEPTED
        assert restart.approval_id == approved.approval_id
    assert incidents.get(GROUP.id).status is IncidentStatus.VERIFYING


def test_a_step_that_runs_again_runs_nothing_again(approved: Incident, qlik: FakePlatform) -> None:
    assert execute()["status"] == execute()["status"] == "started"
    assert len(runs(qlik)) == 4


def test_a_step_that_died_half_way_goes_on_where_it_stopped(
    approved: Incident,
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accepted = qlik.run_task

    def die(about: TaskId, option: Any) -> Any:
        answer = accepted(about, option)
        if about == task("b"):
            raise ZeroDivisionError("the container died")
        return answer

    monkeypatch.setattr(qlik, "run_task", die)
    with pytest.raises(ZeroDivisionError):
        execute()
    assert incidents.get(GROUP.id).status is IncidentStatus.EXECUTING
    assert execute()["status"] == "started"
    assert runs(qlik) == [f"prod/{name}" for name in NAMES]
    assert set(fates(incidents).values()) == {Fate.STARTED}


def test_without_a_yes_nothing_is_run(outage: Incident, qlik: FakePlatform) -> None:
    evaluate()
    assert execute()["detail"] == "no approval is stored"
    ask()
    assert execute()["detail"] == "the approval is pending"
    assert qlik.actions == []


def test_a_yes_to_another_list_is_no_yes(
    approved: Incident, qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    fewer = {"candidates": approved.candidates[:3]}
    incidents.save(incidents.get(GROUP.id).model_copy(update=fewer))
    assert execute()["detail"] == "the approval was given for another proposal"
    assert qlik.actions == []


def test_a_decision_to_act_alone_is_not_carried_out_for_a_group(
    approved: Incident, qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    alone = {"decision": a_decision(DecisionKind.AUTO)}
    incidents.save(incidents.get(GROUP.id).model_copy(update=alone))
    assert "never resumed without a person" in execute()["detail"]
    assert qlik.actions == []


def test_each_task_is_judged_by_itself(
    approved: Incident,
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    restarts: DynamoDbRestarts,
) -> None:
    qlik.put(quiet().model_copy(update={"id": task("a")}))
    for number in range(3):
        earlier = a_restart(task=task("b"), incident_id=f"i-{number}", requested_at=utc_now())
        restarts.reserve(earlier, Limits(backoff=timedelta(0)))
    qlik.answers["run"] = [refused("AEM_TASK_LOCKED", "somebody edits it")]
    answer = execute()
    assert runs(qlik) == ["prod/c", "prod/d"]
    assert fates(incidents) == {
        "a": Fate.STALE,
        "b": Fate.REFUSED,
        "c": Fate.REFUSED,
        "d": Fate.STARTED,
    }
    assert answer["status"] == "started"
    assert "1 of 4 tasks resumed" in answer["detail"]
    assert "MAX_RESTART_ATTEMPTS=3 is reached" in answer["detail"]
    assert "(prod/b)" in answer["detail"]
    assert "AEM_TASK_LOCKED somebody edits it (prod/c)" in answer["detail"]


def test_a_task_that_ran_and_fell_again_since_people_were_asked_is_left_alone(
    approved: Incident, qlik: FakePlatform, stack: FakeStack
) -> None:
    ran = point_of(a_snapshot(task="b", observed_at=utc_now() + timedelta(seconds=1)))
    DynamoDbHistory(stack.table).save("prod", {"b": ran}, ran.at)
    assert "was RUNNING at" in execute()["detail"]
    assert runs(qlik) == ["prod/a", "prod/c", "prod/d"]


@pytest.mark.parametrize(
    "failure", [QlikUnavailable("timed out"), QlikAccessDenied("403"), QlikRequestRefused("no")]
)
def test_a_run_that_fails_does_not_stop_the_others(
    failure: Exception, approved: Incident, qlik: FakePlatform
) -> None:
    qlik.answers["run"] = [failure]
    assert execute()["status"] == "started"
    assert len(runs(qlik)) == 4
    assert execute()["status"] == "started"
    assert len(runs(qlik)) == 4


def test_a_lost_answer_is_verified_and_a_refusal_is_not(
    approved: Incident, qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    qlik.answers["run"] = [QlikUnavailable("timed out"), QlikAccessDenied("403")]
    execute()
    assert list(fates(incidents).values()) == [
        Fate.STARTED,
        Fate.REFUSED,
        Fate.STARTED,
        Fate.STARTED,
    ]


def test_a_task_that_cannot_be_read_is_left_and_told(
    approved: Incident, qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    qlik.script(task("b"), QlikUnavailable("timed out"))
    assert "it could not be read: timed out (prod/b)" in execute()["detail"]
    assert runs(qlik) == ["prod/a", "prod/c", "prod/d"]


def test_when_the_login_is_refused_nothing_more_is_begun(
    approved: Incident, qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    before = len(qlik.calls)
    qlik.script(task("b"), QlikAccessDenied("the login is refused"))
    execute()
    assert runs(qlik) == ["prod/a"]
    assert len(qlik.calls) - before == 3
    assert list(fates(incidents).values()) == [Fate.STARTED, *[Fate.NOT_BEGUN] * 3]


def test_what_does_not_fit_into_the_function_s_time_is_not_begun(
    approved: Incident,
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left = iter([600_000, 130_000, 110_000, 20_000])
    monkeypatch.setattr(FakeLambdaContext, "get_remaining_time_in_millis", lambda _self: next(left))
    assert "2 not begun: no time was left for it (prod/c, prod/d)" in execute()["detail"]
    assert runs(qlik) == ["prod/a", "prod/b"]


def test_a_group_of_which_nothing_was_started_is_not_executed(
    approved: Incident, qlik: FakePlatform
) -> None:
    for name in NAMES:
        qlik.put(a_snapshot(task=name))
    answer = execute()
    assert (answer["status"], answer["verification"]) == ("not_executed", None)
    assert "is RUNNING/NONE now (prod/a, prod/b, prod/c, prod/d)" in answer["detail"]


def test_all_recovered_closes_the_incident(
    *,
    approved: Incident,
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    restarts: DynamoDbRestarts,
    precedents: DynamoDbPrecedents,
    stack: FakeStack,
) -> None:
    first = verify(execute()["verification"])
    assert (first["verdict"], first["verification"]["checks"]) == ("not_yet", 1)
    assert precedents.of(ErrorClass.CONNECTION) == ()
    assert verify(first["verification"])["verdict"] == "recovered"
    closed = incidents.get(GROUP.id)
    assert (closed.status, closed.outcome) == (IncidentStatus.CLOSED, Outcome.RESTARTED)
    outcomes = [restarts.of(task(name))[0].outcome for name in NAMES]
    assert outcomes == [RestartOutcome.RECOVERED] * 4
    kept = precedents.of(ErrorClass.CONNECTION)
    assert sorted(one.task.task for one in kept) == list(NAMES)
    assert {(one.helped, one.made_by, one.confidence) for one in kept} == {(True, "rules", 0.8)}
    assert stack.told[-1].kind == "closed"
    assert "4 recovered: prod/a, prod/b, prod/c, prod/d" in stack.told[-1].body
    assert verify(first["verification"])["verdict"] == "recovered"


def test_a_look_that_runs_again_is_counted_once(
    approved: Incident, qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    before = execute()["verification"]
    assert verify(before) == verify(before) == verify(before)
    assert {one.verification.healthy_readings for one in stored(incidents)} == {1}


def stored(incidents: DynamoDbIncidents) -> list[Any]:
    return list(incidents.get(GROUP.id).resumed)


def test_one_that_does_not_recover_goes_to_people_and_is_not_tried_again(
    approved: Incident,
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    restarts: DynamoDbRestarts,
) -> None:
    before = execute()["verification"]
    qlik.put(down("b"))
    first = verify(before)
    assert first["verdict"] == "not_yet"
    ended = verify(first["verification"])
    assert (ended["verdict"], ended["retry_after_seconds"]) == ("failed", 0)
    outcomes = [restarts.of(task(name))[0].outcome for name in NAMES]
    assert outcomes == [
        RestartOutcome.RECOVERED,
        RestartOutcome.FAILED,
        RestartOutcome.RECOVERED,
        RestartOutcome.RECOVERED,
    ]
    assert evaluate()["decision"] == "escalate"
    incident = incidents.get(GROUP.id)
    assert incident.attempt == 2
    [reason] = incident.decision.reasons if incident.decision else ()
    assert "3 recovered: prod/a, prod/c, prod/d; 1 did not recover: prod/b" in reason
    assert len(runs(qlik)) == 4


def test_tasks_that_cannot_be_read_fail_in_the_end(approved: Incident, qlik: FakePlatform) -> None:
    answer = execute()
    for name in NAMES:
        qlik.script(task(name), *[QlikUnavailable("500")] * 3)
    for expected in ("not_yet", "not_yet", "failed"):
        answer = verify(answer["verification"])
        assert answer["verdict"] == expected


def test_a_look_never_acts(approved: Incident, qlik: FakePlatform) -> None:
    before = execute()["verification"]
    qlik.put(down("b"))
    verify(before)
    assert len(runs(qlik)) == 4
