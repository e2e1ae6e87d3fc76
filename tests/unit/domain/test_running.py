"""When a running task's latency is an incident, and when it is none."""

from datetime import datetime, timedelta
from typing import Any

from qlik_monitor.domain.anomaly import Anomaly, AnomalyKind, Severity, Where
from qlik_monitor.domain.baseline import Baseline, HourRow, day_of
from qlik_monitor.domain.detection import detect
from qlik_monitor.domain.progress import TaskProgress, advance
from qlik_monitor.domain.task import Backlog, Counters, FullLoad, TaskSnapshot, Throughput
from qlik_monitor.domain.thresholds import Thresholds
from tests.fakes.builders import NOON, a_snapshot

USUAL = {"cdc_throughput": Throughput(source_records=50, target_records=50)}


class Watched:
    """One task, read again and again; counts what was found at each reading."""

    def __init__(self, baseline: Baseline = (), minutes: float = 5) -> None:
        self.baseline, self.minutes = baseline, minutes
        self.progress: TaskProgress | None = None
        self.readings = 0
        self.found: tuple[Anomaly, ...] = ()

    def read(self, latency: int | None, **changes: Any) -> set[AnomalyKind]:
        self.readings += 1
        backlog = Backlog(
            accumulated_in_memory=0,
            accumulated_on_disk=0,
            applying_in_memory=40 * (latency or 0),
            applying_on_disk=0,
            records_in_progress=0,
        )
        moving: dict[str, Any] = {
            "observed_at": self.at,
            "total_latency_seconds": latency,
            "counters": Counters(applied_inserts=1000 * self.readings),
            "backlog": backlog,
        }
        snapshot: TaskSnapshot = a_snapshot(**moving | changes)
        self.progress = advance(self.progress, snapshot)
        self.found = detect(snapshot, self.progress, Thresholds(), baseline=self.baseline)
        kinds = frozenset(anomaly.kind for anomaly in self.found)
        if kinds or snapshot.details_read:
            self.progress = self.progress.with_findings(kinds, whole=snapshot.details_read)
        return set(kinds)

    def all(self, *latencies: int, **changes: Any) -> set[AnomalyKind]:
        """Read them all; return whatever was found at any reading."""
        return {kind for latency in latencies for kind in self.read(latency, **changes)}

    @property
    def at(self) -> datetime:
        return NOON + timedelta(minutes=self.minutes * self.readings)


LAGGING, FORECAST = AnomalyKind.LAGGING, AnomalyKind.LAG_FORECAST


def test_a_stop_of_hours_is_caught_up_with_in_peace_at_any_interval() -> None:
    every_five = Watched()
    every_five.all(2, 2, 2)
    assert every_five.all(*range(10_000, 300, -300)) == set()
    every_minute = Watched(minutes=1)
    every_minute.all(2, 2, 2)
    assert every_minute.all(*range(10_000, 300, -45)) == set()


def test_a_drain_that_would_take_days_is_an_incident() -> None:
    slow = Watched()
    slow.all(2, 2, 2)
    assert LAGGING in slow.all(*range(200_000, 199_000, -20))


def test_what_was_lagging_stays_so_until_it_has_caught_up() -> None:
    watched = Watched()
    watched.all(2, 300, 600)
    assert watched.read(900) == {LAGGING}
    assert [anomaly.severity for anomaly in watched.found] == [Severity.CRITICAL]
    assert watched.read(700) == {LAGGING}
    assert [anomaly.severity for anomaly in watched.found] == [Severity.WARNING]
    assert watched.read(310) == {LAGGING}
    assert watched.read(290) == set()


def test_what_was_stuck_and_moves_again_is_the_same_trouble_until_it_has_caught_up() -> None:
    watched = Watched()
    still = {"counters": Counters(applied_inserts=7), "cdc_throughput": Throughput()}
    watched.all(*range(2, 2402, 300), **still)
    assert AnomalyKind.STUCK in {anomaly.kind for anomaly in watched.found}
    assert watched.read(2000) == {LAGGING}
    assert watched.read(1000) == {LAGGING}


def test_a_burst_that_is_worked_off_at_speed_is_left_alone_for_a_while() -> None:
    fast = {"cdc_throughput": Throughput(source_records=500, target_records=500)}
    watched = Watched(minutes=1)
    watched.all(*[2] * 20, **USUAL)
    assert watched.all(*range(100, 700, 60), **fast) == set()
    assert watched.all(*range(700, 760, 5), **fast) == set()
    assert LAGGING in watched.all(*range(760, 900, 5), **fast)


