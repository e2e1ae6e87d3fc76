from collections.abc import Iterable
from typing import Any

from qlik_monitor.domain.anomaly import AnomalyKind, Subject
from qlik_monitor.domain.finding import Memory, find
from qlik_monitor.domain.findings import Findings
from qlik_monitor.domain.grouping import Known, group
from qlik_monitor.domain.task import Endpoint, StopReason, TaskSnapshot, TaskState
from qlik_monitor.domain.thresholds import Thresholds
from tests.fakes.builders import NOON, a_reading, a_snapshot, a_stalled, an_aborted, later

ORACLE = Endpoint(name="Oracle PROD")
ENDPOINT = Subject(server="*", endpoint="Oracle PROD")
RECOVERING = {"state": TaskState.RECOVERY, "stop_reason": StopReason.RECOVERABLE_ERROR}


def tasks(count: int, make: Any = a_snapshot, **changes: Any) -> list[TaskSnapshot]:
    """Tasks t00, t01, ... that all read from one Oracle."""
    return [make(task=f"t{n:02}", source_endpoint=ORACLE, **changes) for n in range(count)]


def down(count: int, of: int, **changes: Any) -> list[TaskSnapshot]:
    return tasks(count, an_aborted, **changes) + tasks(of)[count:]


def found(
    *readings: Iterable[TaskSnapshot],
    known: dict[Subject, Known] | None = None,
    minutes: int = 5,
) -> Findings:
    """What the last of these readings of one fleet shows once it was grouped."""
    memory: Memory = {}
    findings = Findings(of_tasks={}, anomalies={}, snapshots={}, progress={})
    for number, fleet in enumerate(readings):
        at = later(minutes=minutes * number)
        now = [task.model_copy(update={"observed_at": at}) for task in fleet]
        findings = find(a_reading(*now), memory, Thresholds())
        memory = findings.progress
    return group(findings, known or {})


def test_an_endpoint_that_50_tasks_share_is_one_finding() -> None:
    grouped = found(tasks(50), down(50, of=50))
    assert list(grouped.anomalies) == [ENDPOINT]
    [anomaly] = grouped.anomalies[ENDPOINT]
    assert anomaly.kind is AnomalyKind.ENDPOINT_TROUBLE
    assert "50 tasks that share endpoint Oracle PROD" in anomaly.summary
    assert grouped.members[ENDPOINT] == tuple(f"prod/t{n:02}" for n in range(50))
    assert any("ORA-03113" in evidence.value for evidence in anomaly.evidence)


def test_tasks_that_follow_within_some_readings_belong_to_it() -> None:
    assert list(found(tasks(20), down(2, of=20), down(12, of=20)).anomalies) == [ENDPOINT]


OPEN = Known(frozenset({AnomalyKind.ENDPOINT_TROUBLE}), NOON)


def test_one_that_follows_soon_joins_an_incident_that_is_open() -> None:
    grouped = found(tasks(20), tasks(20), down(1, of=20), known={ENDPOINT: OPEN})
    assert grouped.members == {ENDPOINT: ("prod/t00",)}


def test_what_falls_ill_while_an_old_incident_is_open_is_news() -> None:
    later_on = [tasks(20)] * 8
    grouped = found(*later_on, down(1, of=20), known={ENDPOINT: OPEN})
    assert [str(subject) for subject in grouped.anomalies] == ["prod/t00"]


def test_no_task_that_goes_down_is_put_down_to_a_server_under_strain() -> None:
    strained = {Subject(server="prod"): Known(frozenset({AnomalyKind.SERVER_STRAINED}), NOON)}
    grouped = found(tasks(20), down(1, of=20), known=strained)
    assert [str(subject) for subject in grouped.anomalies] == ["prod/t00"]


def test_errors_of_no_known_class_have_nothing_in_common_but_that() -> None:
    fleet = [an_aborted(task=f"t{n}", source_endpoint=ORACLE, message=f"odd {n}") for n in range(6)]
    assert ENDPOINT not in found(fleet).anomalies


def test_two_that_give_up_after_retrying_wait_for_nobody() -> None:
    retrying = tasks(2, **RECOVERING)
    assert len(found(tasks(2), retrying, retrying, tasks(2, an_aborted)).anomalies) == 2


