from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.history import (
    WORST_FIRST,
    Bucket,
    HistoryPoint,
    bucket_width,
    gaps,
    point_of,
    steps,
    trend,
)
from qlik_monitor.domain.task import (
    Backlog,
    Counters,
    FullLoad,
    StopReason,
    TaskSnapshot,
    TaskState,
    Throughput,
)
from tests.fakes.builders import NOON, TASK, a_snapshot, later
from tests.fakes.history import a_point
from tests.fakes.strategies import snapshots

HOUR = timedelta(hours=1)


def buckets(*points: HistoryPoint, width: timedelta = HOUR) -> tuple[Bucket, ...]:
    return trend(points, NOON, width)


def test_a_point_keeps_the_few_numbers_that_make_a_trend() -> None:
    snapshot = a_snapshot(
        observed_at=NOON + timedelta(seconds=3, microseconds=7),
        state=TaskState.STOPPED,
        stop_reason=StopReason.NORMAL,
        counters=Counters(
            applied_inserts=1, applied_updates=20, applied_deletes=300, applied_ddls=4000
        ),
        backlog=Backlog(accumulated_in_memory=5, applying_on_disk=6),
        full_load=FullLoad(tables_with_error=2),
        cpu_percentage=9,
        data_error_count=8,
    )
    assert point_of(snapshot) == HistoryPoint(
        at=NOON + timedelta(seconds=3),
        state=TaskState.STOPPED,
        stop_reason=StopReason.NORMAL,
        source_latency_seconds=1,
        total_latency_seconds=2,
        waiting=11,
        applied=4321,
        target_records_per_second=50,
        memory_mb=200,
        cpu_percentage=9,
        data_error_count=8,
        tables_with_error=2,
    )


def test_what_qlik_did_not_send_stays_unknown() -> None:
    point = point_of(TaskSnapshot(id=TASK, observed_at=NOON, state=TaskState.UNKNOWN))
    assert point == HistoryPoint(at=NOON, state=TaskState.UNKNOWN)
    assert point.applied is None
    assert point.waiting is None


@given(snapshots())
def test_a_number_is_known_in_a_point_only_if_the_reading_knew_it(snapshot: TaskSnapshot) -> None:
    point = point_of(snapshot)
    counters = snapshot.counters
    assert (point.total_latency_seconds is None) == (snapshot.total_latency_seconds is None)
    assert point.waiting == snapshot.backlog.waiting()
    assert (point.applied is None) == (
        counters.applied_inserts is None and counters.applied_records is None
    )


def test_where_kinds_of_events_are_not_counted_records_are() -> None:
    assert point_of(a_snapshot(counters=Counters(applied_records=7))).applied == 7
    zero = a_snapshot(counters=Counters(applied_inserts=0, applied_records=7))
    assert point_of(zero).applied == 0


def test_throughput_of_the_full_load_is_not_that_of_changes() -> None:
    loading = a_snapshot(
        cdc_throughput=Throughput(), full_load_throughput=Throughput(target_records=9)
    )
    assert point_of(loading).target_records_per_second is None


def test_a_bucket_tells_the_spread_of_the_latency_and_the_worst_state() -> None:
    [bucket] = buckets(
        a_point(0, total_latency_seconds=9),
        a_point(5, total_latency_seconds=1, state=TaskState.RECOVERY),
        a_point(10, total_latency_seconds=None, state=TaskState.ERROR),
        a_point(15, total_latency_seconds=4),
    )
    assert (bucket.begins, bucket.count) == (NOON, 4)
    assert (bucket.latency_min, bucket.latency_median, bucket.latency_max) == (1, 4, 9)
    assert bucket.worst_state is TaskState.ERROR
    assert bucket.not_running == 2


def test_every_state_has_its_place_among_the_worse_and_better() -> None:
    assert set(WORST_FIRST) == set(TaskState)


def test_what_was_applied_is_counted_where_it_was_seen() -> None:
    first, second = buckets(
        a_point(0, applied=100), a_point(30, applied=400), a_point(60, applied=1300)
    )
    assert (first.applied, second.applied) == (300, 900)
    assert (first.applied_per_second, second.applied_per_second) == (300 / 1800, 900 / 1800)


