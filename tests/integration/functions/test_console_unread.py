"""What is missing, unread or down is shown as that, on every page, and never as healthy or zero."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest

import functions.monitor_tasks.handler as monitor_tasks
from qlik_monitor.adapters import dynamodb_servers
from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.adapters.dynamodb_cycles import DynamoDbCycles
from qlik_monitor.adapters.dynamodb_servers import DynamoDbServers
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.anomaly import AnomalyKind, Subject
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.known_server import KnownServer, MissedTask, Roster
from qlik_monitor.domain.limits import PAUSE, LimitReading
from qlik_monitor.domain.task import ServerState, TaskId, TaskSnapshot, TaskState
from tests.fakes.aws import FakeStack
from tests.fakes.builders import a_server, a_snapshot, an_aborted, an_anomaly
from tests.fakes.platform import FakePlatform
from tests.fakes.running import run
from tests.integration.functions.test_console_pages import iso, opened, read, tasks_of
from tests.integration.functions.visiting import Page, Visitor, signed_in

TASK_PAGE = "/console/task?server=prod&task=orders"
INTERVAL = timedelta(minutes=5)
BODY = re.compile(r"<tbody.*?</tbody>", re.DOTALL)
ZEROS = {
    "total_latency_seconds": 0,
    "source_latency_seconds": 0,
    "waiting": 0,
    "target_records_per_second": 0,
    "memory_mb": 0,
    "data_error_count": 0,
}
Cycles = Callable[[int], None]


@pytest.fixture
def visitor(stack: FakeStack) -> Visitor:
    return signed_in(stack)


@pytest.fixture
def cycles(qlik: FakePlatform, monkeypatch: pytest.MonkeyPatch) -> Cycles:
    """Run so many cycles, five minutes apart; the first of all was two hours ago."""
    moment = utc_now() - timedelta(hours=2)
    monkeypatch.setattr(qlik, "_now", lambda: moment)

    def go_on(count: int) -> None:
        nonlocal moment
        for _ in range(count):
            run(monitor_tasks.handler, {"execution": f"cycle-{moment.isoformat()}"})
            moment += INTERVAL

    return go_on


def text_of(page: Page) -> str:
    """Return what a person reads on a page."""
    main = page.html.partition("<main")[2].partition("</main")[0]
    without = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", main, flags=re.DOTALL)
    return " ".join(unescape(without).split())


def known(stack: FakeStack, **states: ServerState) -> None:
    servers = [KnownServer(name=name, state=state) for name, state in sorted(states.items())]
    DynamoDbServers(stack.table).keep(servers)


def a_task(server: str, task: str) -> TaskSnapshot:
    return a_snapshot(id=TaskId(server=server, task=task))


@pytest.mark.parametrize("span", ["1h", "1d", "14d"])
def test_a_task_whose_last_reading_is_old_is_unread_on_its_page_too(
    span: str, visitor: Visitor, stack: FakeStack
) -> None:
    for number in range(5):
        read(stack, minutes=60 * 20 + 5 * number, orders={})
    page = visitor.get(f"{TASK_PAGE}&span={span}")
    assert page.status == 200
    heading = page.html.partition("<h1>")[2].partition("</h1>")[0]
    assert "UNREAD" in heading
    assert "RUNNING" not in heading
    told = text_of(page)
    assert "So it was when it was last read, as RUNNING, at" in told
    assert "how it is now is unknown" in told
    [moment] = re.findall(r'it was last read.*?datetime="([^"]+)Z"', page.html)
    age = utc_now() - datetime.fromisoformat(f"{moment}+00:00")
    assert timedelta(hours=20) <= age < timedelta(hours=20, minutes=4)


def test_a_task_that_was_read_just_now_says_when(visitor: Visitor, stack: FakeStack) -> None:
    for number in range(3):
        read(stack, minutes=5 * number, orders={})
    page = visitor.get(TASK_PAGE)
    assert "UNREAD" not in page.html
    assert "Read at" in text_of(page)


def test_a_task_that_cycles_passed_over_is_unread_on_both_pages(
    visitor: Visitor, stack: FakeStack
) -> None:
    for number in range(10):
        tasks: dict[str, Any] = {"stock": {}} | ({"orders": {}} if number > 4 else {})
        read(stack, minutes=5 * number, **tasks)
    assert tasks_of(visitor.get("/console?state=unread")) == ["orders"]
    page = text_of(visitor.get(TASK_PAGE))
    assert "orders UNREAD" in page
    assert "No forecast: the task was not read lately" in page


def test_old_figures_of_an_unread_task_are_not_the_fleet_s(
    visitor: Visitor, stack: FakeStack
) -> None:
    for number in range(5):
        read(stack, minutes=60 + 5 * number, orders={"waiting": 7})
    [row] = BODY.findall(visitor.get("/console").html)
    for old in ("2 s</td>", "7 records", "50 records/s"):
        assert old not in row
    assert row.count(">unknown</td>") == 3


def test_a_task_that_cannot_be_read_for_an_hour_stays_on_the_fleet(
    visitor: Visitor, qlik: FakePlatform, cycles: Cycles, stack: FakeStack
) -> None:
    for task in ("orders", "sick"):
        qlik.put(a_task("prod", task))
    cycles(2)
    del qlik.tasks[TaskId(server="prod", task="sick")]
    cycles(22)
    assert tasks_of(visitor.get("/console?state=unread")) == ["sick"]
    assert "2 tasks" in text_of(visitor.get("/console"))
    for span in ("1h", "1d"):
        page = visitor.get(f"/console/task?server=prod&task=sick&span={span}")
        assert (page.status, "UNREAD" in page.html) == (200, True)
    qlik.put(a_task("prod", "sick"))
    cycles(1)
    assert DynamoDbServers(stack.table).roster().missed == ()
    assert tasks_of(visitor.get("/console?state=unread")) == []


def test_a_server_that_leaves_qlik_s_list_is_gone_and_its_tasks_unread(
    visitor: Visitor, qlik: FakePlatform, cycles: Cycles
) -> None:
    for server, task in (("prod", "orders"), ("branch", "a"), ("branch", "b")):
        qlik.put(a_task(server, task))
    cycles(20)
    for task in ("a", "b"):
        del qlik.tasks[TaskId(server="branch", task=task)]
    cycles(4)
    told = text_of(visitor.get("/console"))
    assert "branch GONE 2 tasks" in told
    assert "1 server unread" in told
    assert tasks_of(visitor.get("/console?state=unread")) == ["a", "b"]


def test_a_server_without_a_list_is_unread_and_not_empty(
    visitor: Visitor, qlik: FakePlatform, cycles: Cycles
) -> None:
    qlik.put(a_task("prod", "orders"))
    qlik.servers = [a_server("prod"), a_server("lost", state=ServerState.NOT_CONNECTED)]
    cycles(24)
    told = text_of(visitor.get("/console"))
    assert "lost NOT CONNECTED tasks unknown" in told
    assert "1 server unread" in told


def test_a_roster_is_written_only_when_it_changes(
    qlik: FakePlatform, cycles: Cycles, stack: FakeStack
) -> None:
    for task in ("orders", "sick"):
        qlik.put(a_task("prod", task))
    cycles(2)
    del qlik.tasks[TaskId(server="prod", task="sick")]
    cycles(1)
    stack.table.update_item(
        Key={"pk": "SERVERS", "sk": "SERVERS"},
        UpdateExpression="SET untouched = :yes",
        ExpressionAttributeValues={":yes": True},
    )
    cycles(3)
    [item] = [one for one in stack.dump() if one["pk"] == "SERVERS"]
    assert "untouched" in item
    assert [one.task for one in DynamoDbServers(stack.table).roster().missed] == ["sick"]


def test_more_lost_names_than_an_item_holds_are_cut_and_that_is_said(
    visitor: Visitor, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb_servers, "MISSED_BYTES", 300)
    read(stack, orders={})
    now = utc_now()
    missed = tuple(
        MissedTask(server="prod", task=f"t{number}", read_at=now - timedelta(seconds=number))
        for number in range(100)
    )
    DynamoDbServers(stack.table).change(
        lambda before: Roster(servers=before.servers, missed=missed, nameless=1)
    )
    told = text_of(visitor.get("/console"))
    assert 0 < len(DynamoDbServers(stack.table).roster().missed) < 100
    assert "More tasks were lost from sight than are named here." in told
    assert "1 entry of Qlik's lists could not be read" in told


def test_an_open_incident_s_task_is_on_the_fleet_whatever_was_read(
    visitor: Visitor, stack: FakeStack
) -> None:
    read(stack, orders={})
    opened(stack, id="own", subject=Subject(server="lost", task="sick"))
    opened(
        stack,
        id="group",
        subject=Subject(server="*", endpoint="DB"),
        anomalies=(an_anomaly(AnomalyKind.ENDPOINT_TROUBLE),),
        members=("prod/stock",),
    )
    page = visitor.get("/console")
    assert set(tasks_of(page)[:2]) == {"sick", "stock"}
    assert sorted(tasks_of(visitor.get("/console?state=ill"))) == ["sick", "stock"]
    assert sorted(tasks_of(visitor.get("/console?state=unread"))) == ["sick", "stock"]
    assert "lost GONE 1 task" in text_of(page)
    links = re.findall(r'href="([^"]*console/task[^"]*)"', page.html)
    assert len(links) == 3
    assert all(visitor.follow("/console", link).status == 200 for link in links)


def test_of_a_server_that_was_never_read_the_number_of_tasks_is_unknown(
    visitor: Visitor, stack: FakeStack
) -> None:
    read(stack, orders={})
    known(stack, prod=ServerState.MONITORED, lost=ServerState.ERROR)
    told = text_of(visitor.get("/console"))
    assert "lost ERROR tasks unknown" in told
    assert "1 server unread" in told


def test_a_lost_server_s_incident_is_that_of_its_unread_tasks(
    visitor: Visitor, stack: FakeStack
) -> None:
    read(stack, "lost", minutes=90, orders={}, stock={})
    read(stack, stock={})
    known(stack, prod=ServerState.MONITORED, lost=ServerState.NOT_CONNECTED)
    opened(
        stack,
        subject=Subject(server="lost"),
        anomalies=(an_anomaly(AnomalyKind.SERVER_UNREACHABLE),),
    )
    page = visitor.get("/console?server=lost")
    assert tasks_of(page) == ["orders", "stock"]
    [rows] = BODY.findall(page.html)
    assert rows.count("critical: open") == 2
    assert ">none<" not in rows
    assert tasks_of(visitor.get("/console?state=ill")) == ["orders", "stock"]
    assert "critical: open" in visitor.get("/console/task?server=lost&task=orders").html
    assert visitor.get("/console/task?server=lost&task=nobody").status == 404


def test_health_says_what_it_counts(visitor: Visitor, stack: FakeStack) -> None:
    report = CycleReport(id="1", finished_at=utc_now(), tasks=5, unread=1, ill=10)
    DynamoDbCycles(stack.table).record(report)
    told = text_of(visitor.get("/console/health"))
    assert "1 task or server not read, or not whole" in told
    assert "10 ill tasks and servers" in told


@pytest.mark.parametrize("state", [TaskState.ERROR, TaskState.STOPPED])
def test_the_zeros_of_a_task_that_is_down_are_no_figures(
    state: TaskState, visitor: Visitor, stack: FakeStack
) -> None:
    for number in range(3):
        read(stack, minutes=5 * number, orders={"state": state} | ZEROS)
    [row] = BODY.findall(visitor.get("/console").html)
    assert row.count(">not running</td>") == 2
    assert row.count(">unknown</td>") == 1
    page = visitor.get(TASK_PAGE)
    figures = text_of(page).partition("Read at")[0]
    assert figures.count("not running") == 4
    assert figures.count("unknown") == 2
    assert not re.findall(r">0( s)?</td>", BODY.findall(page.html)[0])


def test_an_incident_tells_no_zeros_of_a_task_that_is_down(
    visitor: Visitor, qlik: FakePlatform, cycles: Cycles
) -> None:
    qlik.put(an_aborted(total_latency_seconds=0, source_latency_seconds=0, memory_mb=0))
    cycles(1)
    [link] = re.findall(r'href="([^"]*incidents/[^"]+)"', visitor.get("/console/incidents").html)
    told = text_of(visitor.follow("/console/incidents", link))
    for expected in ("Total latency not running", "Memory not running", "Data errors unknown"):
        assert expected in told
    assert not re.findall(r"\b0 (s|MB|records)\b", told)


def test_limits_that_hold_no_more_hold_nothing_back(visitor: Visitor, stack: FakeStack) -> None:
    now = utc_now()

    def limit(name: str, until: datetime | None = None) -> LimitReading:
        return LimitReading(name=name, used=3, allowed=3, refuses=f"{name} refuses", until=until)

    over = limit("server_cap", now - timedelta(hours=5))
    holds = limit("fleet_cap", now + timedelta(minutes=5))
    of_incidents = [(over,), (over, holds), (limit("attempts"), holds), (limit(PAUSE),)]
    for number, limits in enumerate(of_incidents):
        subject = Subject(server="prod", task=f"task-{number}")
        opened(stack, id=f"i{number}", subject=subject, limits=limits)
    page = visitor.get("/console/automation").html
    held = page.partition('id="held"')[2].partition("</section>")[0]
    assert "server_cap refuses" not in held
    assert "pause refuses" not in held
    assert held.count("fleet_cap refuses") == 2
    # No time can be told for the attempts, so none is told for both.
    assert held.count(iso(now + timedelta(minutes=5))) == 1
    DynamoDbAutomation(stack.table).pause("Kim", "", now)
    assert "pause refuses" in visitor.get("/console/automation").html
