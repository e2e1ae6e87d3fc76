"""What a lock tells of its incident: always what the incident itself says."""

from datetime import timedelta

import pytest

from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_open_incidents import DynamoDbOpenIncidents
from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.domain.limits import LimitReading
from qlik_monitor.domain.open_incident import OpenIncident
from qlik_monitor.domain.task import TaskId
from qlik_monitor.errors import IncidentChanged
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK, an_aborted, an_incident, later

ENDPOINT = Subject(server="*", endpoint="Sales DB")
REFUSED = LimitReading(name="task", used=3, allowed=3, refuses="the limit is reached")


@pytest.fixture
def listed(stack: FakeStack) -> DynamoDbOpenIncidents:
    return DynamoDbOpenIncidents(stack.table)


def test_a_list_tells_each_change_of_an_incident(
    incidents: DynamoDbIncidents, listed: DynamoDbOpenIncidents
) -> None:
    incident = an_incident(snapshot=an_aborted())
    incidents.open(incident)
    [first] = listed.all()
    assert first == OpenIncident.of(incident)
    assert (first.status, first.ran_into_a_limit) == (IncidentStatus.OPEN, False)
    waits = incident.moved_to(
        IncidentStatus.AWAITING_APPROVAL, later(minutes=1), lease=timedelta(0), limits=(REFUSED,)
    )
    saved = incidents.save(waits)
    assert listed.all() == (OpenIncident.of(saved),)
    assert listed.all()[0].ran_into_a_limit
    incidents.close(saved.moved_to(IncidentStatus.CLOSED, later(hours=1), lease=timedelta(0)))
    assert listed.all() == ()


def test_a_change_that_is_refused_is_not_told(
    incidents: DynamoDbIncidents, listed: DynamoDbOpenIncidents
) -> None:
    incidents.open(an_incident())
    incidents.save(an_incident())
    late = an_incident(status=IncidentStatus.ESCALATED)
    with pytest.raises(IncidentChanged):
        incidents.save(late)
    assert listed.all()[0].status is IncidentStatus.OPEN


def test_what_is_closed_is_not_written_again(
    incidents: DynamoDbIncidents, listed: DynamoDbOpenIncidents
) -> None:
    incidents.open(an_incident(id="first"))
    closed = incidents.close(
        an_incident(id="first").moved_to(IncidentStatus.CLOSED, later(hours=1), lease=timedelta(0))
    )
    incidents.open(an_incident(id="second"))
    with pytest.raises(IncidentChanged):
        incidents.save(closed)
    assert [one.id for one in listed.all()] == ["second"]


def test_of_a_task_its_own_its_server_s_and_all_of_endpoints_are_looked_up(
    incidents: DynamoDbIncidents, listed: DynamoDbOpenIncidents
) -> None:
    subjects = {
        "own": Subject(server=TASK.server, task=TASK.task),
        "server": Subject(server=TASK.server),
        "endpoint": ENDPOINT,
        "other": Subject(server=TASK.server, task="other"),
        "elsewhere": Subject(server="branch"),
    }
    for name, subject in subjects.items():
        incidents.open(an_incident(id=name, subject=subject, members=(str(TASK),)))
    assert {one.id for one in listed.about(TASK)} == {"own", "server", "endpoint"}
    assert [one.id for one in listed.about(TaskId(server="x", task="y"))] == ["endpoint"]


@pytest.mark.parametrize("name", ["x" * 1025, "€" * 400])
def test_a_name_that_no_lock_can_have_is_found_to_have_none(
    name: str, listed: DynamoDbOpenIncidents
) -> None:
    assert listed.about(TaskId(server="prod", task=name)) == ()


def test_of_a_lock_that_tells_nothing_the_incident_is_read(
    incidents: DynamoDbIncidents, listed: DynamoDbOpenIncidents, stack: FakeStack
) -> None:
    older: Incident = an_incident(id="older", members=("prod/a",), subject=ENDPOINT)
    incidents.open(older)
    incidents.open(an_incident(id="newer"))
    lock = {"pk": "OPEN", "sk": older.subject.key}
    stack.table.put_item(Item=lock | {"incident_id": older.id})
    assert listed.all() == (OpenIncident.of(older), OpenIncident.of(an_incident(id="newer")))
    assert [one.id for one in listed.about(TASK)] == ["newer", "older"]
