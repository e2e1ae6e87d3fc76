from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.anomaly import Anomaly, AnomalyKind, Severity
from qlik_monitor.domain.detection import BY_DESIGN, detect
from qlik_monitor.domain.ending import is_at_rest
from qlik_monitor.domain.progress import TaskProgress, advance
from qlik_monitor.domain.task import (
    Backlog,
    Counters,
    FullLoad,
    StopReason,
    TaskSnapshot,
    TaskState,
    Throughput,
)
from qlik_monitor.domain.thresholds import Thresholds
from tests.fakes.builders import a_snapshot, a_stalled, an_aborted, later
from tests.fakes.strategies import any_running, quiet, snapshots

THRESHOLDS = Thresholds()
STATES = [*TaskState]


def found(*readings: TaskSnapshot, minutes: int = 5) -> dict[AnomalyKind, Severity]:
    """What the last of these readings shows, read `minutes` apart."""
    progress: TaskProgress | None = None
    anomalies: tuple[Anomaly, ...] = ()
    for number, reading in enumerate(readings):
        at = reading.model_copy(update={"observed_at": later(minutes=minutes * number)})
        progress = advance(progress, at)
        anomalies = detect(at, progress, THRESHOLDS)
        progress = progress.with_findings(frozenset(anomaly.kind for anomaly in anomalies))
    return {anomaly.kind: anomaly.severity for anomaly in anomalies}


@pytest.mark.parametrize(
    ("state", "reason", "kinds"),
    [
        ("ERROR", "FATAL_ERROR", {"aborted"}),
        ("ERROR", "RECOVERABLE_ERROR", {"aborted"}),
        ("ERROR", "NONE", {"error"}),
        ("ERROR", "NORMAL", {"error"}),
        ("STOPPED", "FATAL_ERROR", {"aborted"}),
        ("STOPPED", "RECOVERABLE_ERROR", {"aborted"}),
        ("STOPPED", "NORMAL", set()),
        ("STOPPED", "NONE", set()),
        ("STOPPED", "FULL_LOAD_ONLY_FINISHED", set()),
        ("STOPPED", "STOPPED_AFTER_FULL_LOAD", set()),
        ("STOPPED", "STOPPED_AFTER_CACHED_EVENTS", set()),
        ("STOPPED", "STOPPED_AFTER_DDL_APPLY", {"stopped_for_ddl"}),
        ("STOPPED", "STOPPED_LOW_MEMORY", {"low_memory"}),
        ("STOPPED", "STOPPED_LOW_DISK_SPACE", {"low_disk"}),
        ("STOPPED", "EXPRESS_LICENSE_LIMITS_REACHED", {"license"}),
        ("STOPPED", "UNKNOWN", {"unknown"}),
        ("RECOVERY", "RECOVERABLE_ERROR", set()),
        ("UNKNOWN", "NONE", {"unknown"}),
        ("RUNNING", "NONE", set()),
    ],
)
def test_state_and_stop_reason_say_what_is_wrong(state: str, reason: str, kinds: set[str]) -> None:
    assert set(found(a_snapshot(state=state, stop_reason=reason))) == kinds


def test_recovery_is_left_alone_until_it_lasts() -> None:
    recovering = a_snapshot(state=TaskState.RECOVERY, stop_reason=StopReason.RECOVERABLE_ERROR)
    assert found(*[recovering] * 6) == {}
    assert found(*[recovering] * 7) == {AnomalyKind.RECOVERY_LASTING: Severity.WARNING}


def test_a_recovery_that_ends_well_shows_nothing() -> None:
    recovering = a_snapshot(state=TaskState.RECOVERY, stop_reason=StopReason.RECOVERABLE_ERROR)
    assert found(a_snapshot(), *[recovering] * 3, a_snapshot()) == {}


def test_a_second_recovery_is_not_taken_for_a_lasting_one() -> None:
    recovering = a_snapshot(state=TaskState.RECOVERY)
    assert found(*[recovering] * 5, a_snapshot(), *[recovering] * 5) == {}


