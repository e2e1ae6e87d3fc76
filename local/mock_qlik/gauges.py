"""What a task's body says in numbers: one reading, put into rows and latencies."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from local.mock_qlik.behaviour import Reading
from local.mock_qlik.task import SimulatedTask

# A large transaction comes faster than the source's usual changes.
_TRANSACTION_ROWS_PER_SECOND = 400.0


def hours_minutes_seconds(seconds: float) -> str:
    """Write a latency; its hours have no end."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}"


@dataclass(frozen=True)
class Gauges:
    """What the body's numbers are made of: one reading of one task, put into rows."""

    task: SimulatedTask
    seen: Reading
    suspended: Sequence[str]

    @property
    def alive(self) -> bool:
        """Whether the task has a process."""
        return self.seen.symptoms.state.active

    @cached_property
    def busy(self) -> bool:
        """Whether rows arrive at the target just now."""
        symptoms = self.seen.symptoms
        moves = symptoms.pace > 0 or symptoms.one_transaction
        return self.alive and moves and self.task.rows_per_second > 0

    @cached_property
    def jitter(self) -> float:
        """Noise that changes each ten seconds, from 0 to 1."""
        return self.task.noise(str(int(self.seen.at // 10)))

    @cached_property
    def lag(self) -> float:
        """Seconds that the target is behind; none where the source is quiet."""
        return self.seen.lag if self.alive and self.task.rows_per_second else 0.0

    @cached_property
    def source_latency(self) -> float:
        """The part of the lag that arose before the change was captured."""
        if not self.alive or not self.task.rows_per_second:
            return 0.0
        return self.lag if self.seen.symptoms.side == "source" else self.jitter * 2

    @cached_property
    def total_latency(self) -> float:
        """Source latency and the rest."""
        if not self.alive or not self.task.rows_per_second:
            return 0.0
        return max(self.lag, self.source_latency) + self.jitter * 2

    @cached_property
    def applied(self) -> int:
        """Rows applied since the last run."""
        return int(self.seen.applied * self.task.rows_per_second)

    @cached_property
    def waiting(self) -> int:
        """Rows captured and not yet applied: none where capturing is what is slow."""
        if self.seen.symptoms.side == "source" or self.seen.symptoms.one_transaction:
            return 0
        return int(self.lag * self.task.rows_per_second)

    @cached_property
    def in_transaction(self) -> int:
        """Rows of the transaction that is being applied."""
        if not self.seen.symptoms.one_transaction:
            return 0
        return int(
            (self.seen.at - self.seen.since)
            * max(_TRANSACTION_ROWS_PER_SECOND, self.task.rows_per_second)
        )

    @cached_property
    def rate(self) -> int:
        """Rows a second into the target."""
        if not self.busy:
            return 0
        pace = self.seen.symptoms.pace if self.lag or self.seen.symptoms.pace < 1 else 1.0
        if self.seen.symptoms.one_transaction:
            pace = max(1.0, _TRANSACTION_ROWS_PER_SECOND / self.task.rows_per_second)
        return max(1, int(self.task.rows_per_second * pace * (0.9 + self.jitter / 5)))

    @cached_property
    def source_rate(self) -> int:
        """Rows a second out of the source."""
        captures = self.alive and (self.busy or self.seen.symptoms.side == "target")
        return int(self.task.rows_per_second * (0.9 + self.jitter / 5)) if captures else 0

    @cached_property
    def loaded(self) -> float:
        """How much of the full load is done, from 0 to 1."""
        if not self.seen.symptoms.full_load:
            return 1.0
        return min(
            1.0, (self.seen.at - self.seen.since) / max(1.0, self.task.spec.full_load_seconds)
        )
