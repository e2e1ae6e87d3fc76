from typing import Any

import pytest

from functions.verify_recovery.handler import handler
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_precedents import DynamoDbPrecedents
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.incident import Incident, IncidentStatus, Outcome
from qlik_monitor.domain.limits import LimitReading, Limits
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import FullLoad, StopReason, TaskState
from qlik_monitor.domain.verification import Verification
from qlik_monitor.errors import (
    NotificationFailed,
    QlikAccessDenied,
    QlikUnavailable,
)
from tests.fakes.aws import FakeStack, refused
from tests.fakes.builders import NOON, TASK, a_decided, a_restart, an_aborted, later
from tests.fakes.platform import FakePlatform
from tests.fakes.running import run
from tests.fakes.strategies import quiet
from tests.integration.functions.conftest import Log

START = Verification(started_at=NOON).model_dump(mode="json")


@pytest.fixture(autouse=True)
def restarted(incidents: DynamoDbIncidents, restarts: DynamoDbRestarts) -> Incident:
    """An incident whose first restart is being verified."""
    incident = a_decided(status=IncidentStatus.VERIFYING)
    incidents.open(incident)
    restarts.reserve(a_restart(), Limits())
    return incident


def verify(before: dict[str, Any] = START, attempt: int = 1) -> dict[str, Any]:
    event = {
        "incident_id": a_decided().id,
        "cycle": a_decided().cycle,
        "attempt": attempt,
        "verification": before,
    }
    return run(handler, event)


def healed(qlik: FakePlatform) -> dict[str, Any]:
    qlik.put(quiet())
    return verify(verify()["verification"])


def test_one_healthy_reading_is_not_enough(qlik: FakePlatform) -> None:
    qlik.put(quiet())
    answer = verify()
    assert answer["verdict"] == "not_yet"
    assert (answer["verification"]["checks"], answer["verification"]["healthy_readings"]) == (1, 1)


def test_a_restart_that_helped_closes_the_incident_is_recorded_and_told(
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    restarts: DynamoDbRestarts,
    stack: FakeStack,
) -> None:
    assert healed(qlik)["verdict"] == "recovered"
    closed = incidents.get(a_decided().id)
    assert (closed.status, closed.outcome) == (IncidentStatus.CLOSED, Outcome.RESTARTED)
    assert incidents.all_open() == ()
    assert restarts.of(TASK)[0].outcome is RestartOutcome.RECOVERED
    assert [told.kind for told in stack.told] == ["closed"]


@pytest.mark.parametrize(
    ("readings", "outcome"),
    [((quiet(), quiet()), RestartOutcome.RECOVERED), ((an_aborted(),), RestartOutcome.FAILED)],
    ids=["recovered", "failed"],
)
def test_what_came_of_it_is_a_precedent_once_however_often_the_step_runs(
    readings: tuple[Any, ...],
    outcome: RestartOutcome,
    qlik: FakePlatform,
    restarts: DynamoDbRestarts,
    precedents: DynamoDbPrecedents,
) -> None:
    judged = a_restart(error_class=ErrorClass.CONNECTION, confidence=0.9, made_by="model")
    restarts.record(judged, RestartOutcome.ACCEPTED, "", NOON)
    before = START
    for reading in readings:
        assert precedents.of(ErrorClass.CONNECTION) == ()
        qlik.put(reading)
        last, before = before, verify(before)["verification"]
    verify(last)
    [precedent] = precedents.of(ErrorClass.CONNECTION)
    assert (precedent.task, precedent.outcome, precedent.confidence) == (TASK, outcome, 0.9)
    assert precedent.detail


