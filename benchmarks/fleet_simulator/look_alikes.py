"""Healthy kinds of tasks, many of which look ill to a simple rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

from benchmarks.fleet_simulator import habits, happenings
from benchmarks.fleet_simulator.happenings import Happenings, ended_for_good
from benchmarks.fleet_simulator.profile import Profile
from benchmarks.fleet_simulator.span import Span
from qlik_monitor.domain.task import StopReason


@dataclass(frozen=True, slots=True)
class LookAlike:
    """What a healthy task is like, and what befalls it."""

    profile: Callable[[Random, Span], Profile]
    happenings: Happenings = happenings.none


AFTER_LOAD = (StopReason.STOPPED_AFTER_FULL_LOAD, StopReason.STOPPED_AFTER_CACHED_EVENTS)

LOOK_ALIKES: Mapping[str, LookAlike] = MappingProxyType(
    {
        "steady": LookAlike(habits.steady),
        "idle": LookAlike(habits.idle),
        "heartbeat_only": LookAlike(habits.heartbeat_only),
        "low_volume": LookAlike(habits.low_volume),
        "daily_cycle": LookAlike(habits.daily_cycle),
        "quiet_weekend": LookAlike(habits.quiet_weekend),
        "nightly_batch": LookAlike(habits.nightly_batch),
        "weekly_batch": LookAlike(habits.weekly_batch),
        "large_transaction": LookAlike(habits.steady, happenings.large_transactions),
        "planned_stop": LookAlike(habits.daily_cycle, happenings.planned_stops),
        "quick_restart": LookAlike(habits.steady, happenings.quick_restarts),
        "slow_start": LookAlike(habits.slow_start, happenings.quick_restarts),
        "short_recovery": LookAlike(habits.steady, happenings.short_recoveries),
        "long_full_load": LookAlike(habits.loading, happenings.full_loads),
        "full_load_finished": LookAlike(
            habits.ended, ended_for_good(StopReason.FULL_LOAD_ONLY_FINISHED)
        ),
        "stopped_after_load": LookAlike(habits.ended, ended_for_good(*AFTER_LOAD)),
        "clock_skew": LookAlike(habits.clock_skew),
        "latency_spike": LookAlike(habits.steady, happenings.spikes),
        "source_burst": LookAlike(habits.source_burst),
        "batch_apply": LookAlike(habits.batch_apply),
        "constant_data_errors": LookAlike(habits.constant_data_errors),
        "missing_fields": LookAlike(habits.missing_fields),
        "created_or_deleted": LookAlike(habits.created_later),
        "unread_once": LookAlike(habits.daily_cycle, happenings.unread_once),
    }
)
"""`missing polls`, late polls and a server that is not monitored befall whole fleets, not tasks."""

ALWAYS_BUSY = (
    *("steady", "daily_cycle", "clock_skew", "batch_apply", "missing_fields"),
    *("constant_data_errors", "latency_spike", "source_burst", "large_transaction"),
)
BATCHED = ("nightly_batch", "weekly_batch")
