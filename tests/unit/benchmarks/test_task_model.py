from benchmarks.fleet_simulator.profile import Batch, Profile
from benchmarks.fleet_simulator.snapshot import snapshot_of
from benchmarks.fleet_simulator.symptoms import WELL, Symptoms
from benchmarks.fleet_simulator.task_model import TaskModel
from qlik_monitor.domain.task import StopReason, TaskSnapshot, TaskState
from tests.unit.benchmarks.simulation import a_model


def read(model: TaskModel, until: float, interval: float = 300.0) -> list[TaskSnapshot]:
    readings = []
    while model.now < until:
        at = model.now + interval
        model.advance(at)
        readings.append(snapshot_of(model, at))
    return readings


def latency(snapshot: TaskSnapshot) -> int:
    assert snapshot.total_latency_seconds is not None
    return snapshot.total_latency_seconds


def test_a_task_that_keeps_up_has_seconds_of_latency_and_applies_what_comes() -> None:
    readings = read(a_model((0.0, WELL)), until=3600)

    assert all(latency(reading) < 10 for reading in readings)
    assert readings[-1].counters.applied_records == 36_000


def test_where_nothing_is_applied_latency_rises_by_a_second_a_second() -> None:
    readings = read(a_model((0.0, WELL), (3601.0, Symptoms(apply=0.0))), until=7200)

    frozen = readings[12:]
    assert {reading.counters.applied_records for reading in frozen} == {
        readings[11].counters.applied_records
    }
    assert abs(latency(frozen[-1]) - latency(frozen[0]) - 3300) <= 10
    assert frozen[-1].backlog.waiting() == 36_000
    assert frozen[-1].cdc_throughput.target_records == 0


def test_where_nothing_is_captured_the_source_latency_rises_and_nothing_waits() -> None:
    readings = read(a_model((0.0, WELL), (3601.0, Symptoms(capture=0.0))), until=7200)

    assert readings[-1].backlog.waiting() == 0 or readings[-1].cdc_throughput.target_records == 0
    assert (readings[-1].source_latency_seconds or 0) > 3500


def test_after_a_start_totals_begin_at_zero_and_the_backlog_is_worked_off() -> None:
    stopped = Symptoms(TaskState.STOPPED, StopReason.NORMAL)
    model = a_model((0.0, WELL), (3601.0, stopped), (7201.0, WELL))
    readings = read(model, until=14_400)

    assert readings[22].state is TaskState.STOPPED
    assert readings[22].memory_mb == 0 and readings[22].total_latency_seconds is None
    behind = [latency(r) for r in readings[24:] if r.state is TaskState.RUNNING]
    assert behind[0] > 1000 and behind[-1] < 10
    assert max(behind[-10:]) < 10
    assert (readings[-1].counters.applied_records or 0) < 144_000


def test_a_batch_beyond_what_can_be_applied_peaks_as_late_as_it_is_too_big() -> None:
    batch = Batch(began=3600.0, ended=6000.0, rate=65.0)  # 75 a second come, 50 can be applied
    profile = Profile(rate=10.0, capacity=50.0, noise=0.0, batches=(batch,))
    readings = read(a_model((0.0, WELL), profile=profile), until=14_400, interval=60.0)

    assert abs(max(latency(reading) for reading in readings) - 2400 * (75 / 50 - 1)) < 90
    assert latency(readings[-1]) < 10


def test_a_large_transaction_moves_and_applies_nothing_until_it_ends() -> None:
    model = a_model((0.0, WELL), (3601.0, Symptoms(transaction="grows")), (5401.0, WELL))
    readings = read(model, until=9000)

    during = readings[12:17]
    progress = [reading.backlog.records_in_progress or 0 for reading in during]
    assert progress == sorted(set(progress)) and progress[0] > 0
    assert len({reading.counters.applied_records for reading in during}) == 1
    assert latency(during[-1]) > 1200 and latency(readings[-1]) < 10