def test_a_precedent_that_cannot_be_kept_costs_no_outcome(
    *,
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    restarts: DynamoDbRestarts,
    log: Log,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with refused("PutItem", "PRECEDENT#"):
        assert healed(qlik)["verdict"] == "recovered"
    assert incidents.get(a_decided().id).status is IncidentStatus.CLOSED
    assert restarts.of(TASK)[0].outcome is RestartOutcome.RECOVERED
    [line] = [line for line in log() if line["message"] == "precedent not written"]
    assert (line["level"], line["incident"]) == ("ERROR", a_decided().id)
    assert "PrecedentNotWritten" in capsys.readouterr().out


def test_a_reload_of_the_target_has_helped_once_it_is_loaded(qlik: FakePlatform) -> None:
    begun = START | {"action": "reload_target"}
    qlik.put(quiet())
    unknown = verify(begun)["verification"]
    assert (unknown["healthy_readings"], unknown["verdict"]) == (0, "not_yet")
    load = FullLoad(completed=True, tables_with_error=0)
    qlik.put(quiet().model_copy(update={"full_load": load}))
    assert verify(verify(begun)["verification"])["verdict"] == "recovered"


def test_a_reading_that_began_before_an_update_goes_on(qlik: FakePlatform) -> None:
    qlik.put(quiet())
    before = {name: START[name] for name in START.keys() - {"action", "tables_with_error"}}
    assert verify(before)["verification"]["healthy_readings"] == 1


def test_people_hear_of_it_even_when_the_first_message_failed(
    qlik: FakePlatform, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_args: object) -> None:
        raise NotificationFailed("SNS is away")

    qlik.put(quiet())
    before = verify()["verification"]
    with monkeypatch.context() as patched:
        patched.setattr("qlik_monitor.adapters.sns.SnsNotifier.tell", failing)
        with pytest.raises(NotificationFailed):
            verify(before)
    assert verify(before)["verdict"] == "recovered"
    assert [told.kind for told in stack.told] == ["closed"]


def test_a_restart_that_failed_makes_the_next_attempt_due(
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    restarts: DynamoDbRestarts,
    stack: FakeStack,
) -> None:
    qlik.put(an_aborted())
    answer = verify()
    assert answer["verdict"] == "failed"
    # n² + n minutes, and up to a fifth more
    assert 110 <= answer["retry_after_seconds"] <= 144
    incident = incidents.get(a_decided().id)
    assert (incident.status, incident.attempt) == (IncidentStatus.OPEN, 2)
    assert incident.approval_id is None
    assert "restart 1 did not help: ERROR/FATAL_ERROR" in incident.reason
    assert restarts.of(TASK)[0].outcome is RestartOutcome.FAILED
    assert stack.told == []


def test_people_hear_at_once_of_a_task_that_stands_where_our_stop_left_it(
    qlik: FakePlatform, incidents: DynamoDbIncidents, restarted: Incident
) -> None:
    stored = incidents.get(restarted.id)
    incidents.save(stored.model_copy(update={"stopped_by_agent": True}))
    qlik.put(an_aborted(state=TaskState.STOPPED, stop_reason=StopReason.NORMAL))
    answer = verify()
    assert (answer["verdict"], answer["retry_after_seconds"]) == ("failed", 0)


def test_one_that_a_person_stopped_waits_as_any_other(qlik: FakePlatform) -> None:
    qlik.put(an_aborted(state=TaskState.STOPPED, stop_reason=StopReason.NORMAL))
    assert verify()["retry_after_seconds"] >= 110


@pytest.mark.parametrize(("used", "waits"), [(1, True), (2, False)])
def test_after_the_last_attempt_people_hear_at_once(
    *, used: int, waits: bool, qlik: FakePlatform, incidents: DynamoDbIncidents, restarted: Incident
) -> None:
    before = (LimitReading(name="attempts", used=used, allowed=3),)
    incidents.save(incidents.get(restarted.id).model_copy(update={"limits": before}))
    qlik.put(an_aborted())
    assert bool(verify()["retry_after_seconds"]) is waits


def test_a_step_that_runs_again_gives_the_same_verdict_and_counts_once(
    qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    qlik.put(an_aborted())
    assert verify()["verdict"] == "failed"
    qlik.put(quiet())
    assert verify()["verdict"] == "failed"
    assert incidents.get(a_decided().id).attempt == 2


def test_a_step_that_runs_again_after_the_end_stays_recovered(qlik: FakePlatform) -> None:
    before = healed(qlik)["verification"]
    qlik.put(an_aborted())
    assert verify(before)["verdict"] == "recovered"


def test_a_task_that_cannot_be_read_fails_in_the_end(qlik: FakePlatform) -> None:
    qlik.script(TASK, *[QlikUnavailable("500")] * 3)
    first = verify()
    second = verify(first["verification"])
    third = verify(second["verification"])
    verdicts = [answer["verdict"] for answer in (first, second, third)]
    assert verdicts == ["not_yet", "not_yet", "failed"]
    assert "could not be read" in third["verification"]["reason"]


def test_a_task_that_is_gone_counts_as_unreadable(qlik: FakePlatform) -> None:
    assert verify()["verification"]["reason"] == "the task could not be read"


def test_refused_credentials_are_no_verdict(
    qlik: FakePlatform, incidents: DynamoDbIncidents
) -> None:
    qlik.script(TASK, QlikAccessDenied("401"))
    with pytest.raises(QlikAccessDenied):
        verify()
    assert incidents.get(a_decided().id).status is IncidentStatus.VERIFYING


def test_other_restarts_of_the_task_keep_their_outcome(
    qlik: FakePlatform, restarts: DynamoDbRestarts
) -> None:
    restarts.reserve(a_restart(incident_id="another", requested_at=later(hours=1)), Limits())
    healed(qlik)
    outcomes = {restart.incident_id: restart.outcome for restart in restarts.of(TASK)}
    assert outcomes["another"] is RestartOutcome.REQUESTED


def test_a_verification_never_acts(qlik: FakePlatform) -> None:
    qlik.put(an_aborted())
    verify()
    assert qlik.actions == []
