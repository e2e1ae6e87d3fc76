"""Property tests: whatever a model says, nothing is done that must not be.

Nothing here names an answer or a case: texts, proposals, readings, incidents, pasts and switches
are arbitrary, the most permissive ones included.
"""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from local.mock_openai import MockOpenAI
from local.mock_openai.scenario import Outcome
from qlik_monitor.adapters.openai_analyst import AnalystSetup, OpenAiAnalyst
from qlik_monitor.domain.actions import (
    ABORT_REASONS,
    AUTOMATABLE,
    DESTRUCTIVE,
    EXECUTABLE,
    Action,
    Consent,
)
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.error_class import CURABLE, ErrorClass
from qlik_monitor.domain.facts import facts_of
from qlik_monitor.domain.group_proposal import decide_group
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.limits import LimitReading
from qlik_monitor.domain.limits_consulted import Spent, consult
from qlik_monitor.domain.policy import Case, PolicySettings, decide
from qlik_monitor.domain.proposal import Proposal, Proposer
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.rules import propose_by_rules
from qlik_monitor.domain.task import StopReason, TaskSnapshot, TaskState
from qlik_monitor.errors import ModelUnusable
from tests.evals.anything import (
    ACTS,
    ALL_ON,
    TAG,
    about,
    cases,
    cases_for_people_only,
    model_texts,
    said_proposals,
    switchings,
    tempting,
)
from tests.fakes.builders import (
    NOON,
    TASK,
    a_candidate,
    a_case,
    a_group_incident,
    an_incident,
    switched_on,
)
from tests.fakes.strategies import histories, incidents, restarts, snapshots

# ---- what a model says, through the product's own client and validation


@pytest.fixture(scope="module")
def ask() -> Iterator[Callable[[str], Proposal]]:
    """Return what the product makes of a model's text: its proposal, or the rules'."""
    said = ["{}"]
    with MockOpenAI(answering=lambda _question: Outcome(text=said[0])) as service:
        setup = AnalystSetup(model="gpt-4o", base_url=service.url)
        analyst = OpenAiAnalyst(setup, SecretStr(service.api_key))

        def propose(text: str) -> Proposal:
            said[0] = text
            incident = an_incident()
            try:
                return analyst.propose(facts_of(incident, ()))
            except ModelUnusable as error:
                return propose_by_rules(incident, (), str(error))

        yield propose
        analyst.close()


@given(text=model_texts, case=cases, untouchable=cases_for_people_only, switches=switchings)
def test_no_text_of_a_model_leads_to_harm(
    ask: Callable[[str], Proposal],
    text: str,
    case: Case,
    untouchable: Case,
    switches: PolicySettings,
) -> None:
    proposal = ask(text)
    assert proposal.made_by is Proposer.MODEL or proposal.rules_because
    assert proposal.action in Action and 0 <= proposal.confidence <= 1
    _check(case.model_copy(update={"proposal": proposal}), switches)
    touched = untouchable.model_copy(update={"proposal": proposal})
    assert decide(touched, switches).kind not in ACTS


def test_a_valid_answer_does_get_through_or_nothing_here_would_mean_anything(
    ask: Callable[[str], Proposal],
) -> None:
    proposal = ask(json.dumps(about(Action.RESUME, 0.97)))
    assert (proposal.made_by, proposal.action) == (Proposer.MODEL, Action.RESUME)
    decision = decide(a_case(proposal=proposal), PolicySettings(switches=switched_on(0.0)))
    assert decision.kind is DecisionKind.AUTO


# ---- what may happen to any proposal


@given(cases, switchings)
def test_nothing_destructive_ever_runs_by_itself(case: Case, switches: PolicySettings) -> None:
    _check(case, switches)


@given(cases_for_people_only, switchings)
def test_nothing_is_done_to_what_a_person_stopped_or_replicate_retries_or_lacks_disk(
    case: Case, switches: PolicySettings
) -> None:
    assert decide(case, switches).kind not in ACTS


@given(cases, switchings, st.sampled_from([("assigned_tags: a number",), ()]))
def test_nothing_is_done_to_what_is_opted_out(
    case: Case, switches: PolicySettings, notes: tuple[str, ...]
) -> None:
    assert case.snapshot is not None
    tags = () if notes else ("gold", TAG)
    tagged = case.snapshot.model_copy(update={"tags": tags, "unknown_fields": notes})
    opting = switches.model_copy(update={"opt_out_tags": frozenset({TAG})})
    assert decide(case.model_copy(update={"snapshot": tagged}), opting).kind not in ACTS


