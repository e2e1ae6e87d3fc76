"""Healthy tasks look as ill as they are meant to, and have no truth."""

import itertools
from collections import defaultdict

import pytest

from benchmarks.fleet_simulator.look_alikes import LOOK_ALIKES
from qlik_monitor.domain.task import TaskSnapshot, TaskState
from tests.unit.benchmarks.simulation import a_healthy_task


def latencies(snapshots: tuple[TaskSnapshot, ...]) -> list[int]:
    return [snapshot.total_latency_seconds or 0 for snapshot in snapshots]


def test_there_are_enough_kinds() -> None:
    assert len(LOOK_ALIKES) >= 18


@pytest.mark.parametrize("kind", sorted(LOOK_ALIKES))
def test_a_healthy_task_has_no_truth_and_counts_as_healthy(kind: str) -> None:
    played = a_healthy_task(kind, days=3.0)

    assert played.truths == []
    counted = sum(played.fleet.healthy_seconds.values())
    assert 0 < counted < 1.01 * played.fleet.span.scored
    if kind != "created_or_deleted":
        assert counted > 0.99 * played.fleet.span.scored


def test_a_nightly_batch_passes_ten_minutes_at_about_the_same_hour_and_drains() -> None:
    peaks: dict[int, int] = defaultdict(int)
    hours = set()
    for snapshot in a_healthy_task("nightly_batch").snapshots:
        latency = snapshot.total_latency_seconds or 0
        peaks[snapshot.observed_at.day] = max(peaks[snapshot.observed_at.day], latency)
        if latency > 300:
            hours.add(snapshot.observed_at.hour)

    assert len(peaks) == 9 and min(peaks.values()) > 600
    assert max(peaks.values()) < 1.5 * min(peaks.values())
    assert len(hours) <= 3


def test_a_weekly_batch_was_there_twice_before_scoring_begins() -> None:
    snapshots = a_healthy_task("weekly_batch").snapshots

    days = {s.observed_at.date() for s in snapshots if (s.total_latency_seconds or 0) >= 600}
    assert len(days) == 2
    assert {day.strftime("%A") for day in days} == {"Sunday"}


def test_a_latency_spike_is_read_once_and_moves_on() -> None:
    high = [latency > 600 for latency in latencies(a_healthy_task("latency_spike").snapshots)]

    assert sum(high) >= 5
    assert not any(one and next_one for one, next_one in itertools.pairwise(high))


def test_a_burst_is_above_ten_minutes_for_two_polls_at_most() -> None:
    longest = run = 0
    for seed in range(4):
        for latency in latencies(a_healthy_task("source_burst", seed).snapshots):
            run = run + 1 if latency >= 600 else 0
            longest = max(longest, run)

    assert 1 <= longest <= 3


def test_a_planned_stop_lasts_hours_and_is_caught_up_with() -> None:
    snapshots = a_healthy_task("planned_stop").snapshots

    stopped = sum(snapshot.state is TaskState.STOPPED for snapshot in snapshots)
    assert stopped >= 24
    assert max(latencies(snapshots)) > 3000
    assert latencies(snapshots)[-1] < 60 or snapshots[-1].state is TaskState.STOPPED


def test_a_short_recovery_is_over_within_half_an_hour() -> None:
    run = longest = 0
    for snapshot in a_healthy_task("short_recovery").snapshots:
        run = run + 1 if snapshot.state is TaskState.RECOVERY else 0
        longest = max(longest, run)

    assert 1 <= longest <= 5


def test_an_idle_task_shows_zeros() -> None:
    snapshots = a_healthy_task("idle").snapshots

    assert set(latencies(snapshots)) == {0}
    assert {snapshot.backlog.waiting() for snapshot in snapshots} == {0}
    assert {snapshot.cdc_throughput.target_records for snapshot in snapshots} == {0}
