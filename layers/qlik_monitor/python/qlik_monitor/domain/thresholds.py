"""The limits beyond which a reading is an anomaly."""

from datetime import timedelta

from qlik_monitor.domain.model import Frozen


class Thresholds(Frozen):
    """When a task is lagging, stuck, or has been in recovery for too long."""

    lag: timedelta = timedelta(seconds=600)
    stuck: timedelta = timedelta(seconds=1800)
    recovery: timedelta = timedelta(seconds=1800)
    data_errors_recent: timedelta = timedelta(hours=1)
    """How long a rise of the data error count stays an anomaly."""
    one_look: bool = False
    """Whether one reading is all there is, as for `make monitor`: then what was there before the
    first one is told as well."""
    lag_readings: int = 2
    """So many readings in a row at or over `lag` make a task lagging: one alone may be a spike."""
    lag_after_jump: timedelta = timedelta(seconds=240)
    """A latency that rose faster than time goes by is a spike or an old transaction's: unless it
    lasts so long. A little less than one usual interval, as polls are not on time."""
    lag_clear_share: float = 0.5
    """A lagging task counts as such until its latency is below this share of `lag`."""
    forecast_clear_share: float = 0.4
    """A task that was warned of is left alone again below this share; warnings begin at half."""
    calm: timedelta = timedelta(hours=1)
    """A latency that has been below `lag` for so long, and does not rise, is over all the same."""
    burst_rate: float = 1.5
    """A task that applies so many times its usual records a second works a burst of its source."""
    burst_at_most: timedelta = timedelta(minutes=20)
    """So long after crossing `lag`, a burst that is being worked off is left alone."""
    drain_at_most: timedelta = timedelta(hours=4)
    """A backlog that drains is left alone if it will be below `lag` within this time."""
    transaction_at_most: timedelta = timedelta(hours=1)
    """One large transaction is left alone while it keeps the target behind for less than this."""
    no_memory: timedelta = timedelta(seconds=120)
    """So long without memory, and seen twice, is no process; less may be its start."""
    flapping_onsets: int = 3
    flapping_window: timedelta = timedelta(hours=6)
    """A task that went down so often within this window flaps."""
    flapping_quiet: timedelta = timedelta(hours=2)
    """A task that has not gone down for so long does not flap any more."""
    collapse_usual_readings: int = 5
    """How many busy readings make a usual throughput."""
    collapse_usual_records_per_second: float = 10.0
    """A task slower than this as a rule cannot collapse noticeably."""
    collapse_lasts: timedelta = timedelta(minutes=10)
    """For how long it has to be collapsed: two readings at the usual interval."""
    unread_readings: int = 3
    """So many readings in a row without details make a task unknown: one alone is a hiccup."""
