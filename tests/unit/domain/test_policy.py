from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.actions import EXECUTABLE, RULES, Action, Consent
from qlik_monitor.domain.anomaly import AnomalyKind, Subject
from qlik_monitor.domain.automation import Automation
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.limits import BACKOFF, LimitReading, Limits
from qlik_monitor.domain.limits_consulted import Spent, consult
from qlik_monitor.domain.policy import Case, PolicySettings, decide, foregone
from qlik_monitor.domain.proposal import Proposal, Proposer
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.task import StopReason, TaskSnapshot, TaskState
from tests.fakes.builders import (
    ENDPOINTS,
    NOON,
    TASK,
    a_case,
    a_proposal,
    a_restart,
    a_snapshot,
    an_aborted,
    an_anomaly,
    an_incident,
    switched_on,
)
from tests.fakes.strategies import histories, incidents, policies, proposals, snapshots

AUTO = PolicySettings(switches=switched_on())
ACTS = (DecisionKind.AUTO, DecisionKind.NEEDS_APPROVAL)
NOBODY_RESTARTS = [
    ("STOPPED", "NORMAL"),
    ("STOPPED", "NONE"),
    ("STOPPED", "FULL_LOAD_ONLY_FINISHED"),
    ("STOPPED", "STOPPED_AFTER_FULL_LOAD"),
    ("STOPPED", "STOPPED_AFTER_CACHED_EVENTS"),
    ("STOPPED", "STOPPED_AFTER_DDL_APPLY"),
    ("STOPPED", "STOPPED_LOW_DISK_SPACE"),
    ("STOPPED", "STOPPED_LOW_MEMORY"),
    ("STOPPED", "EXPRESS_LICENSE_LIMITS_REACHED"),
    ("STOPPED", "UNKNOWN"),
    ("ERROR", "UNKNOWN"),
    ("ERROR", "STOPPED_LOW_DISK_SPACE"),
    ("RECOVERY", "RECOVERABLE_ERROR"),
    ("UNKNOWN", "FATAL_ERROR"),
]


def test_a_curable_abort_is_resumed_alone_only_when_that_is_switched_on() -> None:
    assert decide(a_case(), AUTO).kind is DecisionKind.AUTO
    off = decide(a_case(), PolicySettings())
    assert off.kind is DecisionKind.NEEDS_APPROVAL
    assert off.reasons == (
        "AUTO_RESTART_ENABLED is off: a person decides",
        "AUTO_RESTART_SERVERS does not name prod",
        "AUTO_RESTART_ACTIONS does not name resume",
    )


def limits(
    history: tuple[Restart, ...], allowed: Limits = AUTO.limits, action: Action | None = None
) -> tuple[LimitReading, ...]:
    """The limits over one more restart of the task, of which nobody knows that it was healthy."""
    return consult(action, Spent(task=TASK, restarts=history), allowed, None, NOON)


@pytest.mark.parametrize(
    ("off", "because"),
    [
        ({"auto_restart_enabled": False}, "AUTO_RESTART_ENABLED is off"),
        ({"servers": ("test-*",)}, "AUTO_RESTART_SERVERS does not name prod"),
        ({"actions": frozenset({Action.STOP_AND_RESUME})}, "AUTO_RESTART_ACTIONS does not name"),
    ],
    ids=["at all", "this server", "this action"],
)
def test_each_of_the_three_switches_alone_brings_a_person_in(
    off: dict[str, Any], because: str
) -> None:
    decision = decide(a_case(), PolicySettings(switches=switched_on(**off)))
    assert decision.kind is DecisionKind.NEEDS_APPROVAL
    assert len(decision.reasons) == 1
    assert because in decision.reasons[0]


def test_a_stuck_task_is_stopped_and_resumed_alone_only_when_that_is_switched_on() -> None:
    stuck = an_incident(anomalies=(an_anomaly(AnomalyKind.STUCK),), error_class=ErrorClass.UNKNOWN)
    case = a_case(
        incident=stuck, snapshot=a_snapshot(), proposal=a_proposal(Action.STOP_AND_RESUME)
    )
    assert decide(case, AUTO).kind is DecisionKind.AUTO
    only_resumes = PolicySettings(switches=switched_on(actions=frozenset({Action.RESUME})))
    assert decide(case, only_resumes).kind is DecisionKind.NEEDS_APPROVAL


RELOADING = PolicySettings(switches=switched_on(destructive_actions_enabled=True))
LOST = an_incident(error_class=ErrorClass.LOG_POSITION_LOST)


