"""Samples: what a task's memory keeps of each reading, and the window they make together."""

from datetime import datetime, timedelta
from typing import NamedTuple

from qlik_monitor.domain.task import TaskSnapshot

SPACING = timedelta(seconds=150)
"""Kept samples lie at least so far apart, so that a window spans as long at any interval."""
LONGEST = 24
"""Samples in a window: an hour at a poll a minute, two at one every five minutes."""
WHOLE = 4
"""Of so many samples all is kept: what stands still has to be seen three times."""
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
    """Tables of the full load that are being loaded, or are still to be."""
    source_rate: int | None = None
    """Records a second out of the source."""
    committed: int | None = None
    """1 if a total of applied changes grew since the sample before, whatever is in progress."""


Row = tuple[int | None, ...]
"""A sample as it is stored."""
Window = tuple[Sample, ...]
"""Samples since the last restart, change of state or start of the memory, oldest first."""


def _to_load(snapshot: TaskSnapshot) -> int | None:
    counts = (snapshot.full_load.tables_loading, snapshot.full_load.tables_queued)
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


class Kept(NamedTuple):
    """A window as it is stored: the newest samples whole, of the older ones what a trend needs.

    A server's tasks are read at the same times, which compress to next to nothing.
    """

    times: tuple[int, ...] = ()
    latencies: tuple[int | None, ...] = ()
    rows: tuple[Row, ...] = ()


def seconds_of(moment: datetime) -> int:
    """Return a moment as whole seconds since 1970."""
    return int(moment.timestamp())


def sample_of(snapshot: TaskSnapshot, moved: bool | None, committed: bool | None = None) -> Sample:
    """Take what a window keeps of a reading."""
    return Sample(
        at=seconds_of(snapshot.observed_at),
        latency=snapshot.total_latency_seconds,
        source=snapshot.source_latency_seconds,
        waiting=snapshot.backlog.waiting(),
        in_progress=snapshot.backlog.records_in_progress,
        rate=snapshot.cdc_throughput.target_records,
        moved=None if moved is None else int(moved),
        loading=_to_load(snapshot),
        source_rate=snapshot.cdc_throughput.source_records,
        committed=None if committed is None else int(committed),
    )


def extended(kept: Kept, newest: Sample) -> Kept:
    """Add a reading; the one before it goes if it lies too close to its own predecessor."""
    rows = kept.rows
    if len(rows) >= 2:
        before, last = sample_in(rows[-2]), sample_in(rows[-1])
        if last.at - before.at < SPACING.total_seconds():
            # What moved within the gap has moved, whichever reading saw it.
            merged = newest._replace(
                moved=_either(last.moved, newest.moved),
                committed=_either(last.committed, newest.committed),
            )
            return kept._replace(rows=(*rows[:-1], merged))
    if len(rows) < WHOLE:
        return kept._replace(rows=(*rows, newest))
    oldest = sample_in(rows[0])
    return Kept(
        times=(*kept.times, oldest.at)[WHOLE - LONGEST :],
        latencies=(*kept.latencies, oldest.latency)[WHOLE - LONGEST :],
        rows=(*rows[1:], newest),
    )


def _either(before: int | None, after: int | None) -> int | None:
    return max((flag for flag in (before, after) if flag is not None), default=None)


def sample_in(row: Row) -> Sample:
    """Read a stored sample."""
    return Sample(*row)  # type: ignore[arg-type]


def window_of(kept: Kept) -> Window:
    """Read a stored window; of its older samples only time and latency are known."""
    older = [Sample(at, latency) for at, latency in zip(kept.times, kept.latencies, strict=True)]
    return (*older, *(Sample(*row) for row in kept.rows))  # type: ignore[arg-type]


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