def test_a_task_is_stuck_when_nothing_moves_for_the_whole_threshold() -> None:
    assert found(*[a_stalled()] * 6) == {}
    assert found(*[a_stalled()] * 7) == {AnomalyKind.STUCK: Severity.CRITICAL}


def test_a_source_that_is_not_captured_is_stuck_without_a_backlog() -> None:
    behind = [
        a_snapshot(source_latency_seconds=300 * n, total_latency_seconds=300 * n)
        for n in range(1, 9)
    ]
    assert AnomalyKind.STUCK in found(*behind)


def test_a_full_load_that_does_not_load_is_stuck() -> None:
    loading = a_snapshot(full_load=FullLoad(completed=False, tables_loading=2))
    assert AnomalyKind.STUCK in found(*[loading] * 7)


@given(any_running())
def test_one_reading_never_makes_a_task_stuck(running: TaskSnapshot) -> None:
    assert AnomalyKind.STUCK not in found(running)


@given(any_running(), st.integers(1, 20))
def test_the_first_reading_with_work_never_makes_an_idle_task_stuck(
    running: TaskSnapshot, quiet_readings: int
) -> None:
    assert AnomalyKind.STUCK not in found(*[quiet()] * quiet_readings, running, minutes=60)


@given(st.integers(1, 400))
def test_an_idle_task_is_never_ill(readings: int) -> None:
    assert found(*[quiet()] * readings, minutes=30) == {}


@given(st.lists(st.integers(1, 1000), min_size=8, max_size=12))
def test_one_large_transaction_is_behind_but_not_stuck(steps: list[int]) -> None:
    applied = [sum(steps[: n + 1]) for n in range(len(steps))]
    readings = [
        a_snapshot(
            total_latency_seconds=300 * number,
            backlog=Backlog(accumulated_in_memory=9, records_in_progress=records),
        )
        for number, records in enumerate(applied)
    ]
    assert found(*readings) == {}


def test_one_transaction_that_takes_hours_is_told_of() -> None:
    readings = [
        a_snapshot(
            total_latency_seconds=300 * number,
            backlog=Backlog(accumulated_in_memory=9, records_in_progress=1000 * number),
        )
        for number in range(1, 16)
    ]
    assert found(*readings) == {AnomalyKind.LAGGING: Severity.WARNING}


@given(st.integers(0, 99))
def test_a_fall_of_the_totals_starts_the_window_anew(total: int) -> None:
    restarted = a_stalled(counters=Counters(applied_inserts=total))
    assert found(*[a_stalled()] * 6, restarted, restarted) == {}


@pytest.mark.parametrize(
    ("latencies", "expected"),
    [
        ((599,), {}),
        ((500, 600), {}),
        ((500, 600, 610), {AnomalyKind.LAGGING: Severity.CRITICAL}),
        ((5, 900, 5), {}),
        ((900, 800), {}),
        ((500, 700, 900, 800), {AnomalyKind.LAGGING: Severity.WARNING}),
        ((500, 700, 900, 400), {AnomalyKind.LAGGING: Severity.WARNING}),
        ((500, 700, 900, 200), {}),
        ((700, 900), {AnomalyKind.LAGGING: Severity.CRITICAL}),
        ((None,), {}),
    ],
    ids=[
        "below",
        "seen once",
        "seen twice",
        "a spike",
        "catching up after a stop",
        "catching up",
        "nearly caught up",
        "caught up",
        "falling back",
        "unknown",
    ],
)
def test_lag_follows_the_total_latency(latencies: tuple[int | None, ...], expected: Any) -> None:
    readings = [
        a_snapshot(total_latency_seconds=value, counters=Counters(applied_inserts=number))
        for number, value in enumerate(latencies)
    ]
    assert found(*readings) == expected


def test_lag_behind_a_full_load_that_moves_is_by_design() -> None:
    readings = [
        a_snapshot(
            total_latency_seconds=600 * number,
            counters=Counters(full_load_records=1000 * number),
            full_load=FullLoad(completed=False, tables_loading=2),
        )
        for number in range(1, 5)
    ]
    assert found(*readings) == {}