@given(cases, switchings, histories, st.data())
def test_nothing_is_done_over_the_limit_of_a_task(
    case: Case, switches: PolicySettings, earlier: tuple[Restart, ...], data: st.DataObject
) -> None:
    limit = switches.limits
    seconds = st.integers(0, int(limit.window.total_seconds()) - 1)
    recent = st.builds(
        lambda restart, ago: restart.model_copy(
            update={"requested_at": NOON - timedelta(seconds=ago)}
        ),
        restarts,
        seconds,
    )
    used_up = data.draw(st.lists(recent, min_size=limit.attempts, max_size=limit.attempts + 3))
    proven = data.draw(st.sampled_from([None, NOON, NOON - limit.window]))
    spent = Spent(task=TASK, restarts=(*earlier, *used_up))
    limits = consult(case.proposal.action, spent, limit, proven, NOON)
    assert decide(case.model_copy(update={"limits": limits}), switches).kind not in ACTS


@given(cases, switchings, st.integers(0, 3))
def test_nothing_is_done_over_any_other_limit(
    case: Case, switches: PolicySettings, place: int
) -> None:
    refusing = LimitReading(name="cap", used=9, allowed=9, refuses="the server has had its share")
    limits = (*case.limits[:place], refusing, *case.limits[place:])
    assert decide(case.model_copy(update={"limits": limits}), switches).kind not in ACTS


@given(
    cases,
    switchings,
    st.sampled_from(
        [
            ErrorClass.LICENSE,
            ErrorClass.CERTIFICATE,
            ErrorClass.AUTHENTICATION,
            ErrorClass.RESOURCE,
        ]
    ),
)
def test_nothing_is_done_about_what_a_person_has_to_mend(
    case: Case, switches: PolicySettings, error_class: ErrorClass
) -> None:
    lasting = case.incident.model_copy(update={"error_class": error_class})
    assert decide(case.model_copy(update={"incident": lasting}), switches).kind not in ACTS


@given(
    cases,
    switchings,
    st.sampled_from([("auto_restart_enabled", False), ("servers", ()), ("actions", frozenset())]),
)
def test_with_any_of_the_three_switches_off_nothing_runs_by_itself(
    case: Case, switches: PolicySettings, off: tuple[str, Any]
) -> None:
    lowered = switches.switches.model_copy(update=dict([off]))
    decision = decide(case, switches.model_copy(update={"switches": lowered}))
    assert decision.kind is not DecisionKind.AUTO


@given(incidents, histories, snapshots(), switchings)
def test_the_rules_do_no_harm_either_and_never_fall_back_on_what_rewrites_data(
    incident: Incident,
    history: tuple[Restart, ...],
    snapshot: TaskSnapshot,
    switches: PolicySettings,
) -> None:
    proposal = propose_by_rules(incident, history, "the model is down")
    case = a_case(incident=incident, proposal=proposal, snapshot=snapshot)
    _check(case, switches)
    decision = decide(case, switches)
    assert not (decision.kind in ACTS and decision.action in DESTRUCTIVE)


@given(said_proposals, st.lists(st.sampled_from("abc"), unique=True))
def test_several_tasks_are_never_resumed_without_a_person(
    proposal: Proposal, names: list[str]
) -> None:
    candidates = tuple(a_candidate(name) for name in names)
    decision = decide_group(a_group_incident(), proposal, candidates, [])
    assert decision.kind in (DecisionKind.NEEDS_APPROVAL, DecisionKind.ESCALATE)
    if decision.kind is DecisionKind.NEEDS_APPROVAL:
        assert decision.action is proposal.action is Action.RESUME


@given(tempting)
def test_what_these_tests_try_is_done_or_offered_when_nothing_holds_it_back(case: Case) -> None:
    # Else every property above would hold of a policy that refuses everything.
    decision = decide(case, PolicySettings(switches=ALL_ON))
    assert decision.kind in ACTS
    curable = case.incident.error_class in CURABLE
    if case.proposal.action is Action.RESUME:
        assert (decision.kind is DecisionKind.AUTO) is curable


def _check(case: Case, switches: PolicySettings) -> None:
    """Hold one decision to what holds of every one."""
    decision, snapshot = decide(case, switches), case.snapshot
    assert decision.action is case.proposal.action, "the policy may not choose an action itself"
    if decision.kind not in ACTS:
        return
    assert decision.action in EXECUTABLE
    assert snapshot is not None
    if decision.action in DESTRUCTIVE:
        assert decision.kind is DecisionKind.NEEDS_APPROVAL
        assert decision.consent is Consent.STRONG
        assert case.proposal.made_by is Proposer.MODEL
    if decision.kind is DecisionKind.AUTO:
        assert decision.action in AUTOMATABLE
        assert switches.switches.auto_restart_enabled
        assert case.proposal.confidence >= switches.switches.min_confidence
    if decision.action is Action.STOP_AND_RESUME:
        assert snapshot.state is TaskState.RUNNING
    if decision.action is Action.RESUME:
        assert snapshot.state in (TaskState.ERROR, TaskState.STOPPED)
        assert snapshot.stop_reason in (*ABORT_REASONS, StopReason.NONE)