def test_a_reload_is_offered_only_when_switched_on_and_then_needs_consent_of_its_own() -> None:
    proposal = a_proposal(Action.RELOAD_TARGET, confidence=1.0)
    case = a_case(incident=LOST, proposal=proposal, snapshot=an_aborted(**ENDPOINTS))
    assert decide(case, AUTO).kind is DecisionKind.ESCALATE
    decision = decide(case, RELOADING)
    assert decision.kind is DecisionKind.NEEDS_APPROVAL
    assert decision.consent is Consent.STRONG


@pytest.mark.parametrize(
    "lacking",
    [{"target_endpoint": None}, {"source_endpoint": {"name": "oracle:[redacted]@dc1"}}],
    ids=["unread", "blotted"],
)
def test_a_reload_needs_to_know_what_it_reads_and_empties(lacking: dict[str, Any]) -> None:
    proposal = a_proposal(Action.RELOAD_TARGET, confidence=1.0)
    snapshot = an_aborted(**ENDPOINTS | lacking)
    decision = decide(a_case(incident=LOST, proposal=proposal, snapshot=snapshot), RELOADING)
    assert decision.kind is DecisionKind.ESCALATE
    assert "an endpoint's name could not be read" in decision.reasons[0]


def test_a_reload_is_never_what_the_rules_fall_back_on() -> None:
    by_rules = a_proposal(Action.RELOAD_TARGET, confidence=1.0, made_by=Proposer.RULES)
    decision = decide(a_case(incident=LOST, proposal=by_rules), RELOADING)
    assert decision.kind is DecisionKind.ESCALATE


def test_a_checkpoint_is_recovered_from_by_a_person_alone() -> None:
    corrupt = an_incident(error_class=ErrorClass.CHECKPOINT)
    case = a_case(
        incident=corrupt, proposal=a_proposal(Action.RESUME_FROM_CHECKPOINT, confidence=1.0)
    )
    decision = decide(case, AUTO)
    assert decision.kind is DecisionKind.NEEDS_APPROVAL
    assert decision.consent is Consent.PERSON
    assert decision.reasons == ("resume_from_checkpoint is never done without a person",)


@pytest.mark.parametrize(
    ("snapshot", "table", "because"),
    [
        (a_snapshot(full_load={"tables_with_error": 1}, **ENDPOINTS), None, "names none"),
        (a_snapshot(**ENDPOINTS), "SALES.ORDERS", "shows none"),
        (an_aborted(), "SALES.ORDERS", "needs a running task"),
    ],
    ids=["no table", "no table in error", "down"],
)
def test_a_reload_of_a_table_needs_one_that_is_in_error(
    snapshot: TaskSnapshot, table: str | None, because: str
) -> None:
    suspended = an_incident(
        anomalies=(an_anomaly(AnomalyKind.TABLE_ERRORS),), error_class=ErrorClass.TABLE_SUSPENDED
    )
    proposal = a_proposal(Action.RELOAD_TABLE, confidence=1.0, table=table)
    decision = decide(a_case(incident=suspended, snapshot=snapshot, proposal=proposal), RELOADING)
    assert decision.kind is DecisionKind.ESCALATE
    assert because in decision.reasons[0]


def test_a_spent_limit_is_told_beside_whatever_else_brings_people_in() -> None:
    spent = LimitReading(name="attempts", used=3, allowed=3, refuses="the attempts are spent")
    rests = LimitReading(name=BACKOFF, used=0, allowed=0, refuses="a pause lasts")
    asked = a_proposal(Action.ESCALATE)
    told = decide(a_case(proposal=asked, limits=(spent, rests)), AUTO)
    assert told.reasons == ("the proposal is to ask a person", "the attempts are spent")
    resting = decide(a_case(proposal=asked, limits=(rests,)), AUTO)
    assert resting.reasons == ("the proposal is to ask a person",)