def test_a_full_load_is_judged_by_its_records_and_what_follows_it_begins_anew() -> None:
    watched = Watched()
    for number in range(1, 30):
        counters = Counters(full_load_records=1000 * number)
        load = FullLoad(tables_loading=1, tables_queued=1)
        assert watched.read(300 * number, counters=counters, full_load=load) == set()
    done = {"full_load": FullLoad(completed=True, tables_loading=0, tables_queued=0)}
    assert watched.read(9000, **done) == set()
    assert watched.all(*range(8400, 0, -600), **done) == set()


def every_day_at_noon(high: int) -> Baseline:
    today = day_of(int(NOON.timestamp()))
    return tuple(HourRow(today - back, high, 50) for back in range(14, 0, -1))


def test_a_latency_that_is_usual_at_this_hour_is_no_incident() -> None:
    nightly = Watched(every_day_at_noon(900))
    assert nightly.all(2, 300, 600, 900, 1000, 1100) == set()
    assert LAGGING in nightly.all(1400, 1700)
    assert "usually at most 900 s at this hour" in nightly.found[0].summary


def test_the_same_latency_at_an_hour_when_it_never_is_behind_is_one() -> None:
    assert LAGGING in Watched(every_day_at_noon(5)).all(2, 300, 600, 900)


def test_a_slow_drift_is_warned_of_before_it_is_there() -> None:
    watched = Watched()
    watched.all(*[5, 6, 4] * 6)
    drift = [60 + 25 * number for number in range(21)]
    warned_at = next((latency for latency in drift if watched.read(latency) == {FORECAST}), None)
    assert warned_at is not None
    assert 300 <= warned_at < 600
    [warning] = watched.found
    assert warning.severity is Severity.WARNING
    assert "over the threshold in" in warning.summary


def test_a_warning_lasts_until_latency_comes_down() -> None:
    watched = Watched()
    watched.all(*[5] * 12)
    watched.all(*[60 + 25 * number for number in range(18)])
    assert watched.read(490) == {FORECAST}
    assert watched.read(485) == {FORECAST}
    assert watched.read(200) == set()


def test_findings_about_movement_say_when_the_threshold_will_be_crossed_or_that_nobody_knows() -> (
    None
):
    usual = Throughput(source_records=1000, target_records=1000)
    watched = Watched()
    watched.all(*[2] * 8, cdc_throughput=usual)
    slow = {"cdc_throughput": Throughput(source_records=1000, target_records=4)}
    waiting = {"backlog": Backlog(applying_on_disk=900_000)}
    for latency in (100, 200, 300, 400):
        watched.read(latency, **slow, **waiting)
    [collapse] = watched.found
    told = {evidence.name: evidence.value for evidence in collapse.evidence}
    assert collapse.kind is AnomalyKind.THROUGHPUT_COLLAPSE
    assert collapse.where is Where.ONE_BY_ONE
    assert told["verdict"] == "falling_behind"
    assert told["time to breach"]


def test_what_was_lagging_and_stays_below_the_limit_for_an_hour_is_over() -> None:
    watched = Watched()
    watched.all(2, 300, 600)
    assert watched.read(900) == {LAGGING}
    flat = [watched.read(320) for _ in range(24)]
    assert flat[0] == {LAGGING}
    assert flat[-1] == set()


def test_a_reading_without_details_ends_no_finding() -> None:
    watched = Watched(every_day_at_noon(900))
    watched.all(2, 300, 600, 900, 1200)
    assert LAGGING in watched.all(1500, 1800)
    unread: dict[str, Any] = {"details_read": False, "counters": Counters()}
    assert watched.read(None, **unread) == set()
    assert watched.read(1000) == {LAGGING}


def test_small_transactions_that_come_and_go_excuse_no_lag() -> None:
    watched = Watched()
    found: set[AnomalyKind] = set()
    for number in range(12):
        waiting = Backlog(applying_in_memory=50, records_in_progress=50 + 10 * (number % 5))
        found |= watched.read(150 * number, backlog=waiting)
    assert LAGGING in found


def test_after_a_gap_of_hours_the_window_begins_anew() -> None:
    watched = Watched()
    watched.all(2, 2, 700)
    watched.readings += 120
    assert watched.read(700) == set()
    assert watched.progress is not None
    assert len(watched.progress.samples) == 1
