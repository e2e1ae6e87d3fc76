from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.actions import ABORT_REASONS, DOWN, Action
from qlik_monitor.domain.anomaly import AnomalyKind, Subject
from qlik_monitor.domain.approval import hash_of_proposal
from qlik_monitor.domain.breaker import Breaker, Failure
from qlik_monitor.domain.class_actions import SENSIBLE
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.group_limits import Member
from qlik_monitor.domain.group_proposal import (
    MOST_MEMBERS,
    decide_group,
    is_group,
    judge_group,
    left_alone,
    members_of,
)
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.limits_consulted import Spent
from qlik_monitor.domain.policy import (
    Judged,
    PolicySettings,
)
from qlik_monitor.domain.proposal import Proposal, Proposer
from qlik_monitor.domain.restart import Restart, RestartOutcome
from qlik_monitor.domain.task import StopReason, TaskId, TaskSnapshot, TaskState
from tests.fakes.builders import (
    NOON,
    a_candidate,
    a_decided_group,
    a_group_incident,
    a_restart,
    a_snapshot,
    an_aborted,
    an_anomaly,
    an_incident,
    later,
    switched_on,
)
from tests.fakes.strategies import histories, policies, proposals, snapshots

POLICY = PolicySettings(opt_out_tags=frozenset({"hands-off"}))
ACTS_ALONE = PolicySettings(switches=switched_on(0.0))
RETRYING = {"state": TaskState.RECOVERY, "stop_reason": StopReason.RECOVERABLE_ERROR}


def member(name: str = "a", snapshot: TaskSnapshot | None = None, **changes: Any) -> Member:
    shown = snapshot or an_aborted(task=name)
    task = TaskId(server="prod", task=name)
    spent = Spent(task=task, restarts=changes.pop("history", ()))
    return Member.model_validate({"task": task, "snapshot": shown, "spent": spent} | changes)


def judged(*members: Member, policy: PolicySettings = POLICY) -> Judged:
    incident = a_group_incident(*(one.task.task for one in members))
    return judge_group(incident, members, policy, NOON)


def test_only_an_endpoint_that_took_tasks_down_is_a_group() -> None:
    assert is_group(a_group_incident())
    assert not is_group(an_incident())
    strained = an_anomaly(AnomalyKind.SERVER_STRAINED)
    server = {"subject": Subject(server="prod"), "anomalies": (strained,)}
    assert not is_group(a_group_incident(**server))
    assert not is_group(a_group_incident(members=()))


def test_one_proposal_is_about_all_that_were_aborted_and_a_person_is_asked() -> None:
    incident, proposal, decision = judged(member("a"), member("b"), member("c"))
    assert [str(one.task) for one in incident.candidates] == ["prod/a", "prod/b", "prod/c"]
    assert (proposal.action, proposal.confidence) == (Action.RESUME, 0.8)
    assert (proposal.made_by, proposal.rules_because) == (
        Proposer.RULES,
        "one endpoint's incident: rules",
    )
    assert decision.kind is DecisionKind.NEEDS_APPROVAL
    [reason] = decision.reasons
    assert reason.startswith("resume 3 tasks of endpoint Oracle PROD: one answer for all")