def test_a_fall_of_the_total_is_a_restart_and_no_negative_amount() -> None:
    [bucket] = buckets(
        a_point(0, applied=1000),
        a_point(5, applied=1300),
        a_point(10, applied=20),
        a_point(15, applied=80),
    )
    assert (bucket.applied, bucket.restarts) == (360, 1)
    assert bucket.applied_per_second == 360 / 600


def test_a_restart_alone_leaves_the_amount_unknown() -> None:
    [bucket] = buckets(a_point(0, applied=1000), a_point(5, applied=20))
    assert (bucket.applied, bucket.applied_per_second, bucket.restarts) == (None, None, 1)


def test_an_unknown_total_leaves_the_amounts_beside_it_unknown() -> None:
    [bucket] = buckets(
        a_point(0, applied=10),
        a_point(5, applied=None),
        a_point(10, applied=90),
        a_point(15, applied=91),
    )
    assert (bucket.applied, bucket.restarts) == (1, 0)


def test_across_a_gap_nothing_is_counted_for_a_restart_may_hide_in_it() -> None:
    points = [a_point(minutes, applied=minutes) for minutes in (0, 5, 10, 15, 200, 205)]
    assert gaps(points) == [(later(minutes=15), later(minutes=200))]
    assert [bucket.applied for bucket in buckets(*points)] == [15, None, None, 5]


def test_stretches_without_readings_are_empty_buckets() -> None:
    made = buckets(a_point(0), a_point(5), a_point(125))
    assert [bucket.count for bucket in made] == [2, 0, 1]
    assert made[1] == Bucket(begins=NOON + HOUR)
    assert made[1].worst_state is None


def test_a_bucket_of_unknown_numbers_knows_none() -> None:
    [bucket] = buckets(HistoryPoint(at=NOON, state=TaskState.RUNNING))
    assert bucket == Bucket(begins=NOON, count=1, worst_state=TaskState.RUNNING)


def test_readings_before_the_first_bucket_are_left_out_but_not_forgotten() -> None:
    [bucket] = buckets(a_point(-5, applied=10), a_point(0, applied=40))
    assert (bucket.count, bucket.applied) == (1, 30)


def test_a_short_series_is_shown_reading_by_reading() -> None:
    made = steps([a_point(m, applied=m) for m in (0, 5, 10, 15, 200, 205)])
    assert [bucket.begins for bucket in made][-2:] == [later(minutes=200), later(minutes=205)]
    assert [bucket.applied for bucket in made] == [None, 5, 5, 5, None, 5]
    assert {bucket.count for bucket in made} == {1}
    assert steps([]) == ()


def test_no_readings_make_no_trend() -> None:
    assert buckets() == ()
    assert gaps([]) == gaps([a_point()]) == []


@pytest.mark.parametrize(
    ("hours", "minutes", "width"),
    [
        (0.1, 1, timedelta(minutes=2)),
        (1, 5, timedelta(minutes=10)),
        (24, 5, HOUR),
        (14 * 24, 5, timedelta(hours=12)),
        (35 * 24, 60, timedelta(days=2)),
        (10, 300, timedelta(hours=12)),
        (24 * 4000, 24 * 60 * 40, timedelta(days=28)),
    ],
)
def test_buckets_have_widths_that_people_think_in_and_room_for_two_readings(
    hours: float, minutes: int, width: timedelta
) -> None:
    points = [a_point(number) for number in range(0, int(hours * 60) + 1, minutes)]
    assert bucket_width(points, at_most=30) == width


totals = st.lists(st.none() | st.integers(0, 1000), min_size=1, max_size=40)


@given(totals, st.integers(1, 90))
def test_amounts_are_never_negative_and_every_reading_is_counted_once(
    series: list[int | None], minutes: int
) -> None:
    points = [a_point(5 * number, applied=total) for number, total in enumerate(series)]
    made = trend(points, NOON, timedelta(minutes=minutes))
    assert sum(bucket.count for bucket in made) == len(points)
    assert all(bucket.applied is None or bucket.applied >= 0 for bucket in made)
    rises = [
        later - earlier
        for earlier, later in pairwise(series)
        if earlier is not None and later is not None and later > earlier
    ]
    assert sum(bucket.applied or 0 for bucket in made) == sum(rises)