def test_a_running_task_without_memory_has_a_stale_state_once_seen_twice() -> None:
    gone = a_snapshot(memory_mb=0)
    assert found(gone) == {}
    assert found(gone, gone) == {AnomalyKind.STALE_STATE: Severity.CRITICAL}


def test_a_collapse_needs_a_usual_speed_a_backlog_and_ten_minutes() -> None:
    def at(speed: int, number: int) -> TaskSnapshot:
        return a_snapshot(
            cdc_throughput=Throughput(target_records=speed),
            backlog=Backlog(accumulated_in_memory=60_000),
            counters=Counters(applied_inserts=number),
        )

    usual = [at(1000, number) for number in range(6)]
    slow = [at(20, number) for number in range(7, 10)]
    assert found(*usual, *slow[:2]) == {}
    assert found(*usual, *slow) == {AnomalyKind.THROUGHPUT_COLLAPSE: Severity.WARNING}
    assert found(*usual[:3], *slow) == {}
    assert found(*usual, *slow, at(300, 10)) == {AnomalyKind.THROUGHPUT_COLLAPSE: Severity.WARNING}
    assert found(*usual, *slow, at(800, 10)) == {}


def test_data_errors_are_an_anomaly_while_their_rise_is_recent() -> None:
    clean, wrong = a_snapshot(data_error_count=0), a_snapshot(data_error_count=3)
    assert found(clean, wrong) == {AnomalyKind.DATA_ERRORS: Severity.WARNING}
    assert found(clean, *[wrong] * 14) == {}


def test_data_errors_of_long_ago_have_not_risen_when_they_are_first_seen() -> None:
    old = a_snapshot(data_error_count=3)
    assert found(old, old) == {}
    progress = TaskProgress.first(old)
    one_look = detect(old, progress, Thresholds(one_look=True))
    assert [anomaly.kind for anomaly in one_look] == [AnomalyKind.DATA_ERRORS]


def test_tables_in_error_are_an_anomaly_of_a_running_task() -> None:
    suspended = a_snapshot(full_load=FullLoad(tables_with_error=2))
    assert found(suspended) == {AnomalyKind.TABLE_ERRORS: Severity.WARNING}


def test_details_that_stay_unread_make_a_running_task_unknown() -> None:
    unread = a_snapshot(details_read=False)
    assert found(unread, unread) == {}
    assert found(unread, unread, unread) == {AnomalyKind.UNKNOWN: Severity.WARNING}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "field", ["state: 'PAUSED'", "task_stop_reason: 7", "cdc_latency.total_latency: missing"]
)
def test_a_field_that_was_not_understood_never_leaves_a_task_healthy(
    state: TaskState, field: str
) -> None:
    unclear = a_snapshot(state=state, unknown_fields=(field,))
    assert AnomalyKind.UNKNOWN in found(unclear)


@given(snapshots())
def test_an_unknown_state_or_reason_is_never_healthy(snapshot: TaskSnapshot) -> None:
    anomalies = found(snapshot)
    if snapshot.state is TaskState.UNKNOWN:
        assert anomalies
        assert not is_at_rest(snapshot)
    if snapshot.state is TaskState.STOPPED and snapshot.stop_reason not in BY_DESIGN:
        assert anomalies


def test_the_evidence_says_what_is_unknown() -> None:
    snapshot = an_aborted(total_latency_seconds=None, memory_mb=None)
    [anomaly] = detect(snapshot, TaskProgress.first(snapshot), THRESHOLDS)
    readings = {evidence.name: evidence.value for evidence in anomaly.evidence}
    assert readings["total latency"] == readings["memory"] == "unknown"
    assert readings["state"] == "ERROR"


def test_thresholds_are_what_the_operator_says() -> None:
    snapshot = a_snapshot(total_latency_seconds=30)
    progress = TaskProgress.first(snapshot)
    tight = Thresholds(lag=timedelta(seconds=30), lag_readings=1)
    assert [a.kind for a in detect(snapshot, progress, tight)] == [AnomalyKind.LAGGING]
