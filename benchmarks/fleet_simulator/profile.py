"""What a task is like when nothing befalls it: its source, its speed, its habits."""

from dataclasses import dataclass, field
from math import cos, tau

from benchmarks.fleet_simulator.timeline import DAY, HOUR, is_weekend


@dataclass(frozen=True, slots=True)
class Batch:
    """A window in which the source changes much faster."""

    began: float
    ended: float
    rate: float


@dataclass(frozen=True, slots=True)
class Profile:
    """A task's usual self."""

    rate: float = 0.0
    """Records per second at the source, averaged over a day."""
    capacity: float = 1000.0
    """Records per second that can be applied."""
    daily_swing: float = 0.0
    busiest_hour: float = 14.0
    weekend: float = 1.0
    """The share of the rate that is left on weekends."""
    noise: float = 0.15
    every: float = 0.0
    """Seconds between the moves of a task that moves rarely; `rate` is spread over them."""
    batches: tuple[Batch, ...] = ()
    apply_every: float = 0.0
    """Seconds between the batches in which changes are applied; 0 is continuously."""
    clock_skew: int = 0
    """Seconds by which the source's clock is behind (or, negative, ahead)."""
    skew_reads_none: bool = False
    data_errors: int = 0
    tables: int = 12
    missing: frozenset[str] = field(default_factory=frozenset)
    """Fields that this release does not send."""
    latency_while_loading: bool = False
    loads_records: int = 0
    load_seconds: float = 4 * HOUR
    exists_from: float = 0.0
    exists_until: float = float("inf")
    source_endpoint: str = "source"
    target_endpoint: str = "target"
    slow_start: bool = False

    def usual_rate(self, now: float) -> float:
        """Records per second at a moment, batches and noise left out."""
        rate = self.rate
        if self.daily_swing:
            hour = (now % DAY) / HOUR
            rate *= 1 + self.daily_swing * cos((hour - self.busiest_hour) / 24 * tau)
        if self.weekend != 1.0 and is_weekend(int(now // DAY)):
            rate *= self.weekend
        return rate
