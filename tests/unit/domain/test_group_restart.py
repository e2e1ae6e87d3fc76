from typing import Any

import pytest

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.group_restart import (
    decide_after_failure,
    is_ahead,
    looked,
    not_a_group_restart,
    restart_of_candidate,
    stale_candidate,
    summary,
    to_look_at,
    verdict_of,
)
from qlik_monitor.domain.history import point_of
from qlik_monitor.domain.member import Fate, Resumed
from qlik_monitor.domain.task import StopReason, TaskId, TaskSnapshot, TaskState
from qlik_monitor.domain.verification import Verdict, Verification, VerificationSettings
from tests.fakes.builders import (
    NOON,
    a_candidate,
    a_decided_group,
    a_decision,
    a_snapshot,
    an_aborted,
    later,
)
from tests.fakes.strategies import quiet

NOBODY: frozenset[str] = frozenset()
SETTINGS = VerificationSettings(healthy_readings=2, max_checks=3)
START = Verification(started_at=NOON)


def task(name: str) -> TaskId:
    return TaskId(server="prod", task=name)


def started(name: str, verdict: Verdict = Verdict.NOT_YET, reason: str = "") -> Resumed:
    verification = START.model_copy(update={"verdict": verdict, "reason": reason})
    return Resumed(
        task=task(name), fate=Fate.STARTED, detail="run accepted", verification=verification
    )


def not_started(name: str, fate: Fate, why: str = "a reason") -> Resumed:
    return Resumed(task=task(name), fate=fate, detail=why)


def read(name: str, snapshot: TaskSnapshot, minutes: int = 2) -> dict[TaskId, TaskSnapshot | None]:
    update = {"id": task(name), "observed_at": later(minutes=minutes)}
    return {task(name): snapshot.model_copy(update=update)}


@pytest.mark.parametrize(
    ("fresh", "because"),
    [
        ({}, None),
        ({"state": TaskState.STOPPED}, "was ERROR/FATAL_ERROR and is STOPPED/FATAL_ERROR now"),
        ({"state": TaskState.RUNNING, "stop_reason": StopReason.NONE}, "is RUNNING/NONE now"),
        ({"stop_reason": StopReason.RECOVERABLE_ERROR}, "is ERROR/RECOVERABLE_ERROR now"),
        ({"message": "login failed"}, "another one now"),
        ({"message": "Connection to the other server lost"}, "another one now"),
        ({"tags": ("hands-off",)}, "opted out"),
    ],
)
def test_a_task_that_is_not_what_was_approved_is_stale(
    fresh: dict[str, Any], because: str | None
) -> None:
    said = stale_candidate(a_candidate(), an_aborted(**fresh), frozenset({"hands-off"}))
    assert (said is None) if because is None else (because in str(said))


def test_a_task_that_ran_and_fell_again_since_people_were_asked_is_stale() -> None:
    ran = point_of(a_snapshot(observed_at=later(minutes=5)))
    assert "was RUNNING at 12:05" in str(
        stale_candidate(a_candidate(), an_aborted(), NOBODY, [ran])
    )


def test_a_tag_that_was_seen_before_still_opts_out() -> None:
    tagged = a_candidate(tags=("hands-off",))
    assert "opted out" in str(stale_candidate(tagged, an_aborted(), frozenset({"hands-off"})))


def test_a_group_is_resumed_on_a_person_s_word_alone() -> None:
    assert not_a_group_restart(a_decided_group()) is None
    for kind in (DecisionKind.AUTO, DecisionKind.ESCALATE):
        alone = a_decided_group(decision=a_decision(kind))
        assert "never resumed without a person" in str(not_a_group_restart(alone))
    stop = a_decided_group(decision=a_decision(action=Action.STOP_AND_RESUME))
    assert "only ever resumed" in str(not_a_group_restart(stop))


def test_each_task_has_its_own_record_of_the_same_incident_and_attempt() -> None:
    group = a_decided_group(approval_id="an-approval")
    records = [restart_of_candidate(group, one.task, NOON) for one in group.candidates]
    assert [str(one.task) for one in records] == ["prod/a", "prod/b", "prod/c"]
    assert {(one.incident_id, one.attempt, one.approval_id) for one in records} == {
        (group.id, 1, "an-approval")
    }
    said = {(one.error_class, one.confidence, one.made_by) for one in records}
    assert said == {("connection", 0.95, "model")}


