from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.task import (
    Backlog,
    Counters,
    StopReason,
    TaskSnapshot,
    TaskState,
    Throughput,
)
from qlik_monitor.domain.verification import Verdict, Verification, VerificationSettings, verify
from tests.fakes.builders import NOON, a_snapshot, a_stalled, an_aborted, later
from tests.fakes.strategies import quiet, snapshots

SETTINGS = VerificationSettings(
    settle=timedelta(seconds=60), healthy_readings=3, max_checks=10, lag=timedelta(seconds=600)
)


def after(*readings: TaskSnapshot | None, settle: int = 60) -> Verification:
    """Verify with these readings, half a minute apart, the first once it has settled."""
    verification = Verification(started_at=NOON)
    for number, reading in enumerate(readings):
        at = later(seconds=settle + 30 * number)
        taken = reading.model_copy(update={"observed_at": at}) if reading else None
        verification = verify(verification, taken, SETTINGS)
        if verification.verdict is not Verdict.NOT_YET:
            break
    return verification


def moving(number: int) -> TaskSnapshot:
    return a_stalled(counters=Counters(applied_inserts=100 + number))


def test_a_restart_helped_when_the_task_moves_over_several_readings() -> None:
    assert after(*[moving(n) for n in range(3)]).verdict is Verdict.NOT_YET
    assert after(*[moving(n) for n in range(4)]).verdict is Verdict.RECOVERED


def test_a_quiet_source_needs_no_movement() -> None:
    assert after(quiet(), quiet()).verdict is Verdict.NOT_YET
    assert after(quiet(), quiet(), quiet()).verdict is Verdict.RECOVERED


def test_one_ill_reading_starts_the_count_anew() -> None:
    ill = a_snapshot(state=TaskState.RECOVERY)
    assert after(quiet(), quiet(), ill, quiet(), quiet()).healthy_readings == 2


@pytest.mark.parametrize("state", [TaskState.ERROR, TaskState.STOPPED])
def test_a_task_that_stopped_again_was_not_helped(state: TaskState) -> None:
    ended = after(quiet(), an_aborted(state=state))
    assert ended.verdict is Verdict.FAILED
    assert "FATAL_ERROR" in ended.reason


@pytest.mark.parametrize(
    "reason",
    ["FULL_LOAD_ONLY_FINISHED", "STOPPED_AFTER_FULL_LOAD", "STOPPED_AFTER_CACHED_EVENTS"],
)
def test_a_task_that_came_to_its_end_was_helped(reason: str) -> None:
    finished = a_snapshot(state=TaskState.STOPPED, stop_reason=StopReason(reason))
    assert after(finished).verdict is Verdict.RECOVERED


@given(snapshots() | st.none())
def test_a_reading_within_the_settling_time_neither_fails_nor_heals(
    reading: TaskSnapshot | None,
) -> None:
    assert after(*[reading] * 2, settle=0).verdict is Verdict.NOT_YET


@pytest.mark.parametrize(
    "ill",
    [
        None,
        a_stalled(),
        a_snapshot(state=TaskState.RECOVERY),
        a_snapshot(state=TaskState.UNKNOWN),
        a_snapshot(details_read=False),
        a_snapshot(memory_mb=0),
        a_snapshot(total_latency_seconds=700),
        a_snapshot(total_latency_seconds=None),
        a_snapshot(backlog=Backlog()),
        a_snapshot(counters=Counters(), backlog=Backlog(accumulated_in_memory=3)),
    ],
    ids=[
        "unreadable",
        "nothing moves",
        "still in recovery",
        "unknown state",
        "no details",
        "no process",
        "behind and at rest",
        "latency unknown and at rest",
        "backlog unknown and at rest",
        "totals unknown",
    ],
)
def test_what_is_not_known_to_be_healthy_fails_in_the_end(ill: TaskSnapshot | None) -> None:
    ended = after(*[ill] * 20)
    assert (ended.verdict, ended.checks) == (Verdict.FAILED, 10)
    assert ended.reason.startswith("not healthy after 10 checks")


def test_totals_that_were_not_read_at_first_are_no_place_to_measure_from() -> None:
    unread = a_stalled(details_read=False, counters=Counters())
    assert after(unread, *[a_stalled()] * 5).verdict is Verdict.NOT_YET


def test_the_start_of_the_count_is_remembered_between_steps() -> None:
    so_far = after(moving(0))
    stored = Verification.model_validate_json(so_far.model_dump_json())
    reading = moving(1).model_copy(update={"observed_at": later(minutes=5)})
    assert verify(stored, reading, SETTINGS).healthy_readings == 1


@given(st.lists(snapshots() | st.none(), min_size=10, max_size=12))
def test_every_verification_ends(readings: list[TaskSnapshot | None]) -> None:
    ended = after(*readings)
    assert ended.verdict is not Verdict.NOT_YET
    assert ended.checks <= SETTINGS.max_checks


@given(st.lists(snapshots() | st.none(), max_size=12))
def test_only_healthy_readings_in_a_row_heal(readings: list[TaskSnapshot | None]) -> None:
    ended = after(*readings)
    if ended.verdict is Verdict.RECOVERED and not ended.reason.startswith("it finished"):
        assert ended.healthy_readings >= SETTINGS.healthy_readings
        last = readings[ended.checks - 1]
        assert last is not None
        assert last.state is TaskState.RUNNING
        assert last.details_read


def test_the_speed_says_nothing_about_health() -> None:
    fast = a_stalled(cdc_throughput=Throughput(target_records=900))
    assert after(*[fast] * 5).verdict is Verdict.NOT_YET