@pytest.mark.parametrize(
    ("other", "because"),
    [
        ({"snapshot": a_snapshot(**RETRYING)}, "Replicate is retrying by itself"),
        ({"snapshot": a_snapshot()}, "it is RUNNING"),
        (
            {"snapshot": a_snapshot(state=TaskState.STOPPED, stop_reason=StopReason.NORMAL)},
            "which no restart may undo",
        ),
        ({"snapshot": an_aborted(stop_reason=StopReason.NONE)}, "which is no abort"),
        ({"snapshot": an_aborted(message="login failed")}, "class authentication"),
        ({"snapshot": an_aborted(message="ORA-00308")}, "class log_position_lost"),
        ({"snapshot": an_aborted(tags=("hands-off",))}, "opted out"),
        ({"has_own_incident": True}, "an incident of its own"),
        ({"history": tuple(a_restart(attempt=n) for n in (1, 2, 3))}, "MAX_RESTART_ATTEMPTS=3"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_may_not_be_resumed_is_left_alone_and_told(
    other: dict[str, Any], because: str
) -> None:
    incident, _, decision = judged(member("a"), member("b", **other))
    assert [one.task.task for one in incident.candidates] == ["a"]
    assert decision.kind is DecisionKind.NEEDS_APPROVAL
    assert "1 others are left alone" in decision.reasons[1]
    assert because in decision.reasons[1]
    assert "(prod/b)" in decision.reasons[1]


def test_a_member_that_cannot_be_read_is_no_candidate() -> None:
    unread = Member(task=TaskId(server="prod", task="x"), snapshot=None)
    incident, _, decision = judged(member("a"), unread)
    assert len(incident.candidates) == 1
    assert "it could not be read (prod/x)" in decision.reasons[1]


def test_a_member_whose_limits_could_not_be_read_is_no_candidate() -> None:
    incident, _, decision = judged(member("a"), member("b", spent=None))
    assert len(incident.candidates) == 1
    assert "its limits could not be read (prod/b)" in decision.reasons[1]


def test_no_more_are_proposed_than_the_caps_leave_room_for() -> None:
    names = [f"t{n}" for n in range(5)]
    tight = POLICY.model_copy(update={"limits": Limits(server_cap=3)})
    incident, _, decision = judged(*(member(name) for name in names), policy=tight)
    assert [one.task.task for one in incident.candidates] == ["t0", "t1", "t2"]
    assert "SERVER_RESTART_CAP=3 is reached" in decision.reasons[1]
    assert "(prod/t3, prod/t4)" in decision.reasons[1]
    used = {reading.name: (reading.used, reading.allowed) for reading in incident.limits}
    assert used == {"pause": (0, 0), "server_cap": (3, 3), "fleet_cap": (3, 50)}


def test_while_an_endpoint_is_half_open_one_member_tries_for_all() -> None:
    failures = tuple(Failure(restart=f"r{n}", at=later(hours=-1, minutes=n)) for n in range(3))
    breaker = Breaker(endpoint="Oracle PROD", failures=failures)
    members = []
    for name in "abc":
        task = TaskId(server="prod", task=name)
        members.append(member(name, spent=Spent(task=task, breakers=(breaker,))))
    incident, _, decision = judged(*members)
    assert [one.task.task for one in incident.candidates] == ["a"]
    assert "lets one restart try first" in decision.reasons[1]


def test_a_group_without_candidates_is_handed_over_with_the_reason() -> None:
    retrying = [member(name, a_snapshot(task=name, **RETRYING)) for name in "abc"]
    incident, proposal, decision = judged(*retrying)
    assert incident.candidates == ()
    assert (proposal.action, decision.kind) == (Action.ESCALATE, DecisionKind.ESCALATE)
    assert "restarts help only once a person has mended it" in decision.reasons[0]
    assert "retrying by itself (prod/a, prod/b, prod/c)" in decision.reasons[1]


def test_the_least_certain_of_them_says_how_sure_the_proposal_is() -> None:
    failed = tuple(
        a_restart(attempt=n, outcome=RestartOutcome.FAILED, requested_at=later(days=-n - 2))
        for n in (1, 2)
    )
    assert judged(member("a"), member("b", history=failed)).proposal.confidence == pytest.approx(
        0.4
    )
    strange = an_aborted(task="b", message="strange")
    assert judged(member("a"), member("b", strange)).proposal.confidence == 0.3


def test_more_than_fifty_are_too_many_for_one_answer() -> None:
    names = [f"t{n:02}" for n in range(60)]
    incident = a_group_incident(*names)
    looked_at = members_of(incident)
    assert len(looked_at) == MOST_MEMBERS
    roomy = POLICY.model_copy(update={"limits": Limits(server_cap=50)})
    members = tuple(member(task.task) for task in looked_at)
    _, _, decision = judge_group(incident, members, roomy, NOON)
    assert decision.reasons[1] == "10 more are not looked at: the most at once is 50"


@given(st.lists(snapshots(), min_size=1, max_size=6), histories, policies, st.booleans())
def test_no_policy_lets_a_group_be_resumed_alone(
    shown: list[TaskSnapshot], history: tuple[Restart, ...], policy: PolicySettings, own: bool
) -> None:
    members = [
        member(f"t{n}", one, history=history, has_own_incident=own) for n, one in enumerate(shown)
    ]
    incident, _, decision = judged(*members, policy=policy)
    assert decision.kind is not DecisionKind.AUTO
    assert (decision.kind is DecisionKind.NEEDS_APPROVAL) is bool(incident.candidates)
    for one in incident.candidates:
        assert one.state in DOWN
        assert one.stop_reason in ABORT_REASONS
        assert Action.RESUME in SENSIBLE[one.error_class]
        assert not own


@given(proposals)
def test_no_proposal_lets_a_group_be_resumed_alone(proposal: Proposal) -> None:
    decision = decide_group(a_group_incident(), proposal, (a_candidate(),), [])
    asks = proposal.action is Action.RESUME
    assert decision.kind is (DecisionKind.NEEDS_APPROVAL if asks else DecisionKind.ESCALATE)


def test_the_most_permissive_policy_still_asks() -> None:
    assert judged(member(), policy=ACTS_ALONE).decision.kind is DecisionKind.NEEDS_APPROVAL
    assert left_alone(member(), ACTS_ALONE) is None


@pytest.mark.parametrize(
    "candidates",
    [
        (a_candidate("a"), a_candidate("b")),
        (a_candidate("a"), a_candidate("b"), a_candidate("d")),
        (a_candidate("b"), a_candidate("a"), a_candidate("c")),
        (a_candidate("a"), a_candidate("b"), a_candidate("c", state=TaskState.STOPPED)),
        (a_candidate("a"), a_candidate("b"), a_candidate("c", error_class="unknown")),
    ],
    ids=["one less", "another", "another order", "another state", "another error"],
)
def test_an_approval_binds_to_exactly_this_list(candidates: Any) -> None:
    group = a_decided_group("a", "b", "c")
    changed = group.model_copy(update={"candidates": candidates})
    assert hash_of_proposal(changed) != hash_of_proposal(group)
