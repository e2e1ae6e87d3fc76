"""Every illness is really to be seen in the snapshots, and has a truth that fits."""

from collections.abc import Callable, Mapping

import pytest

from benchmarks.fleet_simulator.groups import GROUP_KINDS
from benchmarks.fleet_simulator.illnesses import ILLNESSES
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.task import StopReason, TaskSnapshot, TaskState
from tests.unit.benchmarks.simulation import an_ill_task

type Shows = Callable[[TaskSnapshot], bool]


def is_down(error_class: ErrorClass) -> Shows:
    return lambda s: (
        s.state is TaskState.ERROR
        and s.stop_reason is StopReason.FATAL_ERROR
        and s.error_class is error_class
    )


def lags(snapshot: TaskSnapshot) -> bool:
    latency = snapshot.total_latency_seconds or 0
    return snapshot.state is TaskState.RUNNING and latency >= 590 and moves(snapshot)


def moves(snapshot: TaskSnapshot) -> bool:
    return bool(snapshot.cdc_throughput.target_records)


def is_frozen(snapshot: TaskSnapshot) -> bool:
    return snapshot.state is TaskState.RUNNING and not moves(snapshot)


SHOWS: Mapping[str, Shows] = {
    "aborted_connection": is_down(ErrorClass.CONNECTION),
    "log_position_lost": is_down(ErrorClass.LOG_POSITION_LOST),
    "authentication": is_down(ErrorClass.AUTHENTICATION),
    "stopped_recoverable": lambda s: (
        (s.state, s.stop_reason) == (TaskState.STOPPED, StopReason.RECOVERABLE_ERROR)
    ),
    "error_without_reason": lambda s: (
        (s.state, s.stop_reason) == (TaskState.ERROR, StopReason.NONE)
    ),
    "stopped_after_ddl": lambda s: s.stop_reason is StopReason.STOPPED_AFTER_DDL_APPLY,
    "recovery_lasting": lambda s: s.state is TaskState.RECOVERY,
    "recovery_then_error": is_down(ErrorClass.CONNECTION),
    "flapping": is_down(ErrorClass.CONNECTION),
    "stuck_apply": lambda s: is_frozen(s) and bool(s.backlog.waiting()),
    "stuck_source": lambda s: is_frozen(s) and (s.source_latency_seconds or 0) >= 1700,
    "stuck_full_load": lambda s: is_frozen(s) and bool(s.full_load.tables_loading),
    "stuck_transaction": lambda s: is_frozen(s) and bool(s.backlog.records_in_progress),
    "slow_drift": lags,
    "falling_behind": lags,
    "one_by_one": lambda s: lags(s) and (s.cdc_throughput.target_records or 0) < 20,
    "throttled_target": lags,
    "sawtooth_lag": lags,
    "lag_at_odd_hour": lags,
    "batch_overrun": lags,
    "tables_suspended": lambda s: moves(s) and bool(s.full_load.tables_with_error),
    "data_errors_rising": lambda s: moves(s) and bool(s.data_error_count),
    "process_gone": lambda s: s.state is TaskState.RUNNING and s.memory_mb == 0,
    "unreadable_health": lambda s: bool(s.unknown_fields),
    "details_unread": lambda s: not s.details_read,
    "idle_looking": lambda s: is_frozen(s) and bool(s.cdc_throughput.source_records),
}


def test_every_illness_is_looked_at_here_and_there_are_enough_of_them() -> None:
    assert SHOWS.keys() == ILLNESSES.keys()
    assert len(ILLNESSES.keys() | set(GROUP_KINDS)) >= 24


@pytest.mark.parametrize("kind", sorted(ILLNESSES))
def test_an_illness_shows_from_when_it_is_due_until_it_ends(kind: str) -> None:
    played = an_ill_task(kind)

    (truth,) = played.truths
    assert truth.kind == kind and truth.task == "ORDERS"
    assert truth.due is not None
    assert truth.began <= truth.due < truth.ended
    sick = played.between(truth.due, truth.ended)
    assert len(sick) >= 6, "it lasts comfortably longer than its threshold"
    shown = [snapshot for snapshot in sick if SHOWS[kind](snapshot)]
    assert len(shown) >= min(6, len(sick) // 3)


@pytest.mark.parametrize("kind", sorted(ILLNESSES.keys() - {"data_errors_rising"}))
def test_before_it_begins_nothing_of_an_illness_shows(kind: str) -> None:
    played = an_ill_task(kind, seed=2)

    (truth,) = played.truths
    before = played.between(truth.began - 3 * 3600, truth.began - 1)
    grows_first = kind in ("stuck_full_load", "stuck_transaction")
    assert grows_first or not any(SHOWS[kind](snapshot) for snapshot in before)