def test_a_limit_that_refuses_brings_people_in() -> None:
    spent = LimitReading(name="server", used=25, allowed=25, refuses="the server's cap is spent")
    decision = decide(a_case(limits=(spent,)), AUTO)
    assert decision.kind is DecisionKind.ESCALATE
    assert decision.reasons == ("the server's cap is spent",)


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"proposal": a_proposal(confidence=0.849)}, "confidence 84.9 % is below 85 %"),
        ({"incident": an_incident(error_class=ErrorClass.UNKNOWN)}, "not known as curable"),
        ({"incident": an_incident(anomalies=(an_anomaly(AnomalyKind.ERROR),))}, "only an aborted"),
        ({"snapshot": an_aborted(details_read=False)}, "details could not be read"),
        (
            {"proposal": a_proposal(Action.STOP_AND_RESUME), "snapshot": a_snapshot()}
            | {"incident": an_incident(anomalies=(an_anomaly(AnomalyKind.LAGGING),))},
            "only a stuck task",
        ),
    ],
    ids=["unsure", "unknown error", "no abort", "unread", "a stop of a slow one"],
)
def test_whatever_is_doubtful_needs_a_person(changes: dict[str, Any], because: str) -> None:
    decision = decide(a_case(**changes), AUTO)
    assert decision.kind is DecisionKind.NEEDS_APPROVAL
    assert because in "; ".join(decision.reasons)


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"proposal": a_proposal(Action.ESCALATE)}, "ask a person"),
        ({"proposal": a_proposal(Action.RELOAD_TARGET, confidence=1.0)}, "rewrites data"),
        (
            {"proposal": a_proposal(Action.STOP_AND_RESUME)},
            "needs a running task",
        ),
        ({"incident": an_incident(error_class=ErrorClass.LICENSE)}, "does not cure"),
        ({"incident": an_incident(error_class=ErrorClass.AUTHENTICATION)}, "does not cure"),
        ({"snapshot": None}, "about a server"),
        ({"limits": limits((a_restart(),) * 3)}, "MAX_RESTART_ATTEMPTS=3 is reached: 3 restarts"),
    ],
    ids=["asked to", "reload", "stop of a stopped", "licence", "login", "server", "limit"],
)
def test_what_no_restart_cures_is_handed_over(changes: dict[str, Any], because: str) -> None:
    decision = decide(a_case(**changes), AUTO)
    assert decision.kind is DecisionKind.ESCALATE
    assert because in "; ".join(decision.reasons)


def test_a_pause_between_two_restarts_is_waited_for_and_nobody_is_bothered() -> None:
    resting = Spent(task=TASK, restarts=(a_restart(),), pause=timedelta(minutes=2))
    case = a_case(limits=consult(Action.RESUME, resting, Limits(), None, NOON))
    decision = decide(case, AUTO)
    assert decision.kind is DecisionKind.OBSERVE
    assert "RESTART_BACKOFF_SECONDS=60" in decision.reasons[0]
    assert foregone(case.incident, case.limits, AUTO) is None
    hopeless = case.model_copy(update={"proposal": a_proposal(Action.ESCALATE)})
    assert decide(hopeless, AUTO).kind is DecisionKind.ESCALATE


def test_a_paused_agent_hands_over_whatever_is_proposed() -> None:
    paused = Automation(paused=True, by="ada", reason="upgrade", at=NOON)
    spent = Spent(task=TASK, restarts=(a_restart(),), pause=timedelta(hours=1), automation=paused)
    case = a_case(limits=consult(Action.RESUME, spent, Limits(), None, NOON))
    decision = decide(case, AUTO)
    assert decision.kind is DecisionKind.ESCALATE
    assert decision.reasons == (
        "automation is paused since 2026-03-02 12:00:00 UTC by ada: upgrade",
    )
    assert foregone(case.incident, case.limits, AUTO) == decision.reasons[0]


def test_waiting_is_observed() -> None:
    slow = an_incident(anomalies=(an_anomaly(AnomalyKind.LAGGING),))
    case = a_case(incident=slow, snapshot=a_snapshot(), proposal=a_proposal(Action.WAIT))
    assert decide(case, AUTO).kind is DecisionKind.OBSERVE


def test_waiting_for_a_task_that_is_down_is_handed_over() -> None:
    decision = decide(a_case(proposal=a_proposal(Action.WAIT)), AUTO)
    assert decision.kind is DecisionKind.ESCALATE
    assert decision.reasons == ("waiting does not help: the task is ERROR",)


def test_an_aborted_task_that_runs_again_is_left_alone() -> None:
    assert decide(a_case(snapshot=a_snapshot()), AUTO).kind is DecisionKind.OBSERVE


def test_recovery_is_observed_and_a_person_is_asked_when_it_lasts() -> None:
    recovering = a_snapshot(state=TaskState.RECOVERY)
    assert decide(a_case(snapshot=recovering), AUTO).kind is DecisionKind.OBSERVE
    lasting = an_incident(anomalies=(an_anomaly(AnomalyKind.RECOVERY_LASTING),))
    decision = decide(a_case(snapshot=recovering, incident=lasting), AUTO)
    assert decision.kind is DecisionKind.ESCALATE


