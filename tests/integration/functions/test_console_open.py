"""Pages that list what is open: in parts, in order, and without reading more than they show."""

import re
from datetime import timedelta
from html import unescape

import pytest

from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.anomaly import AnomalyKind, Severity, Subject
from qlik_monitor.domain.incident import IncidentStatus
from qlik_monitor.domain.limits import LimitReading
from tests.fakes.aws import FakeStack
from tests.fakes.builders import an_aborted, an_anomaly
from tests.integration.functions.test_console_pages import closed, opened, read
from tests.integration.functions.test_console_permissions import Calls, calls
from tests.integration.functions.visiting import Page, Visitor, signed_in

__all__ = ["calls"]

WARNING = (an_anomaly(AnomalyKind.LAGGING, severity=Severity.WARNING),)
MANY = 110


@pytest.fixture
def visitor(stack: FakeStack) -> Visitor:
    return signed_in(stack)


def open_many(stack: FakeStack) -> None:
    """Open so many incidents that every third is critical, and every tenth waits for an answer."""
    for number in range(MANY):
        waits = IncidentStatus.AWAITING_APPROVAL if number % 10 == 0 else IncidentStatus.ESCALATED
        opened(
            stack,
            id=f"i-{number:03}",
            subject=Subject(server="prod", task=f"t{number}"),
            status=waits,
            **({} if number % 3 == 0 else {"anomalies": WARNING}),
        )


def ids_of(page: Page) -> list[str]:
    return re.findall(r'incidents/(i-\d{3})"', page.html)


def read_whole(calls: Calls) -> set[str]:
    """Return the ids of the incidents that were read whole."""
    return {one for _, body in calls for one in re.findall(r'"INCIDENT#([^"]+)"', body)}


def test_open_incidents_are_cut_into_pages_in_one_order(
    calls: Calls, visitor: Visitor, stack: FakeStack
) -> None:
    open_many(stack)
    closed(stack, 1, subject=Subject(server="prod", task="done"))
    seen: list[list[str]] = []
    address: str | None = "/console/incidents"
    while address:
        calls.clear()
        page = visitor.follow("/console/incidents", address)
        seen.append(ids_of(page))
        assert read_whole(calls) == set(seen[-1])
        assert f"Page {len(seen)} of 3" in page.html
        assert ("None was closed" in page.html, "2026-0001" in page.html) == (False, len(seen) == 1)
        nav = page.html.partition('aria-label="Pages of open incidents"')[2].partition("</nav>")[0]
        following = re.findall(r'rel="next" href="([^"]+)"', nav)
        address = following[0] if following else None
    assert [len(one) for one in seen] == [50, 50, 10]
    order = sorted(range(MANY), key=lambda n: (n % 10 != 0, n % 3 != 0, n))
    assert [one for part in seen for one in part] == [f"i-{number:03}" for number in order]
    first = unescape(visitor.get("/console/incidents").html)
    assert "11 waiting" in first
    assert "99 open, critical ones first" in first
    assert "All 11 stand on the pages before" in visitor.get("/console/incidents?page=2").html
    assert ids_of(visitor.get("/console/incidents?page=77")) == seen[-1]
    assert visitor.get("/console/incidents?page=0").status == 400


def test_the_fleet_reads_no_incident_whole_and_a_task_its_own_alone(
    calls: Calls, visitor: Visitor, stack: FakeStack
) -> None:
    read(stack, orders={}, stock={}, other={})
    opened(stack, id="own", snapshot=an_aborted())
    opened(stack, id="other", subject=Subject(server="prod", task="other"))
    endpoint = Subject(server="*", endpoint="DB")
    opened(stack, id="group", subject=endpoint, members=("prod/stock", "prod/orders"))
    found: dict[str, set[str]] = {}
    for page in ("/console", *(f"/console/task?server=prod&task={t}" for t in ("orders", "stock"))):
        calls.clear()
        assert visitor.get(page).status == 200
        found[page.rpartition("=")[2]] = read_whole(calls)
    assert found == {"/console": set(), "orders": {"own"}, "stock": {"group"}}
    assert "endpoint DB" in visitor.get("/console").html


def test_an_incident_that_closes_while_a_page_is_made_is_not_shown_as_open(
    visitor: Visitor, stack: FakeStack
) -> None:
    read(stack, orders={})
    incident = opened(stack)
    lock = stack.table.get_item(Key={"pk": "OPEN", "sk": "prod/orders"})["Item"]
    ended = {"status": IncidentStatus.CLOSED, "closed_at": utc_now(), "updated_at": utc_now()}
    DynamoDbIncidents(stack.table).close(incident.model_copy(update=ended))
    stack.table.put_item(Item=lock)
    assert "Open since" not in visitor.get("/console/task?server=prod&task=orders").html


def test_automation_reads_only_what_ran_into_a_limit(
    calls: Calls, visitor: Visitor, stack: FakeStack
) -> None:
    ends = utc_now() + timedelta(hours=1)
    refused = LimitReading(name="task", used=3, allowed=3, refuses="it is reached", until=ends)
    for number in range(53):
        subject = Subject(server="prod", task=f"t{number}")
        opened(stack, id=f"i-{number:03}", subject=subject, limits=(refused,))
    opened(stack, id="free", limits=(refused.model_copy(update={"refuses": None}),))
    calls.clear()
    page = visitor.get("/console/automation")
    assert read_whole(calls) == set(ids_of(page)) == {f"i-{number:03}" for number in range(50)}
    assert "3 more open incidents ran into a limit" in page.html
