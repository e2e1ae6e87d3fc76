"""Samples: what a task's memory keeps of each reading, and the window they make together."""

from datetime import datetime, timedelta
from typing import NamedTuple

from qlik_monitor.domain.task import TaskSnapshot

SPACING = timedelta(seconds=150)
"""Kept samples lie at least so far apart, so that a window spans as long at any interval."""
LONGEST = 24
"""Samples in a window: an hour at a poll a minute, two at one every five minutes."""

IDLE_LATENCY_SECONDS = 60
"""A quiet source may show some seconds of latency and is still idle."""


class Sample(NamedTuple):
    """One reading of a running task, as plain numbers; None is unknown."""

    at: int
    """Seconds since 1970."""
    latency: int | None = None
    """Total latency in seconds."""
    source: int | None = None
    """Source latency in seconds."""
    waiting: int | None = None
    """Changes that wait in Replicate, in records."""
    in_progress: int | None = None
    """Records of transactions that are being applied."""
    rate: int | None = None
    """Records a second into the target."""
    moved: int | None = None
    """1 if a total grew since the sample before, 0 if none did, None if none can be compared."""
    loading: int | None = None
    """Tables of the full load that are being loaded."""
    source_rate: int | None = None
    """Records a second out of the source."""


Row = tuple[int | None, ...]
"""A sample as it is stored."""
Window = tuple[Sample, ...]
"""Samples since the last restart, change of state or start of the memory, oldest first."""


def seconds_of(moment: datetime) -> int:
    """Return a moment as whole seconds since 1970."""
    return int(moment.timestamp())


def sample_of(snapshot: TaskSnapshot, moved: bool | None) -> Sample:
    """Take what a window keeps of a reading."""
    return Sample(
        at=seconds_of(snapshot.observed_at),
        latency=snapshot.total_latency_seconds,
        source=snapshot.source_latency_seconds,
        waiting=snapshot.backlog.waiting(),
        in_progress=snapshot.backlog.records_in_progress,
        rate=snapshot.cdc_throughput.target_records,
        moved=None if moved is None else int(moved),
        loading=snapshot.full_load.tables_loading,
        source_rate=snapshot.cdc_throughput.source_records,
    )


def extended(rows: tuple[Row, ...], newest: Sample) -> tuple[Row, ...]:
    """Add a reading; the one before it goes if it lies too close to its own predecessor."""
    if len(rows) >= 2:
        (before, last) = Sample(*rows[-2]), Sample(*rows[-1])  # type: ignore[arg-type]
        if last.at - before.at < SPACING.total_seconds():
            # What moved within the gap has moved, whichever reading saw it.
            either = max((m for m in (last.moved, newest.moved) if m is not None), default=None)
            return (*rows[:-1], newest._replace(moved=either))
    return (*rows, newest)[-LONGEST:]


def window_of(rows: tuple[Row, ...]) -> Window:
    """Read stored rows."""
    return tuple(Sample(*row) for row in rows)  # type: ignore[arg-type]


def is_lost_on_the_way(sample: Sample) -> bool:
    """Tell whether changes leave the source and none arrives at the target."""
    return bool(sample.source_rate) and sample.rate == 0


def has_work(sample: Sample) -> bool | None:
    """Tell whether there is work to do: changes wait, tables load, or the target is behind.

    Changes that are read and do not arrive are work, too. None when it cannot be told: unknown is
    not 'nothing to do'.
    """
    if sample.waiting or sample.loading or is_lost_on_the_way(sample):
        return True
    behind = [value for value in (sample.latency, sample.source) if value is not None]
    if behind and max(behind) > IDLE_LATENCY_SECONDS:
        return True
    return None if sample.waiting is None or sample.latency is None else False
