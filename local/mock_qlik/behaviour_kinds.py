"""What a task of each kind shows while it is ill: one small function a kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from local.mock_qlik.kinds import Kind
from local.mock_qlik.scenario import TaskSpec
from local.mock_qlik.vocabulary import StopReason, TaskState


@dataclass(frozen=True)
class Symptoms:
    """What is the matter during one phase.

    `pace` is how many seconds of the source's changes are applied in a second: 1 keeps up, 0 stands
    still, more drains what is left to do.
    """

    state: TaskState = TaskState.RUNNING
    stop_reason: StopReason = StopReason.NONE
    message: str = ""
    pace: float = 6.0
    side: Literal["source", "target"] = "target"
    one_transaction: bool = False
    full_load: bool = False
    tables_in_error: int = 0
    errors_per_second: float = 0.0


WELL = Symptoms()


def well(_spec: TaskSpec) -> Symptoms:
    """Healthy and idle tasks are never ill."""
    return WELL


def lagging(spec: TaskSpec) -> Symptoms:
    """Applies, but slower than the source changes."""
    return Symptoms(pace=1 - spec.latency_growth, side=spec.side)


def stuck(spec: TaskSpec) -> Symptoms:
    """Says RUNNING and applies nothing."""
    return Symptoms(pace=0, side=spec.side)


def large_transaction(_spec: TaskSpec) -> Symptoms:
    """Works on one transaction, which counts as applied only when it is committed."""
    return Symptoms(pace=0, one_transaction=True)


def aborted(spec: TaskSpec) -> Symptoms:
    """Stopped on a fatal error."""
    return Symptoms(TaskState.ERROR, StopReason.FATAL_ERROR, spec.message, pace=0)


def recovery(spec: TaskSpec) -> Symptoms:
    """Retries by itself."""
    return Symptoms(TaskState.RECOVERY, StopReason.RECOVERABLE_ERROR, spec.message, pace=0)


def stopped(spec: TaskSpec) -> Symptoms:
    """Was stopped by a person, or by the server for want of disk, memory or licence."""
    return Symptoms(TaskState.STOPPED, spec.stop_reason, spec.message, pace=0)


def suspended_table(spec: TaskSpec) -> Symptoms:
    """Runs on without some of its tables."""
    return Symptoms(tables_in_error=spec.tables_in_error)


def data_errors(spec: TaskSpec) -> Symptoms:
    """Runs, and puts rows aside that the target refuses."""
    return Symptoms(errors_per_second=spec.errors_per_minute / 60)


def flapping(spec: TaskSpec) -> Symptoms:
    """Goes down again and again: retries by itself, or waits for somebody."""
    return recovery(spec) if spec.recovers_by_itself else aborted(spec)


SYMPTOMS: Mapping[Kind, Callable[[TaskSpec], Symptoms]] = MappingProxyType(
    {
        Kind.HEALTHY: well,
        Kind.IDLE: well,
        Kind.LAGGING: lagging,
        Kind.STUCK: stuck,
        Kind.LARGE_TRANSACTION: large_transaction,
        Kind.ABORTED: aborted,
        Kind.ABORTED_AGAIN: aborted,
        Kind.CHECKPOINT_CORRUPT: aborted,
        Kind.RECOVERY_ENDS_WELL: recovery,
        Kind.RECOVERY_LASTS: recovery,
        Kind.STOPPED_BY_PERSON: stopped,
        Kind.LOW_DISK: stopped,
        Kind.SUSPENDED_TABLE: suspended_table,
        Kind.DATA_ERRORS: data_errors,
        Kind.LICENCE: stopped,
        Kind.FLAPPING: flapping,
    }
)
