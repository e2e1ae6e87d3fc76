from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.monitor_tasks.handler import handler
from functions.monitor_tasks.history import keep
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.task import StopReason, TaskState
from qlik_monitor.errors import NotificationFailed, QlikUnavailable, StoreUnavailable
from tests.fakes.aws import FakeStack, refused
from tests.fakes.builders import (
    TASK,
    a_reading,
    a_snapshot,
    a_stalled,
    an_aborted,
    an_anomaly,
    an_incident,
)
from tests.fakes.history import FakeHistory
from tests.fakes.platform import FakePlatform
from tests.fakes.running import run
from tests.integration.functions.conftest import Log

LONG = timedelta(days=1)


def monitor(cycle: str = "cycle-1") -> dict[str, Any]:
    return run(handler, {"execution": cycle})


def stored(incidents: DynamoDbIncidents, **changes: Any) -> Incident:
    incident = an_incident(lease_until=datetime.now(UTC) + LONG, **changes)
    assert incidents.open(incident)
    return incident


def test_a_healthy_fleet_gives_counts_and_nothing_to_do(qlik: FakePlatform) -> None:
    qlik.put(a_snapshot())
    answer = monitor()
    assert answer["incident_ids"] == []
    assert (answer["cycle"]["servers"], answer["cycle"]["tasks"]) == (1, 1)


