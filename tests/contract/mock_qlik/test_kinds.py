"""How each kind of task behaves while time goes by; the clock is moved, nobody sleeps."""

from itertools import pairwise
from typing import Any

import pytest

from tests.contract.mock_qlik.conftest import Start
from tests.contract.mock_qlik.vendor_client import (
    VendorClient,
    applied,
    backlog,
    seconds,
    target_rate,
    total_latency,
)

STEP = 120  # seconds, within a session's life


def watched(client: VendorClient, readings: int) -> list[Any]:
    """Read task T now and after each step."""
    seen = [client.details("T")]
    for _ in range(readings - 1):
        client.qlik.control.advance(STEP)
        seen.append(client.details("T"))
    return seen


def a_task(start: Start, kind: str, **parameters: Any) -> VendorClient:
    return start({"name": "T", "kind": kind} | parameters, stale_seconds=0)


def restarted(client: VendorClient) -> None:
    """Stop and resume task T."""
    assert client.stop("T").status == 200
    assert client.run("T").status == 200


def states(readings: list[Any]) -> list[tuple[str, str]]:
    return [(one["state"], one["task_stop_reason"]) for one in readings]


def rises(values: list[int]) -> bool:
    return all(one < other for one, other in pairwise(values))


def test_a_healthy_task_moves_and_keeps_up(start: Start) -> None:
    seen = watched(a_task(start, "healthy"), 4)

    assert set(states(seen)) == {("RUNNING", "NONE")}
    assert rises([applied(one) for one in seen])
    assert all(total_latency(one) < 10 and backlog(one) == 0 for one in seen)
    assert all(target_rate(one) > 0 and one["memory_mb"] > 0 for one in seen)


def test_an_idle_task_has_neither_throughput_nor_latency_nor_backlog(start: Start) -> None:
    seen = watched(a_task(start, "idle"), 4)

    assert set(states(seen)) == {("RUNNING", "NONE")}
    assert {(total_latency(one), backlog(one), target_rate(one)) for one in seen} == {(0, 0, 0)}
    assert len({applied(one) for one in seen}) == 1


def test_a_lagging_task_applies_while_its_latency_grows(start: Start) -> None:
    seen = watched(a_task(start, "lagging", latency_growth=0.5), 4)

    latencies = [total_latency(one) for one in seen]
    assert latencies == pytest.approx([0, 60, 120, 180], abs=5)
    assert rises([applied(one) for one in seen])
    assert rises([backlog(one) for one in seen])
    assert all(target_rate(one) > 0 for one in seen)


def test_a_lag_that_ends_drains(start: Start) -> None:
    client = a_task(start, "lagging", onset_seconds=-600, lasts_seconds=600)
    rate_while_draining = target_rate(client.details("T"))

    latencies = [total_latency(one) for one in watched(client, 3)]

    assert latencies == pytest.approx([300, 0, 0], abs=5)
    assert rate_while_draining > target_rate(client.details("T"))


def test_a_lag_of_the_source_shows_in_the_source_latency_without_backlog(start: Start) -> None:
    details = a_task(start, "lagging", side="source", onset_seconds=-600).details("T")

    assert seconds(details["cdc_latency"]["source_latency"]) == 300
    assert backlog(details) == 0


def test_a_stuck_task_says_running_and_applies_nothing(start: Start) -> None:
    seen = watched(a_task(start, "stuck", onset_seconds=-60), 4)

    assert set(states(seen)) == {("RUNNING", "NONE")}
    assert [total_latency(one) for one in seen] == pytest.approx([60, 180, 300, 420], abs=5)
    assert len({applied(one) for one in seen}) == 1
    assert all(backlog(one) > 0 and target_rate(one) == 0 for one in seen)
    assert all(one["cpu_percentage"] == 0 and one["memory_mb"] > 0 for one in seen)


def test_a_stuck_task_is_cured_by_stop_and_resume(start: Start) -> None:
    client = a_task(start, "stuck", onset_seconds=-600)

    restarted(client)
    seen = watched(client, 3)

    assert rises([applied(one) for one in seen])
    assert total_latency(seen[-1]) < 10


def test_a_stuck_task_may_need_more_than_one_restart(start: Start) -> None:
    client = a_task(start, "stuck", cured_after_resumes=2)

    moved = []
    for _ in range(2):
        restarted(client)
        one, other = watched(client, 2)
        moved.append(applied(one) < applied(other))

    assert moved == [False, True]


