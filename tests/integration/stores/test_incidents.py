from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from boto3.dynamodb.conditions import Key

from qlik_monitor.adapters.dynamodb import table
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.incident import Incident, IncidentStatus
from qlik_monitor.errors import IncidentChanged, IncidentNotFound
from tests.fakes.aws import FakeStack
from tests.fakes.builders import NOON, a_decided, an_incident, later


def closed(incident: Incident) -> Incident:
    return incident.moved_to(IncidentStatus.CLOSED, later(hours=1), lease=timedelta(0))


def test_an_incident_comes_back_as_it_was_stored(incidents: DynamoDbIncidents) -> None:
    incident = a_decided()
    assert incidents.open(incident)
    assert incidents.get(incident.id) == incident
    assert incidents.all_open() == (incident,)


def test_a_subject_has_one_open_incident_at_most(incidents: DynamoDbIncidents) -> None:
    assert incidents.open(an_incident(id="first"))
    assert not incidents.open(an_incident(id="second"))
    assert [incident.id for incident in incidents.all_open()] == ["first"]
    with pytest.raises(IncidentNotFound, match="'second'"):
        incidents.get("second")


def test_a_task_and_its_server_each_have_their_own(incidents: DynamoDbIncidents) -> None:
    assert incidents.open(an_incident(id="task"))
    assert incidents.open(an_incident(id="server", subject=Subject(server="prod")))
    assert len(incidents.all_open()) == 2


def test_opening_the_same_incident_again_is_refused(incidents: DynamoDbIncidents) -> None:
    assert incidents.open(an_incident())
    assert not incidents.open(an_incident())


def test_each_write_counts_and_one_that_did_not_see_the_last_is_refused(
    incidents: DynamoDbIncidents,
) -> None:
    incidents.open(an_incident())
    read = incidents.get(an_incident().id)
    saved = incidents.save(read.model_copy(update={"reason": "mine"}))
    assert saved.version == 1
    with pytest.raises(IncidentChanged, match="since version 0"):
        incidents.save(read.model_copy(update={"reason": "theirs"}))
    assert incidents.get(read.id).reason == "mine"


def test_what_was_never_opened_is_not_saved(incidents: DynamoDbIncidents) -> None:
    with pytest.raises(IncidentChanged):
        incidents.save(an_incident())


def test_closing_frees_the_subject_and_keeps_the_incident(
    incidents: DynamoDbIncidents, stack: FakeStack
) -> None:
    incidents.open(an_incident(id="first"))
    incidents.close(closed(incidents.get("first")))
    assert incidents.all_open() == ()
    assert incidents.get("first").status is IncidentStatus.CLOSED
    assert incidents.open(an_incident(id="second"))
    expires = {item["pk"]: item.get("expires_at") for item in stack.dump()}
    assert expires["INCIDENT#first"] == int(later(days=90, hours=1).timestamp())
    assert expires["INCIDENT#second"] is None


def test_a_closing_that_did_not_see_the_last_write_changes_nothing(
    incidents: DynamoDbIncidents, stack: FakeStack
) -> None:
    incidents.open(an_incident())
    read = incidents.get(an_incident().id)
    incidents.save(read)
    before = stack.dump()
    with pytest.raises(IncidentChanged):
        incidents.close(closed(read))
    assert stack.dump() == before


def test_an_incident_is_closed_once(incidents: DynamoDbIncidents) -> None:
    incidents.open(an_incident())
    saved = incidents.close(closed(incidents.get(an_incident().id)))
    with pytest.raises(IncidentChanged):
        incidents.close(saved)


def open_many(incidents: DynamoDbIncidents, number: int) -> list[str]:
    ids = [f"i-{number:04}" for number in range(number)]
    for incident_id in ids:
        subject = Subject(server="prod", task=incident_id)
        incidents.open(an_incident(id=incident_id, subject=subject))
    return ids


def test_more_open_incidents_are_read_than_one_batch_holds(incidents: DynamoDbIncidents) -> None:
    ids = open_many(incidents, 101)
    assert [incident.id for incident in incidents.all_open()] == ids


def test_all_open_incidents_are_found_however_many_pages_they_fill(
    incidents: DynamoDbIncidents, stack: FakeStack
) -> None:
    ids = open_many(incidents, 5)
    for item in [item for item in stack.dump() if item["pk"] == "OPEN"]:
        stack.table.put_item(Item=item | {"padding": "x" * 350_000})
    assert "LastEvaluatedKey" in stack.table.query(KeyConditionExpression=Key("pk").eq("OPEN"))
    assert [incident.id for incident in incidents.all_open()] == ids


def test_what_a_batch_leaves_out_is_read_by_itself(
    incidents: DynamoDbIncidents, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = open_many(incidents, 3)
    client = incidents._table.meta.client
    monkeypatch.setattr(client, "batch_get_item", lambda **_named: {"Responses": {}})
    assert [incident.id for incident in incidents.all_open()] == ids


def test_of_many_cycles_that_open_the_same_incident_one_does(
    incidents: DynamoDbIncidents, stack: FakeStack
) -> None:
    stores = [DynamoDbIncidents(table(stack.table_name)) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        opened = list(
            pool.map(lambda n: stores[n].open(an_incident(id=f"i-{n}", opened_at=NOON)), range(8))
        )
    assert opened.count(True) == 1
    assert len(incidents.all_open()) == 1


def test_a_server_that_is_named_like_an_endpoint_has_an_incident_of_its_own(
    incidents: DynamoDbIncidents,
) -> None:
    endpoint = Subject(server="*", endpoint="Oracle")
    server = Subject(server=str(endpoint))
    for number, subject in enumerate((endpoint, server)):
        assert incidents.open(an_incident(id=f"i-{number}", subject=subject))
    assert not incidents.open(an_incident(id="i-2", subject=endpoint))
