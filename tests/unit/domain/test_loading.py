from datetime import timedelta
from typing import Any

import pytest

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.task import Counters, FullLoad, StopReason, TaskSnapshot, TaskState
from qlik_monitor.domain.verification import Verdict, Verification, VerificationSettings, verify
from tests.fakes.builders import NOON, a_snapshot, a_stalled, an_aborted, later
from tests.fakes.strategies import quiet

SETTINGS = VerificationSettings(
    settle=timedelta(seconds=60), healthy_readings=3, max_checks=8, lag=timedelta(seconds=600)
)
TABLE = Verification(started_at=NOON, action=Action.RELOAD_TABLE, tables_with_error=2)
TARGET = Verification(started_at=NOON, action=Action.RELOAD_TARGET, tables_with_error=0)
LOADING = FullLoad(
    completed=False,
    tables_completed=2,
    tables_loading=1,
    tables_queued=5,
    tables_with_error=0,
)
LOADED = FullLoad(completed=True, tables_completed=8, tables_with_error=0)


def after(before: Verification, *readings: TaskSnapshot) -> Verification:
    """Verify with these readings, half a minute apart, once the task has settled."""
    seen = before
    for number, reading in enumerate(readings):
        at = later(seconds=60 + 30 * number)
        seen = verify(seen, reading.model_copy(update={"observed_at": at}), SETTINGS)
        if seen.verdict is not Verdict.NOT_YET:
            break
    return seen


def in_error(tables: int | None) -> TaskSnapshot:
    return quiet().model_copy(update={"full_load": FullLoad(tables_with_error=tables)})


def loading(records: int | None, load: FullLoad = LOADING, **changes: Any) -> TaskSnapshot:
    counters = Counters(full_load_records=records, full_load_tables=2)
    return a_snapshot(counters=counters, full_load=load, **changes)


def test_a_table_is_loaded_when_fewer_are_in_error_and_the_task_runs_on() -> None:
    ended = after(TABLE, *[in_error(1)] * 3)
    assert ended.verdict is Verdict.RECOVERED
    assert ended.reason == "3 healthy readings in a row; tables in error: 1, before: 2"


@pytest.mark.parametrize("tables", [2, 3, None], ids=["as many", "more", "unknown"])
def test_a_table_that_is_still_in_error_was_not_loaded(tables: int | None) -> None:
    ended = after(TABLE, *[in_error(tables)] * 9)
    assert ended.verdict is Verdict.FAILED
    assert "in error" in ended.reason


def test_how_many_were_in_error_before_must_be_known() -> None:
    unknown = TABLE.model_copy(update={"tables_with_error": None})
    assert after(unknown, *[in_error(0)] * 9).verdict is Verdict.FAILED


def test_a_task_that_stands_still_after_its_table_s_reload_was_not_helped() -> None:
    stalled = a_stalled(full_load=FullLoad(tables_with_error=0))
    assert after(TABLE, *[stalled] * 9).verdict is Verdict.FAILED


def test_a_target_is_loaded_when_its_full_load_is_complete() -> None:
    done = quiet().model_copy(update={"full_load": LOADED})
    ended = after(TARGET, *[done] * 3)
    assert ended.verdict is Verdict.RECOVERED
    assert ended.reason.endswith("; the full load is complete")


def test_a_load_of_hours_counts_once_it_visibly_goes_on_and_the_reason_says_so() -> None:
    readings = [loading(1000 * number) for number in range(4)]
    assert after(TARGET, *readings[:3]).verdict is Verdict.NOT_YET
    ended = after(TARGET, *readings)
    assert ended.verdict is Verdict.RECOVERED
    assert ended.reason.endswith("; the full load goes on: tables 2 loaded, 1 loading, 5 waiting")


def test_a_load_that_stands_still_between_two_readings_starts_the_count_anew() -> None:
    readings = [loading(records) for records in (0, 10, 20, 20, 30, 40)]
    assert after(TARGET, *readings).healthy_readings == 2


@pytest.mark.parametrize(
    "reading",
    [
        loading(7),
        loading(None),
        loading(7, FullLoad(completed=None, tables_with_error=0)),
        loading(7, FullLoad(completed=False)),
        loading(7, FullLoad(completed=True)),
        loading(7, LOADED.model_copy(update={"tables_with_error": 1})),
        loading(7, LOADED, details_read=False),
        loading(7, LOADED, memory_mb=0),
        loading(7, LOADED, state=TaskState.RECOVERY),
    ],
    ids=[
        "stands still",
        "records unknown",
        "completion unknown",
        "errors unknown",
        "complete with errors unknown",
        "a table failed",
        "no details",
        "no process",
        "in recovery",
    ],
)
def test_a_load_that_is_not_known_to_go_well_fails_in_the_end(reading: TaskSnapshot) -> None:
    ended = after(TARGET, *[reading] * 9)
    assert (ended.verdict, ended.checks) == (Verdict.FAILED, 8)


def test_a_task_that_stopped_again_was_not_helped() -> None:
    for before in (TABLE, TARGET):
        assert after(before, an_aborted()).verdict is Verdict.FAILED


@pytest.mark.parametrize(
    ("load", "verdict"),
    [
        (LOADED, Verdict.RECOVERED),
        (LOADED.model_copy(update={"tables_with_error": 1}), Verdict.NOT_YET),
        (FullLoad(), Verdict.NOT_YET),
    ],
    ids=["all tables", "one failed", "unknown"],
)
def test_a_task_that_ends_with_its_full_load_must_have_loaded_every_table(
    load: FullLoad, verdict: Verdict
) -> None:
    finished = a_snapshot(
        state=TaskState.STOPPED, stop_reason=StopReason.FULL_LOAD_ONLY_FINISHED, full_load=load
    )
    assert after(TARGET, finished).verdict is verdict


def test_a_recovery_from_the_checkpoint_is_verified_as_a_resume_is() -> None:
    recovered = Verification(started_at=NOON, action=Action.RESUME_FROM_CHECKPOINT)
    assert after(recovered, *[quiet()] * 3).verdict is Verdict.RECOVERED
    assert after(recovered, *[a_stalled()] * 9).verdict is Verdict.FAILED


def test_a_verification_that_began_before_an_update_is_read_on() -> None:
    stored = {"started_at": NOON.isoformat(), "checks": 2, "verdict": "not_yet"}
    assert Verification.model_validate(stored).action is Action.RESUME