def test_one_large_transaction_rises_and_then_drops(start: Start) -> None:
    seen = watched(a_task(start, "large_transaction", lasts_seconds=400), 5)

    latencies = [total_latency(one) for one in seen]
    in_progress = [
        one["cdc_transactions_counters"]["applied_records_in_progress_count"] for one in seen
    ]
    assert rises(latencies[:4])
    assert latencies[4] < 10
    assert rises(in_progress[:4])
    assert in_progress[4] == 0
    assert len({applied(one) for one in seen[:4]}) == 1
    assert applied(seen[4]) > applied(seen[3])
    assert all(target_rate(one) > 0 for one in seen)


def test_an_aborted_task_is_cured_by_a_resume(start: Start) -> None:
    client = a_task(start, "aborted", onset_seconds=60, message="Connection lost")
    seen = watched(client, 2)

    client.run("T")

    assert states(seen) == [("RUNNING", "NONE"), ("ERROR", "FATAL_ERROR")]
    assert (seen[1]["message"], seen[1]["memory_mb"]) == ("Connection lost", 0)
    assert set(states(watched(client, 4))) == {("RUNNING", "NONE")}
    assert client.details("T")["message"] == ""


def test_an_aborted_task_may_need_more_than_one_resume(start: Start) -> None:
    client = a_task(start, "aborted", cured_after_resumes=3)

    after_each = []
    for _ in range(3):
        client.run("T")
        after_each.append([state for state, _ in states(watched(client, 2))])

    assert after_each == [["RUNNING", "ERROR"], ["RUNNING", "ERROR"], ["RUNNING", "RUNNING"]]


def test_another_task_aborts_again_after_each_resume(start: Start) -> None:
    client = a_task(start, "aborted_again", fails_again_after_seconds=45)

    for _ in range(4):
        client.run("T")
        assert states(watched(client, 2)) == [("RUNNING", "NONE"), ("ERROR", "FATAL_ERROR")]


def test_a_reload_cures_what_a_resume_does_not(start: Start) -> None:
    client = a_task(start, "aborted_again")

    client.run("T", "RELOAD_TARGET")

    assert set(states(watched(client, 4))) == {("RUNNING", "NONE")}


def test_a_reload_of_the_target_loads_everything_and_is_healthy_afterwards(start: Start) -> None:
    client = a_task(start, "aborted_again", tables=4)

    assert client.run("T", "RELOAD_TARGET").json()["state"] == "RUNNING"
    during, *after = watched(client, 5)

    assert during["full_load_completed"] is False
    for one in after:
        assert (one["full_load_completed"], one["message"]) == (True, "")
        assert one["full_load_counters"]["tables_completed_count"] == 4
        assert total_latency(one) < 10
    assert rises([applied(one) for one in after])


def test_a_corrupt_checkpoint_is_cured_by_a_recovery_from_it_and_by_no_plain_resume(
    start: Start,
) -> None:
    client = a_task(start, "checkpoint_corrupt")

    for _ in range(3):
        client.run("T")
        assert states(watched(client, 2)) == [("RUNNING", "NONE"), ("ERROR", "FATAL_ERROR")]
    assert "checkpoint" in client.details("T")["message"]
    client.run("T", "RECOVER_USING_LOCALLY_STORED_CHECKPOINT")

    seen = watched(client, 4)
    assert set(states(seen)) == {("RUNNING", "NONE")}
    assert {one["full_load_completed"] for one in seen} == {True}
    assert rises([applied(one) for one in seen])
    restarted(client)
    assert set(states(watched(client, 3))) == {("RUNNING", "NONE")}


def test_a_reload_cures_a_corrupt_checkpoint_too(start: Start) -> None:
    client = a_task(start, "checkpoint_corrupt")

    client.run("T", "RELOAD_TARGET")

    assert set(states(watched(client, 4))) == {("RUNNING", "NONE")}


def test_a_recovery_from_the_checkpoint_cures_nothing_else(start: Start) -> None:
    client = a_task(start, "aborted_again")

    client.run("T", "RECOVER_USING_LOCALLY_STORED_CHECKPOINT")

    assert states(watched(client, 2)) == [("RUNNING", "NONE"), ("ERROR", "FATAL_ERROR")]


