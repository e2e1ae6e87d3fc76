from datetime import timedelta

from benchmarks.detection.predicted import Detector
from benchmarks.detection.static_rules import StaticRules
from benchmarks.detection.trial import DETECTORS
from benchmarks.fleet_simulator.timeline import BEGINNING as NOW
from qlik_monitor.domain.task import (
    Counters,
    FleetReading,
    ServerSnapshot,
    ServerState,
    StopReason,
    TaskSnapshot,
    TaskState,
    Unread,
)
from tests.unit.benchmarks.simulation import TASK


def feed(detector: Detector, minutes: int, *tasks: TaskSnapshot, lost: bool = False) -> None:
    state = ServerState.NOT_CONNECTED if lost else ServerState.MONITORED
    at = NOW + timedelta(minutes=minutes)
    reading = FleetReading(
        observed_at=at,
        servers=(ServerSnapshot(name="alpha", state=state),),
        tasks=tuple(task.model_copy(update={"observed_at": at}) for task in tasks),
        unread=(Unread(server="alpha", error="gone"),) if lost else (),
    )
    detector.observe(reading)


def a_task(
    latency: int = 2, applied: int = 0, state: TaskState = TaskState.RUNNING
) -> TaskSnapshot:
    return TaskSnapshot(
        id=TASK,
        observed_at=NOW,
        state=state,
        stop_reason=StopReason.NONE if state is TaskState.RUNNING else StopReason.FATAL_ERROR,
        total_latency_seconds=latency,
        counters=Counters(applied_records=applied),
        memory_mb=100,
    )


def test_static_rules_alarm_at_601_seconds_of_lag_and_not_at_600() -> None:
    rules = StaticRules()
    feed(rules, 0, a_task(latency=600))
    assert not rules.incidents()

    feed(rules, 5, a_task(latency=601))
    feed(rules, 10, a_task(latency=3))

    (alarm,) = rules.incidents()
    assert alarm.kinds == {"lag"} and alarm.closed_at == NOW + timedelta(minutes=10)


def test_static_rules_alarm_after_half_an_hour_without_an_update() -> None:
    rules = StaticRules()
    for minutes in range(0, 30, 5):
        feed(rules, minutes, a_task())
    assert not rules.incidents()

    feed(rules, 30, a_task())
    feed(rules, 35, a_task(applied=1))

    (alarm,) = rules.incidents()
    assert alarm.kinds == {"no update"} and alarm.closed_at is not None


def test_static_rules_alarm_once_for_every_task_of_a_lost_server() -> None:
    rules = StaticRules()
    other = a_task().model_copy(update={"id": TASK.model_copy(update={"task": "OTHER"})})
    feed(rules, 0, a_task(), other)
    for minutes in range(5, 60, 5):
        feed(rules, minutes, lost=True)

    assert len(rules.incidents()) == 2


def test_static_rules_forget_a_task_that_was_deleted() -> None:
    rules = StaticRules()
    feed(rules, 0, a_task())
    for minutes in range(5, 60, 5):
        feed(rules, minutes)

    assert not rules.incidents()


def test_every_detector_sees_a_task_that_is_down_and_that_it_is_well_again() -> None:
    for make in DETECTORS.values():
        detector = make()
        feed(detector, 0, a_task())
        for minutes in (5, 10):
            feed(detector, minutes, a_task(state=TaskState.ERROR))
        for minutes in (15, 20, 25):
            feed(detector, minutes, a_task(applied=minutes))

        (incident,) = detector.incidents()
        assert incident.members == {TASK}
        assert incident.closed_at is not None