def test_a_task_that_this_agent_stopped_is_handed_over_loudly() -> None:
    stopped = a_snapshot(state=TaskState.STOPPED, stop_reason=StopReason.NORMAL)
    decision = decide(a_case(snapshot=stopped, incident=an_incident(stopped_by_agent=True)), AUTO)
    assert decision.kind is DecisionKind.ESCALATE
    assert "THIS AGENT STOPPED IT" in decision.reasons[0]


def test_restarts_outside_the_window_do_not_count() -> None:
    old = a_restart(requested_at=NOON - timedelta(days=1))
    spent = Spent(task=TASK, restarts=(old,) * 9)
    proven = consult(Action.RESUME, spent, AUTO.limits, NOON, NOON)
    assert decide(a_case(limits=proven), AUTO).kind is DecisionKind.AUTO


def opted_out(**changes: Any) -> TaskSnapshot:
    return an_aborted(**{"tags": ("gold", "hands-off")} | changes)


OPTING = PolicySettings(switches=switched_on(), opt_out_tags=frozenset({"hands-off"}))


def test_an_opted_out_task_is_handed_over_whatever_is_proposed() -> None:
    decision = decide(a_case(snapshot=opted_out()), OPTING)
    assert decision.kind is DecisionKind.ESCALATE
    assert decision.reasons == ("the task is opted out of automation by its tag hands-off",)
    assert decide(a_case(snapshot=opted_out()), AUTO).kind is DecisionKind.AUTO
    assert decide(a_case(snapshot=an_aborted(tags=("Hands-Off",))), OPTING).kind is (
        DecisionKind.AUTO
    )


def test_an_opted_out_task_is_still_watched() -> None:
    running = opted_out(state=TaskState.RUNNING, stop_reason=StopReason.NONE)
    assert decide(a_case(snapshot=running), OPTING).kind is DecisionKind.OBSERVE


def test_tags_that_could_not_be_read_count_as_opted_out() -> None:
    unread = an_aborted(unknown_fields=("assigned_tags: a number",))
    assert "tags could not be read" in decide(a_case(snapshot=unread), OPTING).reasons[0]
    assert decide(a_case(snapshot=unread), AUTO).kind is DecisionKind.AUTO


@given(proposal=proposals, incident=incidents, snapshot=snapshots(), settings=policies)
def test_no_proposal_acts_upon_an_opted_out_task(
    *, proposal: Proposal, incident: Incident, snapshot: TaskSnapshot, settings: PolicySettings
) -> None:
    tagged = snapshot.model_copy(update={"tags": ("hands-off",)})
    opting = settings.model_copy(update={"opt_out_tags": OPTING.opt_out_tags})
    case = Case(incident=incident, proposal=proposal, snapshot=tagged)
    assert decide(case, opting).kind not in ACTS
    judged = incident.model_copy(update={"snapshot": tagged})
    assert foregone(judged, (), opting)


@given(proposal=proposals, snapshot=snapshots(), settings=policies)
def test_a_custom_finding_alone_is_handed_over_and_never_acted_upon(
    *, proposal: Proposal, snapshot: TaskSnapshot, settings: PolicySettings
) -> None:
    custom = an_incident(anomalies=(an_anomaly(AnomalyKind.CUSTOM),), snapshot=snapshot)
    case = Case(incident=custom, proposal=proposal, snapshot=snapshot)
    assert decide(case, settings).kind is DecisionKind.ESCALATE
    assert foregone(custom, (), settings)


def test_a_custom_finding_beside_an_abort_makes_no_room_for_a_stop() -> None:
    both = an_incident(anomalies=(an_anomaly(AnomalyKind.ABORTED), an_anomaly(AnomalyKind.CUSTOM)))
    stop = a_proposal(Action.STOP_AND_RESUME)
    decision = decide(a_case(incident=both, proposal=stop, snapshot=a_snapshot()), AUTO)
    assert decision.kind is DecisionKind.OBSERVE


@pytest.mark.parametrize(("state", "reason"), NOBODY_RESTARTS)
@given(proposal=proposals, incident=incidents, history=histories, settings=policies)
def test_no_proposal_restarts_what_only_a_person_may_touch(
    *,
    state: str,
    reason: str,
    proposal: Proposal,
    incident: Incident,
    history: tuple[Restart, ...],
    settings: PolicySettings,
) -> None:
    snapshot = an_aborted(state=state, stop_reason=reason)
    known = limits(history, settings.limits, proposal.action)
    case = Case(incident=incident, proposal=proposal, snapshot=snapshot, limits=known)
    assert decide(case, settings).kind not in ACTS


