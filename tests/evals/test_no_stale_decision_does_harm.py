"""Property tests: what changed between a decision and its execution is not acted upon."""

from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.actions import EXECUTABLE, Action
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.approval import ApprovalStatus, hash_of_proposal
from qlik_monitor.domain.decision import Decision, DecisionKind
from qlik_monitor.domain.execution import not_permitted, stale
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.domain.task import TaskSnapshot
from tests.evals.anything import ACTS, TAG, for_people_only, ill_or_any, said_proposals
from tests.fakes.builders import (
    a_decided,
    an_aborted,
    an_approval,
    an_incident,
)


@given(
    ill_or_any,
    for_people_only,
    st.sampled_from(sorted(EXECUTABLE)),
    st.sampled_from(ACTS),
    st.lists(st.sampled_from(AnomalyKind), min_size=1),
)
def test_what_only_people_may_touch_by_now_is_not_executed(
    judged: TaskSnapshot,
    fresh: TaskSnapshot,
    action: Action,
    kind: DecisionKind,
    kinds: list[AnomalyKind],
) -> None:
    incident = _decided(judged, action, kind, kinds)
    assert stale(incident, fresh) is not None


@given(
    judged=ill_or_any,
    action=st.sampled_from(sorted(EXECUTABLE)),
    kind=st.sampled_from(ACTS),
    since=st.booleans(),
)
def test_what_was_opted_out_before_or_since_is_not_executed(
    *, judged: TaskSnapshot, action: Action, kind: DecisionKind, since: bool
) -> None:
    tagged = judged.model_copy(update={"tags": (TAG,)})
    before, fresh = (judged, tagged) if since else (tagged, judged)
    incident = _decided(before, action, kind, [AnomalyKind.ABORTED])
    assert stale(incident, fresh, frozenset({TAG})) is not None


@given(ill_or_any, ill_or_any, st.sampled_from(sorted(EXECUTABLE)), st.sampled_from(ACTS))
def test_what_changed_its_state_or_reason_since_is_not_executed(
    judged: TaskSnapshot, fresh: TaskSnapshot, action: Action, kind: DecisionKind
) -> None:
    incident = _decided(judged, action, kind, [AnomalyKind.ABORTED])
    if (judged.state, judged.stop_reason) != (fresh.state, fresh.stop_reason):
        assert stale(incident, fresh) is not None


@given(
    said_proposals,
    st.sampled_from(DecisionKind),
    st.sampled_from(IncidentStatus),
    st.none() | st.sampled_from(ApprovalStatus),
)
def test_without_a_yes_nothing_is_executed_that_the_policy_did_not_let_run(
    proposal: Proposal,
    kind: DecisionKind,
    status: IncidentStatus,
    answer: ApprovalStatus | None,
) -> None:
    decision = Decision(kind=kind, action=proposal.action, reasons=("r",))
    incident = a_decided(proposal=proposal, decision=decision, status=status)
    approval = an_approval(incident, status=answer) if answer else None
    if not_permitted(incident, approval) is None:
        assert kind in ACTS
        assert kind is DecisionKind.AUTO or answer is ApprovalStatus.APPROVED


@given(said_proposals, said_proposals)
def test_a_yes_to_one_proposal_is_none_to_another(asked: Proposal, swapped: Proposal) -> None:
    decision = Decision(kind=DecisionKind.NEEDS_APPROVAL, action=Action.RESUME, reasons=("r",))
    incident = a_decided(proposal=asked, decision=decision)
    yes = an_approval(incident, status=ApprovalStatus.APPROVED)
    other = incident.model_copy(update={"proposal": swapped})
    if asked != swapped:
        assert hash_of_proposal(other) != yes.proposal_hash
        assert not_permitted(other, yes) is not None


def test_these_tests_see_what_does_happen() -> None:
    # Where everything was refused, every property above would hold of a program that does nothing.
    judged = _decided(an_aborted(), Action.RESUME, DecisionKind.AUTO, [])
    assert stale(judged, an_aborted()) is None
    assert not_permitted(judged, None) is None


def _decided(
    judged: TaskSnapshot, action: Action, kind: DecisionKind, kinds: list[AnomalyKind]
) -> Incident:
    found = an_incident().anomalies[0]
    anomalies = tuple(found.model_copy(update={"kind": one}) for one in kinds) or (found,)
    decision = Decision(kind=kind, action=action, reasons=("r",))
    return a_decided(snapshot=judged, decision=decision, anomalies=anomalies)
