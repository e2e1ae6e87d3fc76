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
    collapse_usual_readings: int = 5
    """How many busy readings make a usual throughput."""
    collapse_usual_records_per_second: float = 10.0
    """A task slower than this as a rule cannot collapse noticeably."""
    collapse_readings: int = 2
    """How many collapsed readings in a row are needed: one alone is noise."""
    unread_readings: int = 3
    """So many readings in a row without details make a task unknown: one alone is a hiccup."""
