from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.actions import DESTRUCTIVE, Action, Consent
from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.approval import Approval, ApprovalStatus, hash_of_proposal
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.execution import not_permitted, restart_of, stale, verification_of
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.proposal import Proposer
from qlik_monitor.domain.rewriting import (
    Warrant,
    unwarranted,
)
from qlik_monitor.domain.task import Endpoint, FullLoad
from tests.fakes.builders import (
    NOON,
    a_candidate,
    a_decided,
    a_decision,
    a_proposal,
    a_restart,
    a_strong_approval,
    a_table_reload,
    a_target_reload,
    an_approval,
    later,
)

RELOADS = [a_target_reload(), a_table_reload()]
each_reload = pytest.mark.parametrize("incident", RELOADS, ids=["target", "table"])


def warranted(
    incident: Incident, approval: Approval | None = None, /, **changes: Any
) -> str | None:
    """Judge a warrant on an incident as it is stored, at the moment after the answer."""
    approval = approval or a_strong_approval(incident)
    warrant = Warrant(incident=incident, approval=approval, enabled=True)
    restart = restart_of(incident.model_copy(update={"approval_id": approval.id}), later(minutes=6))
    return unwarranted(warrant.model_copy(update=changes), restart)


@each_reload
def test_a_strong_yes_to_a_reload_warrants_it(incident: Incident) -> None:
    assert warranted(incident) is None
    assert not_permitted(incident, a_strong_approval(incident)) is None


@each_reload
@pytest.mark.parametrize(
    ("forged", "because"),
    [
        ({"kind": DecisionKind.AUTO}, "the decision was auto"),
        ({"kind": DecisionKind.OBSERVE}, "the decision was observe"),
        ({"consent": Consent.PERSON}, "no strong approval was asked for"),
        ({"consent": Consent.SWITCHES}, "no strong approval was asked for"),
        ({"consent": Consent.NOBODY}, "no strong approval was asked for"),
    ],
    ids=str,
)
def test_no_decision_of_another_kind_warrants_a_reload(
    incident: Incident, forged: dict[str, Any], because: str
) -> None:
    assert incident.decision is not None
    decision = incident.decision.model_copy(update=forged)
    assert warranted(incident.model_copy(update={"decision": decision})) == because


@each_reload
@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"status": ApprovalStatus.PENDING}, "the approval is pending"),
        ({"status": ApprovalStatus.REJECTED}, "the approval is rejected"),
        ({"consent": Consent.PERSON}, "the approval is not a strong one"),
        ({"proposal_hash": "0"}, "another proposal was approved"),
        ({"incident_id": "another"}, "it is another approval"),
        ({"attempt": 2}, "it is another approval"),
        ({"decided_at": None}, "nobody has answered"),
        ({"decided_at": later(hours=2)}, "it was approved after it had expired"),
        ({"decided_at": NOON - timedelta(hours=1)}, "it was approved 1:06:00 ago"),
        ({"comment": " "}, "the approval gives no reason"),
    ],
    ids=str,
)
def test_no_approval_but_a_strong_and_fresh_yes_warrants_a_reload(
    incident: Incident, changes: dict[str, Any], because: str
) -> None:
    assert because in str(warranted(incident, a_strong_approval(incident, **changes)))


@each_reload
@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"enabled": False}, "DESTRUCTIVE_ACTIONS_ENABLED is off"),
        ({"approval": None}, "nobody has answered"),
        ({"incident": a_decided()}, "another action was decided"),
        ({"incident": a_target_reload(id="another")}, "the warrant is for another restart"),
        ({"incident": a_target_reload(attempt=2)}, "the warrant is for another restart"),
        (
            {"incident": a_target_reload(subject=Subject(server="prod", task="other"))},
            "the warrant is for another restart",
        ),
        ({"incident": a_target_reload(proposal=None)}, "no decision is stored"),
    ],
    ids=["off", "none", "a resume", "incident", "attempt", "task", "undecided"],
)
def test_a_warrant_holds_for_one_restart_and_while_reloads_are_on(
    incident: Incident, changes: dict[str, Any], because: str
) -> None:
    assert warranted(incident, **changes) == because


def test_the_rules_warrant_no_reload_and_no_group_is_reloaded() -> None:
    by_rules = a_proposal(Action.RELOAD_TARGET, made_by=Proposer.RULES)
    assert "the rules never" in str(warranted(a_target_reload(proposal=by_rules)))
    group = a_target_reload(candidates=(a_candidate(),))
    assert warranted(group) == "a group of tasks is never reloaded"


def test_a_table_s_reload_is_for_the_table_that_was_approved() -> None:
    incident = a_table_reload()
    approval = a_strong_approval(incident)
    restart = restart_of(incident.model_copy(update={"approval_id": approval.id}), later(minutes=6))
    warrant = Warrant(incident=incident, approval=approval, enabled=True)
    assert restart.table == "SALES.ORDERS"
    assert unwarranted(warrant, restart) is None
    other = restart.model_copy(update={"table": "SALES.CUSTOMERS"})
    assert unwarranted(warrant, other) == "another table"


