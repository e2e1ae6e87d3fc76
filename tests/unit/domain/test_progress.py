from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.progress import TaskProgress, advance
from qlik_monitor.domain.task import (
    Backlog,
    Counters,
    FullLoad,
    TaskSnapshot,
    TaskState,
    Throughput,
)
from tests.fakes.builders import NOON, a_snapshot, a_stalled, later
from tests.fakes.strategies import quiet, snapshots


def after(*snapshots: TaskSnapshot, minutes: int = 5) -> TaskProgress:
    """Fold readings in, `minutes` apart."""
    progress: TaskProgress | None = None
    for number, snapshot in enumerate(snapshots):
        at = snapshot.model_copy(update={"observed_at": later(minutes=minutes * number)})
        progress = advance(progress, at)
    assert progress is not None
    return progress


def test_a_rest_with_work_lasts_from_the_first_reading_that_shows_it() -> None:
    assert after(a_stalled(), a_stalled(), a_stalled()).moved_at == NOON


@pytest.mark.parametrize(
    "moving",
    [
        a_stalled(counters=Counters(applied_inserts=101)),
        a_stalled(counters=Counters(applied_inserts=1)),
        a_stalled(backlog=Backlog(accumulated_in_memory=500, records_in_progress=7)),
    ],
    ids=["a counter grew", "a counter fell, so it was restarted", "a transaction grew"],
)
def test_any_movement_starts_the_window_anew(moving: TaskSnapshot) -> None:
    first = a_stalled(backlog=Backlog(accumulated_in_memory=500, records_in_progress=1))
    assert after(first, moving).moved_at == later(minutes=5)


def test_a_new_state_starts_the_window_anew() -> None:
    progress = after(a_stalled(), a_stalled(state=TaskState.RECOVERY))
    assert (progress.moved_at, progress.state_since) == (later(minutes=5), later(minutes=5))


def test_a_new_state_seen_without_details_starts_the_window_anew() -> None:
    unread = a_stalled(state=TaskState.RECOVERY, details_read=False)
    assert after(a_stalled(), unread).moved_at == later(minutes=5)


def test_the_first_work_after_a_quiet_night_has_not_waited_all_night() -> None:
    progress = after(quiet(), quiet(), a_stalled(), minutes=240)
    assert progress.moved_at == later(minutes=480)


def test_totals_that_become_unknown_are_no_movement() -> None:
    assert after(a_stalled(), a_stalled(counters=Counters())).moved_at == NOON


def test_a_reading_without_details_changes_only_the_state() -> None:
    unread = a_snapshot(details_read=False, counters=Counters(), state=TaskState.RECOVERY)
    progress = after(a_stalled(), unread, unread)
    assert progress.counters == a_stalled().counters
    assert (progress.state, progress.unread_readings) == (TaskState.RECOVERY, 2)


def test_a_reading_with_details_ends_the_count_of_those_without() -> None:
    unread = a_snapshot(details_read=False)
    assert after(unread, unread, a_snapshot()).unread_readings == 0


@pytest.mark.parametrize("age", [timedelta(0), timedelta(minutes=1)], ids=["same", "older"])
def test_a_reading_that_is_not_newer_is_ignored(age: timedelta) -> None:
    progress = after(a_stalled())
    assert advance(progress, a_snapshot(observed_at=NOON - age)) is progress


def at_speed(records: int | None, waiting: int = 6000) -> TaskSnapshot:
    return a_snapshot(
        cdc_throughput=Throughput(target_records=records),
        backlog=Backlog(accumulated_in_memory=waiting),
    )


def test_neither_idle_nor_collapsed_readings_drag_down_what_is_usual() -> None:
    progress = after(at_speed(100), at_speed(100), at_speed(0), at_speed(5), at_speed(0, waiting=0))
    assert progress.usual_records_per_second == 100
    assert progress.usual_readings == 2


def test_an_idle_first_reading_says_nothing_about_the_usual_speed() -> None:
    assert after(at_speed(0, waiting=0), at_speed(100)).usual_records_per_second == 100


def test_a_collapse_lasts_from_its_first_reading_in_a_row() -> None:
    usual, slow = at_speed(100), at_speed(5)
    assert after(usual, slow, slow).collapsed_since == later(minutes=5)
    assert after(usual, slow, usual, slow).collapsed_since == later(minutes=15)


def test_a_slow_night_with_a_few_changes_waiting_is_no_collapse() -> None:
    trickle = at_speed(5, waiting=50)
    assert after(at_speed(1000), trickle, trickle).collapsed_since is None


def test_changes_that_are_kept_back_by_a_full_load_are_no_collapse() -> None:
    loading = at_speed(0).model_copy(update={"full_load": FullLoad(tables_loading=2)})
    assert after(at_speed(100), loading, loading).collapsed_since is None


def test_an_unknown_speed_is_no_collapse() -> None:
    assert after(at_speed(100), at_speed(None)).collapsed_since is None


@pytest.mark.parametrize(
    ("counts", "rose"),
    [
        ((0, 3), later(minutes=5)),
        ((3, 3), NOON),
        ((3, 0), None),
        ((3, None), NOON),
        ((3, None, 3), NOON),
        ((0, 0), None),
    ],
    ids=["rose", "stayed", "was reset", "unknown", "known again", "none"],
)
def test_a_rise_of_data_errors_is_remembered_until_they_are_reset(
    counts: tuple[int | None, ...], rose: object
) -> None:
    readings = [a_snapshot(data_error_count=count) for count in counts]
    assert after(*readings).data_errors_rose_at == rose


@given(st.lists(snapshots(), min_size=1, max_size=8))
def test_any_sequence_of_readings_can_be_remembered(readings: list[TaskSnapshot]) -> None:
    progress = after(*readings)
    assert TaskProgress.model_validate_json(progress.model_dump_json()) == progress
    assert progress.moved_at <= progress.observed_at