@pytest.mark.parametrize(("state", "reason"), NOBODY_RESTARTS)
def test_a_proposal_to_wait_hides_nothing_from_people(state: str, reason: str) -> None:
    snapshot = an_aborted(state=state, stop_reason=reason)
    case = a_case(snapshot=snapshot, proposal=a_proposal(Action.WAIT))
    expected = DecisionKind.OBSERVE if state == "RECOVERY" else DecisionKind.ESCALATE
    assert decide(case, AUTO).kind is expected


@given(proposals, incidents, snapshots(), histories, policies)
def test_the_policy_never_raises_what_was_proposed(
    proposal: Proposal,
    incident: Incident,
    snapshot: TaskSnapshot,
    history: tuple[Restart, ...],
    settings: PolicySettings,
) -> None:
    known = limits(history, settings.limits, proposal.action)
    case = Case(incident=incident, proposal=proposal, snapshot=snapshot, limits=known)
    decision = decide(case, settings)
    assert decision.action is proposal.action
    assert decision.reasons
    if decision.kind in ACTS:
        assert proposal.action in EXECUTABLE
        assert len(history) < settings.limits.attempts
        assert not any(reading.refuses for reading in known)
    if decision.kind is DecisionKind.AUTO:
        assert settings.switches.auto_restart_enabled
        assert proposal.action in settings.switches.actions
        assert proposal.confidence >= settings.switches.min_confidence
        assert snapshot.state in RULES[proposal.action].starts_from
        assert snapshot.stop_reason is not StopReason.UNKNOWN


@given(proposals, incidents, snapshots() | st.none(), histories, policies)
def test_where_the_outcome_is_foregone_no_proposal_leads_to_an_action(
    proposal: Proposal,
    incident: Incident,
    snapshot: TaskSnapshot | None,
    history: tuple[Restart, ...],
    settings: PolicySettings,
) -> None:
    judged = incident.model_copy(update={"snapshot": snapshot})
    known = limits(history, settings.limits)
    case = Case(incident=judged, proposal=proposal, snapshot=snapshot, limits=known)
    if foregone(judged, known, settings):
        assert decide(case, settings).kind not in ACTS


def test_a_curable_abort_is_worth_a_question() -> None:
    assert foregone(an_incident(), (), PolicySettings()) is None


def test_a_server_is_not_worth_a_question() -> None:
    server = an_incident(subject=Subject(server="prod"), snapshot=None)
    because = foregone(server, (), PolicySettings())
    assert because == "the incident is about a server, which a restart cannot cure"


def test_an_endpoint_is_not_worth_a_question() -> None:
    endpoint = an_incident(subject=Subject(server="prod", endpoint="Oracle"), snapshot=None)
    assert "about an endpoint" in (foregone(endpoint, (), PolicySettings()) or "")


@given(proposals, policies)
def test_a_warning_of_what_may_come_never_restarts_anything(
    proposal: Proposal, policy: PolicySettings
) -> None:
    found = (an_anomaly(AnomalyKind.LAG_FORECAST),)
    forecast = an_incident(anomalies=found, snapshot=a_snapshot())
    case = a_case(incident=forecast, proposal=proposal, snapshot=a_snapshot())
    assert decide(case, policy).kind is DecisionKind.OBSERVE


@given(proposals, policies)
def test_a_task_that_flaps_is_never_restarted_alone(
    proposal: Proposal, policy: PolicySettings
) -> None:
    kinds = (AnomalyKind.ABORTED, AnomalyKind.FLAPPING)
    flapping = an_incident(anomalies=tuple(an_anomaly(kind) for kind in kinds))
    case = a_case(incident=flapping, proposal=proposal)
    assert decide(case, policy).kind is not DecisionKind.AUTO


@given(proposals, policies)
def test_nothing_is_restarted_alone_while_a_maintenance_window_lasts(
    proposal: Proposal, policy: PolicySettings
) -> None:
    decision = decide(a_case(proposal=proposal, maintenance="patching"), policy)
    assert decision.kind is not DecisionKind.AUTO


@given(proposals, policies)
def test_an_early_warning_and_a_finding_of_ones_own_together_restart_nothing_either(
    proposal: Proposal, policy: PolicySettings
) -> None:
    kinds = (AnomalyKind.LAG_FORECAST, AnomalyKind.CUSTOM)
    warned = an_incident(anomalies=tuple(map(an_anomaly, kinds)), snapshot=a_snapshot())
    case = a_case(incident=warned, proposal=proposal, snapshot=a_snapshot())
    assert decide(case, policy).kind not in ACTS