def test_a_task_that_has_an_incident_of_its_own_keeps_it() -> None:
    own = Subject(server="prod", task="t00")
    grouped = found(
        tasks(9), down(9, of=9), known={own: Known(frozenset({AnomalyKind.ABORTED}), NOON)}
    )
    assert set(grouped.anomalies) == {ENDPOINT, own}


def test_two_tasks_are_no_cause_in_common() -> None:
    grouped = found(tasks(3), down(2, of=3), down(2, of=3))
    assert {str(subject) for subject in grouped.anomalies} == {"prod/t00", "prod/t01"}


def test_three_of_many_are_chance() -> None:
    grouped = found(tasks(30), down(3, of=30), down(3, of=30))
    assert len(grouped.anomalies) == 3
    assert grouped.members == {}


def test_tasks_that_failed_hours_apart_failed_by_themselves() -> None:
    fleets = [down(count, of=5) for count in range(6)]
    grouped = found(*fleets, minutes=120)
    assert ENDPOINT not in grouped.anomalies


def test_tasks_that_failed_for_different_reasons_failed_by_themselves() -> None:
    reasons = ["ORA-03113", "licence", "login failed", "checkpoint", "data error"]
    fleet = [
        an_aborted(task=f"t{n}", source_endpoint=ORACLE, message=text)
        for n, text in enumerate(reasons)
    ]
    assert ENDPOINT not in found(tasks(5), fleet, fleet).anomalies


def test_a_restart_that_some_tasks_see_as_a_lost_connection_is_one_cause() -> None:
    texts = ["ORA-03113", "ORA-01034: ORACLE not available"] * 3
    fleet = [
        an_aborted(task=f"t{n:02}", source_endpoint=ORACLE, message=text)
        for n, text in enumerate(texts)
    ]
    assert list(found(tasks(6), fleet, fleet).anomalies) == [ENDPOINT]


def test_two_that_share_an_endpoint_wait_one_reading_for_the_others() -> None:
    first = found(tasks(9), down(2, of=9))
    assert (first.anomalies, first.held_back) == ({}, 2)
    second = found(tasks(9), down(2, of=9), down(2, of=9))
    assert [str(subject) for subject in second.anomalies] == ["prod/t00", "prod/t01"]


def test_one_that_goes_down_alone_waits_for_nobody() -> None:
    assert [str(subject) for subject in found(tasks(9), down(1, of=9)).anomalies] == ["prod/t00"]


def test_nothing_waits_for_a_task_that_was_down_when_it_was_first_seen() -> None:
    assert len(found(down(2, of=9)).anomalies) == 2


def test_two_that_share_nothing_wait_for_nobody() -> None:
    def own(make: Any) -> list[TaskSnapshot]:
        return [make(task=name, source_endpoint=Endpoint(name=name)) for name in ("a", "b")]

    assert len(found(own(a_snapshot), own(an_aborted)).anomalies) == 2


def test_tasks_in_recovery_together_are_one_finding_once_it_lasts() -> None:
    grouped = found(*[tasks(6, **RECOVERING)] * 7)
    assert list(grouped.anomalies) == [ENDPOINT]
    assert found(*[tasks(6, **RECOVERING)] * 6).anomalies == {}


def test_a_server_whose_tasks_all_stand_still_is_one_finding() -> None:
    grouped = found(*[[a_stalled(task=f"t{n}") for n in range(6)]] * 7)
    assert [str(subject) for subject in grouped.anomalies] == ["prod"]
    [anomaly] = grouped.anomalies[Subject(server="prod")]
    assert anomaly.kind is AnomalyKind.SERVER_STRAINED


def test_a_task_that_is_down_keeps_its_own_incident_beside_a_server_under_strain() -> None:
    slow = [a_stalled(task=f"t{n}") for n in range(6)]
    grouped = found(*[slow] * 6, [*slow[:5], an_aborted(task="t5")])
    assert [str(subject) for subject in grouped.anomalies] == ["prod/t5", "prod"]
    assert "prod/t5" not in grouped.members[Subject(server="prod")]


def test_a_healthy_fleet_has_no_cause() -> None:
    grouped = found(tasks(20), tasks(20))
    assert (grouped.anomalies, grouped.members, grouped.held_back) == ({}, {}, 0)


def test_an_incident_holds_no_more_members_than_an_item_of_the_table_can() -> None:
    grouped = found(tasks(600), down(600, of=600))
    assert len(grouped.members[ENDPOINT]) == 500
    [anomaly] = grouped.anomalies[ENDPOINT]
    assert anomaly.summary.startswith("600 tasks")