def test_an_ill_task_gets_one_incident_however_many_cycles_see_it(
    qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    qlik.put(an_aborted())
    [first] = monitor("cycle-1")["incident_ids"]
    assert monitor("cycle-2")["incident_ids"] == []
    [incident] = incidents.all_open()
    assert (incident.id, incident.cycle) == (first, "cycle-1")
    assert incident.kinds == {AnomalyKind.ABORTED}


def test_a_step_that_runs_again_goes_on_with_what_it_opened(
    qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    qlik.put(an_aborted(task="a"))
    qlik.put(an_aborted(task="b"))
    first = monitor("cycle-1")
    again = monitor("cycle-1")
    assert again["incident_ids"] == first["incident_ids"]
    assert len(first["incident_ids"]) == len(incidents.all_open()) == 2


def test_the_memory_of_earlier_cycles_makes_a_task_stuck(
    qlik: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUCK_TASK_THRESHOLD_SECONDS", "1")
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    monkeypatch.setattr(qlik, "_now", lambda: moment)
    qlik.put(a_stalled())
    assert monitor("cycle-1")["incident_ids"] == []
    moment += timedelta(minutes=5)
    assert len(monitor("cycle-2")["incident_ids"]) == 1


def test_an_incident_closes_when_its_task_is_healthy_and_people_are_told(
    qlik: FakePlatform, incidents: DynamoDbIncidents, stack: FakeStack
) -> None:
    incident = stored(incidents, status=IncidentStatus.ESCALATED)
    qlik.put(a_snapshot())
    assert monitor("cycle-2")["cycle"]["closed"] == 0, "one good reading is no recovery"
    assert monitor("cycle-3")["cycle"]["closed"] == 1
    assert incidents.all_open() == ()
    assert incidents.get(incident.id).status is IncidentStatus.CLOSED
    assert [told.kind for told in stack.told] == ["closed"]


def test_a_lost_incident_is_handed_to_people(
    qlik: FakePlatform, incidents: DynamoDbIncidents, stack: FakeStack
) -> None:
    qlik.put(an_aborted())
    incident = an_incident(status=IncidentStatus.EXECUTING)
    incidents.open(incident)
    assert monitor("cycle-2")["incident_ids"] == []
    assert incidents.get(incident.id).status is IncidentStatus.ESCALATED
    [told] = stack.told
    assert told.kind == "escalated"
    assert "never came back" in told.body


@pytest.mark.parametrize("status", [IncidentStatus.ESCALATED, IncidentStatus.EXECUTING])
def test_nobody_is_left_untold_because_one_message_failed(
    status: IncidentStatus, qlik: FakePlatform, incidents: DynamoDbIncidents, stack: FakeStack
) -> None:
    incident = an_incident(status=status)
    incidents.open(incident)
    qlik.put(a_snapshot())
    if status is IncidentStatus.ESCALATED:
        monitor("cycle-1")
    stack.remove_topic()
    with pytest.raises(NotificationFailed):
        monitor("cycle-2")
    assert incidents.get(incident.id).status is status


def test_an_observed_incident_that_got_worse_is_handled_by_this_cycle(
    qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    lag = (an_anomaly(AnomalyKind.LAGGING, severity="warning"),)
    incident = stored(incidents, status=IncidentStatus.OBSERVED, anomalies=lag)
    qlik.put(an_aborted())
    assert monitor("cycle-2")["incident_ids"] == [incident.id]
    assert monitor("cycle-2")["incident_ids"] == [incident.id]
    assert incidents.get(incident.id).cycle == "cycle-2"


def test_what_is_too_much_for_one_cycle_waits_for_the_next(
    qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    for number in range(43):
        qlik.put(an_aborted(task=f"t{number:02}"))
    first = monitor("cycle-1")
    assert (len(first["incident_ids"]), first["cycle"]["deferred"]) == (25, 18)
    second = monitor("cycle-2")
    assert (len(second["incident_ids"]), second["cycle"]["deferred"]) == (18, 0)
    assert len(incidents.all_open()) == 43


def test_an_answer_stays_small_however_large_the_fleet_is(qlik: FakePlatform) -> None:
    for number in range(500):
        qlik.put(a_snapshot(task=f"t{number}", message="m" * 500))
    assert len(str(monitor())) < 1000


def test_a_qlik_that_cannot_be_read_changes_nothing(
    qlik: FakePlatform, incidents: DynamoDbIncidents, stack: FakeStack
) -> None:
    stored(incidents, status=IncidentStatus.ESCALATED)
    before = stack.dump()
    qlik.failure = QlikUnavailable("timed out")
    with pytest.raises(QlikUnavailable):
        monitor("cycle-2")
    assert stack.dump() == before


def test_a_task_that_a_person_stopped_opens_nothing(qlik: FakePlatform) -> None:
    qlik.put(a_snapshot(state=TaskState.STOPPED, stop_reason=StopReason.NORMAL))
    assert monitor()["incident_ids"] == []


def test_monitoring_never_acts_on_a_task(qlik: FakePlatform) -> None:
    qlik.put(an_aborted())
    monitor()
    assert qlik.actions == []


def test_each_reading_is_kept_for_as_long_as_is_set(
    qlik: FakePlatform, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HISTORY_DAYS", "20")
    qlik.put(a_snapshot())
    monitor()
    now = datetime.now(UTC)
    [point] = DynamoDbHistory(stack.table).of(TASK, now - LONG, now + LONG).points
    assert (point.state, point.total_latency_seconds) == (TaskState.RUNNING, 2)
    [expires] = [int(i["expires_at"]) for i in stack.dump() if i["pk"] == "HISTORY#prod"]
    assert abs(expires - (now + timedelta(days=20)).timestamp()) < 3600


def test_history_that_cannot_be_written_costs_no_incident_and_is_told(
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    log: Log,
    capsys: pytest.CaptureFixture[str],
) -> None:
    qlik.put(an_aborted())
    with refused("PutItem", "HISTORY#"):
        answer = monitor()
    assert answer["incident_ids"] == [incident.id for incident in incidents.all_open()]
    assert len(answer["incident_ids"]) == 1
    [line] = [line for line in log() if line["message"] == "history not written"]
    assert (line["level"], line["servers"]) == ("ERROR", 1)
    assert "AccessDeniedException" in line["reason"]
    assert "HistoryNotWritten" in capsys.readouterr().out


def test_a_store_that_is_away_is_not_asked_again_for_each_server(log: Log) -> None:
    history = FakeHistory(failure=StoreUnavailable("away"))
    servers = [TASK.model_copy(update={"server": name}) for name in ("a", "b", "c")]
    keep(history, a_reading(*(a_snapshot(id=id) for id in servers)))
    assert history.attempts == 1
    assert [line["servers"] for line in log()] == [3]


def test_each_server_has_its_own_history() -> None:
    history = FakeHistory()
    other = TASK.model_copy(update={"server": "test"})
    reading = a_reading(a_snapshot(), a_snapshot(id=other), a_snapshot(task="customers"))
    keep(history, reading)
    assert {server: sorted(points) for (server, _), points in history.saved.items()} == {
        "prod": ["customers", "orders"],
        "test": ["orders"],
    }
    assert {moment for _, moment in history.saved} == {reading.observed_at}