def test_what_rewrites_nothing_does_not_go_by_a_warrant() -> None:
    warrant = Warrant(incident=a_decided(), approval=None, enabled=True)
    assert "rewrites nothing" in str(unwarranted(warrant, a_restart()))


approvals = st.builds(
    lambda consent, status, comment: an_approval(
        consent=consent, status=status, comment=comment, decided_at=NOON
    ),
    st.sampled_from(Consent),
    st.sampled_from(ApprovalStatus),
    st.sampled_from(["", "reason"]),
)
decisions = st.builds(
    lambda kind, action, consent: a_decision(kind, action=action, consent=consent),
    st.sampled_from(DecisionKind),
    st.sampled_from(Action),
    st.sampled_from(Consent),
)


@given(decisions, st.sampled_from(Action), st.none() | approvals, st.booleans())
def test_whatever_is_stored_nothing_destructive_is_permitted_without_a_strong_yes(
    decision: Any, proposed: Action, approval: Approval | None, enabled: bool
) -> None:
    incident = a_decided(
        decision=decision, proposal=a_proposal(proposed, table="A.B"), approval_id="x" * 24
    )
    if approval:
        # The forger knows the hash as well.
        update = {"proposal_hash": hash_of_proposal(incident), "id": "x" * 24}
        approval = approval.model_copy(update=update)
    strong = approval is not None and (approval.consent, approval.status) == (
        Consent.STRONG,
        ApprovalStatus.APPROVED,
    )
    if decision.action in DESTRUCTIVE and not_permitted(incident, approval) is None:
        assert strong
        assert decision.kind is DecisionKind.NEEDS_APPROVAL
    warrant = Warrant(incident=incident, approval=approval, enabled=enabled)
    if unwarranted(warrant, restart_of(incident, NOON)) is None:
        assert strong
        assert enabled
        assert decision.action is proposed
        assert (decision.kind, decision.consent) == (
            DecisionKind.NEEDS_APPROVAL,
            Consent.STRONG,
        )


@each_reload
def test_an_ordinary_yes_permits_no_reload_whatever_the_decision_says(incident: Incident) -> None:
    weak = a_decision(action=incident.decision.action, consent=Consent.NOBODY)  # type: ignore[union-attr]
    forged = incident.model_copy(update={"decision": weak})
    ordinary = an_approval(forged, status=ApprovalStatus.APPROVED)
    said = "the approval is of kind person, and strong is needed"
    assert not_permitted(forged, ordinary) == said


def test_no_action_but_those_that_a_switch_can_let_run_is_automatic() -> None:
    for action in Action:
        decided = a_decided(decision=a_decision(DecisionKind.AUTO, action=action))
        refusal = not_permitted(decided, None)
        assert (refusal is None) is (action in {Action.RESUME, Action.STOP_AND_RESUME}), action


@pytest.mark.parametrize("action", [Action.WAIT, Action.ESCALATE])
def test_what_calls_nothing_is_never_carried_out(action: Action) -> None:
    decided = a_decided(proposal=a_proposal(action), decision=a_decision(action=action))
    yes = an_approval(decided, status=ApprovalStatus.APPROVED)
    assert "nothing that could be carried out" in str(not_permitted(decided, yes))


def test_a_reload_is_stale_once_its_reading_no_longer_carries_it() -> None:
    suspended = a_table_reload()
    fresh = suspended.snapshot
    assert fresh is not None
    assert stale(suspended, fresh) is None
    healed = fresh.model_copy(update={"full_load": FullLoad(tables_with_error=0)})
    assert "shows none" in str(stale(suspended, healed))
    unknown = fresh.model_copy(update={"full_load": FullLoad()})
    assert "shows none" in str(stale(suspended, unknown))
    unread = fresh.model_copy(update={"details_read": False})
    assert "details could not be read" in str(stale(suspended, unread))
    lost = a_target_reload()
    assert lost.snapshot is not None
    assert stale(lost, lost.snapshot) is None
    unread = lost.snapshot.model_copy(update={"details_read": False})
    assert "details could not be read" in str(stale(lost, unread))


@pytest.mark.parametrize("which", ["source_endpoint", "target_endpoint"])
@pytest.mark.parametrize("now", [Endpoint(name="PROD-DWH"), None], ids=["another", "unread"])
def test_a_reload_is_stale_once_the_task_reads_or_fills_something_else(
    which: str, now: Endpoint | None
) -> None:
    for incident in (a_target_reload(), a_table_reload()):
        assert incident.snapshot is not None
        moved = incident.snapshot.model_copy(update={which: now})
        assert stale(incident, moved) is not None


def test_the_verification_knows_what_was_done_and_what_was_wrong_before() -> None:
    begun = verification_of(a_table_reload(), NOON)
    assert (begun.action, begun.tables_with_error) == (Action.RELOAD_TABLE, 2)
    assert verification_of(None, NOON).action is Action.RESUME
