"""Illnesses of single tasks: how each goes, when it counts, and whom it can befall."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from benchmarks.fleet_simulator import courses, messages
from benchmarks.fleet_simulator.courses import MakesCourse, constant, down, falling_behind
from benchmarks.fleet_simulator.look_alikes import ALWAYS_BUSY, BATCHED, LOOK_ALIKES
from benchmarks.fleet_simulator.symptoms import Symptoms
from benchmarks.fleet_simulator.truth import (
    RECOVERY,
    STUCK,
    Due,
    Patient,
    after_polls,
    at_once,
    when_beyond_usual,
    when_lagging,
    when_lagging_again,
)
from qlik_monitor.domain.task import StopReason, TaskState

ERROR, STOPPED = TaskState.ERROR, TaskState.STOPPED
FATAL, RECOVERABLE = StopReason.FATAL_ERROR, StopReason.RECOVERABLE_ERROR
FLOWING = ALWAYS_BUSY + BATCHED
ANYONE = tuple(sorted(LOOK_ALIKES.keys() - {"full_load_finished", "stopped_after_load"}))
ANYONE = tuple(kind for kind in ANYONE if kind != "created_or_deleted")
EVEN = ("steady", "clock_skew", "batch_apply", "missing_fields", "constant_data_errors")


@dataclass(frozen=True, slots=True)
class Illness:
    """One kind of illness of a task."""

    course: MakesCourse
    due: Due
    befalls: tuple[str, ...] = FLOWING
    avoids_batches: bool = False
    """Whether its truth could not be told from a batch's lag."""
    with_batch: bool = False


def gave_up(patient: Patient, now: float) -> float | None:
    """From when a task that retried by itself is in error."""
    return now if patient.models[0].symptoms.state is ERROR else None


LAG = when_lagging

ILLNESSES: Mapping[str, Illness] = MappingProxyType(
    {
        "aborted_connection": Illness(
            down(ERROR, FATAL, messages.CONNECTION, 40, 240), at_once, ANYONE
        ),
        "log_position_lost": Illness(
            down(ERROR, FATAL, messages.LOG_POSITION_LOST, 40, 240), at_once, ANYONE
        ),
        "authentication": Illness(
            down(ERROR, FATAL, messages.AUTHENTICATION, 40, 240), at_once, ANYONE
        ),
        "stopped_recoverable": Illness(
            down(STOPPED, RECOVERABLE, messages.CONNECTION, 40, 240), at_once, ANYONE
        ),
        "error_without_reason": Illness(
            down(ERROR, StopReason.NONE, messages.ODD, 40, 240), at_once, ANYONE
        ),
        "stopped_after_ddl": Illness(
            down(STOPPED, StopReason.STOPPED_AFTER_DDL_APPLY, messages.DDL, 60, 300),
            at_once,
            ANYONE,
        ),
        "recovery_lasting": Illness(
            down(TaskState.RECOVERY, RECOVERABLE, messages.RECOVERABLE, 70, 180), RECOVERY, ANYONE
        ),
        "recovery_then_error": Illness(courses.recovery_then_error, gave_up, ANYONE),
        "flapping": Illness(courses.flapping, at_once),
        "stuck_apply": Illness(constant(Symptoms(apply=0.0), 60, 180), STUCK),
        "stuck_source": Illness(constant(Symptoms(capture=0.0), 60, 180), STUCK),
        "stuck_full_load": Illness(courses.stuck_full_load, STUCK, ("long_full_load",)),
        "stuck_transaction": Illness(courses.stuck_transaction, STUCK),
        "slow_drift": Illness(falling_behind(0.86, 0.94), LAG, FLOWING, avoids_batches=True),
        "falling_behind": Illness(falling_behind(0.2, 0.6), LAG, FLOWING, avoids_batches=True),
        "one_by_one": Illness(courses.one_by_one, LAG, EVEN, avoids_batches=True),
        "throttled_target": Illness(falling_behind(0.03, 0.09), LAG, FLOWING, avoids_batches=True),
        "sawtooth_lag": Illness(courses.sawtooth, when_lagging_again, FLOWING, avoids_batches=True),
        "lag_at_odd_hour": Illness(
            falling_behind(0.1, 0.5), LAG, ("nightly_batch",), avoids_batches=True
        ),
        "batch_overrun": Illness(
            courses.batch_overrun, when_beyond_usual, ("nightly_batch",), with_batch=True
        ),
        "tables_suspended": Illness(courses.tables_suspended, at_once),
        "data_errors_rising": Illness(courses.data_errors, at_once),
        "process_gone": Illness(constant(Symptoms(process_gone=True), 60, 180), after_polls(2)),
        "unreadable_health": Illness(courses.unreadable, after_polls(2)),
        "details_unread": Illness(
            constant(Symptoms(details_unread=True), 60, 180), after_polls(3), ANYONE
        ),
        "idle_looking": Illness(constant(Symptoms(looks_idle=True), 80, 240), STUCK, EVEN),
    }
)