def test_a_recovery_that_ends_well_drains_what_piled_up(start: Start) -> None:
    seen = watched(a_task(start, "recovery_ends_well", lasts_seconds=200), 5)

    assert states(seen) == 2 * [("RECOVERY", "RECOVERABLE_ERROR")] + 3 * [("RUNNING", "NONE")]
    assert all(one["memory_mb"] > 0 for one in seen)
    latencies = [total_latency(one) for one in seen]
    assert latencies[1] > 100
    assert latencies[-1] < 10


def test_a_recovery_that_lasts_is_not_cured_by_a_restart(start: Start) -> None:
    client = a_task(start, "recovery_lasts")
    before = watched(client, 4)

    restarted(client)

    assert set(states(before + watched(client, 2))) == {("RECOVERY", "RECOVERABLE_ERROR")}


def test_what_a_person_stopped_stays_stopped_until_it_is_run(start: Start) -> None:
    client = a_task(start, "stopped_by_person")
    seen = watched(client, 4)

    client.run("T")

    assert set(states(seen)) == {("STOPPED", "NORMAL")}
    assert set(states(watched(client, 2))) == {("RUNNING", "NONE")}


def test_low_disk_stops_a_task_and_lets_it_go_by_itself(start: Start) -> None:
    seen = watched(a_task(start, "low_disk", lasts_seconds=200), 3)

    assert states(seen) == 2 * [("STOPPED", "STOPPED_LOW_DISK_SPACE")] + [("RUNNING", "NONE")]


def test_running_a_task_while_the_disk_is_full_stops_it_again(start: Start) -> None:
    client = a_task(start, "low_disk")

    client.run("T")

    assert states(watched(client, 2)) == [
        ("RUNNING", "NONE"),
        ("STOPPED", "STOPPED_LOW_DISK_SPACE"),
    ]


def test_a_suspended_table_leaves_the_task_running(start: Start) -> None:
    details = a_task(start, "suspended_table", tables_in_error=2).details("T")

    assert details["state"] == "RUNNING"
    assert details["full_load_counters"]["tables_with_error_count"] == 2
    assert target_rate(details) > 0


def test_data_errors_rise_and_no_restart_mends_them(start: Start) -> None:
    client = a_task(start, "data_errors", errors_per_minute=6)
    before = watched(client, 3)

    restarted(client)
    counts = [one["data_error_count"] for one in before + watched(client, 2)]

    assert counts == [0, 12, 24, 24, 36]
    assert set(states(before)) == {("RUNNING", "NONE")}


def test_a_licence_limit_stops_a_task(start: Start) -> None:
    seen = watched(a_task(start, "licence"), 3)

    assert set(states(seen)) == {("STOPPED", "EXPRESS_LICENSE_LIMITS_REACHED")}


def test_a_flapping_task_goes_down_and_comes_back_by_itself(start: Start) -> None:
    client = a_task(start, "flapping", fails_again_after_seconds=120, down_seconds=120)

    assert [state for state, _ in states(watched(client, 6))] == 3 * ["RECOVERY", "RUNNING"]


def test_a_flapping_task_may_wait_for_a_resume_each_time(start: Start) -> None:
    client = a_task(start, "flapping", fails_again_after_seconds=60, recovers_by_itself=False)

    for _ in range(3):
        assert client.details("T")["state"] == "ERROR"
        client.run("T")
        assert [state for state, _ in states(watched(client, 2))] == ["RUNNING", "ERROR"]


ILL_KINDS = [
    "lagging",
    "stuck",
    "large_transaction",
    "aborted",
    "aborted_again",
    "checkpoint_corrupt",
    "recovery_ends_well",
    "recovery_lasts",
    "stopped_by_person",
    "low_disk",
    "suspended_table",
    "data_errors",
    "licence",
    "flapping",
]


@pytest.mark.parametrize("kind", ILL_KINDS)
def test_no_illness_shows_before_its_onset(start: Start, kind: str) -> None:
    details = a_task(start, kind, onset_seconds=1).details("T")

    assert (details["state"], details["task_stop_reason"]) == ("RUNNING", "NONE")
    assert total_latency(details) < 10
    assert details["data_error_count"] == 0
    assert details["full_load_counters"]["tables_with_error_count"] == 0


@pytest.mark.parametrize("kind", ["healthy", "idle", *ILL_KINDS])
def test_the_same_seed_gives_the_same_readings(start: Start, kind: str) -> None:
    one, other = (a_task(start, kind) for _ in range(2))

    dates = ("full_load_start", "full_load_end")
    for left, right in zip(watched(one, 3), watched(other, 3), strict=True):
        assert left | dict.fromkeys(dates) == right | dict.fromkeys(dates)