def test_a_group_is_healed_when_each_of_its_tasks_is() -> None:
    group: tuple[Resumed, ...] = (started("a"), started("b"))
    healthy = read("a", quiet()) | read("b", quiet())
    group = looked(group, healthy, SETTINGS)
    first = verdict_of(group, START)
    assert (first.verdict, first.checks) == (Verdict.NOT_YET, 1)
    group = looked(group, healthy, SETTINGS)
    second = verdict_of(group, first)
    assert second.verdict is Verdict.RECOVERED
    assert "2 of 2 tasks resumed; 2 recovered: prod/a, prod/b" in second.reason


def test_one_that_failed_does_not_end_the_look_at_the_others() -> None:
    group = looked(
        (started("a"), started("b")), read("a", an_aborted()) | read("b", quiet()), SETTINGS
    )
    assert verdict_of(group, START).verdict is Verdict.NOT_YET
    assert to_look_at(group) == (task("b"),)
    group = looked(group, read("b", quiet()), SETTINGS)
    ended = verdict_of(group, START)
    assert ended.verdict is Verdict.FAILED
    assert "1 recovered: prod/b; 1 did not recover: prod/a; because ERROR/FATAL_ERROR" in (
        ended.reason
    )


def test_one_that_recovered_and_fell_again_has_not_recovered() -> None:
    group: tuple[Resumed, ...] = (started("a"), started("b", Verdict.RECOVERED))
    assert to_look_at(group) == (task("a"), task("b"))
    group = looked(group, read("a", quiet()) | read("b", an_aborted()), SETTINGS)
    assert [one.verification and one.verification.verdict for one in group] == [
        Verdict.NOT_YET,
        Verdict.FAILED,
    ]


def test_the_look_ends_when_its_checks_are_used_up() -> None:
    group: tuple[Resumed, ...] = (started("a"), started("b"))
    said = START
    for _ in range(SETTINGS.max_checks):
        group = looked(group, {task("a"): None, task("b"): None}, SETTINGS)
        said = verdict_of(group, said)
    assert (said.verdict, said.checks) == (Verdict.FAILED, 3)
    assert "could not be read (prod/a, prod/b)" in said.reason


@pytest.mark.parametrize(
    ("fate", "verdict"),
    [
        (Fate.STALE, Verdict.RECOVERED),
        (Fate.REFUSED, Verdict.FAILED),
        (Fate.NOT_BEGUN, Verdict.FAILED),
    ],
)
def test_a_task_that_stays_down_needs_a_person_whatever_became_of_the_others(
    fate: Fate, verdict: Verdict
) -> None:
    group = (started("a", Verdict.RECOVERED), not_started("b", fate))
    assert verdict_of(group, START).verdict is verdict


def test_people_are_told_of_each_task_by_its_fate() -> None:
    group = (
        started("a", Verdict.RECOVERED),
        started("b", Verdict.FAILED, "ERROR/FATAL_ERROR: down"),
        not_started("c", Fate.STALE, "it runs again"),
        not_started("d", Fate.REFUSED, "MAX_RESTART_ATTEMPTS=3"),
        not_started("e", Fate.NOT_BEGUN, "no time was left for it"),
    )
    assert summary(group) == (
        "2 of 5 tasks resumed; 1 recovered: prod/a; 1 did not recover: prod/b; "
        "because ERROR/FATAL_ERROR: down (prod/b); 1 refused: MAX_RESTART_ATTEMPTS=3 (prod/d); "
        "1 stale: it runs again (prod/c); 1 not begun: no time was left for it (prod/e)"
    )
    handed_over = decide_after_failure(a_decided_group(resumed=group))
    assert handed_over.kind is DecisionKind.ESCALATE
    assert handed_over.reasons[0].startswith("endpoint Oracle PROD: 2 of 5 tasks resumed")


def test_a_look_that_was_stored_is_not_taken_again() -> None:
    group = looked((started("a"),), read("a", quiet()), SETTINGS)
    assert is_ahead(group, START)
    assert not is_ahead(group, verdict_of(group, START))
    assert not is_ahead((started("a"), not_started("b", Fate.STALE)), START)


def test_the_document_of_fifty_tasks_stays_small_and_tells_no_secret() -> None:
    names = [f"task-with-a-rather-long-name-{n}" for n in range(50)]
    loud = an_aborted(message="password=hunter2 " + "x" * 4000)
    readings: dict[TaskId, TaskSnapshot | None] = {}
    for name in names:
        readings |= read(name, loud)
    group = looked(tuple(started(name) for name in names), readings, SETTINGS)
    text = a_decided_group(*names, resumed=group).model_dump_json()
    assert len(text) < 100_000
    assert "hunter2" not in text
    assert len(verdict_of(group, START).reason) <= 500


def test_a_snapshot_that_runs_is_stale() -> None:
    assert stale_candidate(a_candidate(), a_snapshot(), NOBODY)
