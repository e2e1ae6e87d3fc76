import hashlib
import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest

from functions.console.static_files import FOLDER
from local.alert_rules.reading import read_rules
from qlik_monitor import composition_rules
from qlik_monitor.adapters.dynamodb_accounts import read_account
from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.adapters.dynamodb_cycles import DynamoDbCycles
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_model_usage import DynamoDbModelUsage
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.adapters.dynamodb_servers import DynamoDbServers
from qlik_monitor.adapters.html_pages import readable
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.anomaly import AnomalyKind, Severity, Subject
from qlik_monitor.domain.automation import Automation
from qlik_monitor.domain.console_session import Role
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.explanation import explain
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.incident import Incident, IncidentStatus, Outcome
from qlik_monitor.domain.known_server import KnownServer
from qlik_monitor.domain.limits import LimitReading, Limits
from qlik_monitor.domain.limits_consulted import Spent, consult
from qlik_monitor.domain.model_budget import ModelBudget, Usage
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import ServerState, StopReason, TaskId, TaskState
from tests.contract.docs.markdown import ROOT
from tests.fakes.aws import FakeStack
from tests.fakes.builders import (
    TASK,
    a_decision,
    a_proposal,
    a_restart,
    an_aborted,
    an_anomaly,
    an_incident,
)
from tests.fakes.history import a_point
from tests.integration.functions.visiting import Page, Visitor, signed_in

HOSTILE = "<script>alert(1)</script>\" onload='x' {{7*7}} &amp; javascript:x"
SECRET_TEXT = "password=hunter2"


@pytest.fixture
def visitor(stack: FakeStack) -> Visitor:
    return signed_in(stack)


def iso(moment: datetime) -> str:
    """Write a moment as pages do."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def read(stack: FakeStack, server: str = "prod", minutes: float = 0, **tasks: Any) -> None:
    """Store a reading of a server's tasks, by name, made so many minutes ago."""
    at = (utc_now() - timedelta(minutes=minutes)).replace(microsecond=0)
    points = {name: replace(a_point(**changes), at=at) for name, changes in tasks.items()}
    save(stack, server, points, at)


def names(*tasks: str) -> dict[str, Any]:
    """Name healthy tasks."""
    return {task: {} for task in tasks}


def save(stack: FakeStack, server: str, points: dict[str, HistoryPoint], at: datetime) -> None:
    DynamoDbHistory(stack.table).save(server, points, at)
    servers = DynamoDbServers(stack.table)
    names = {one.name for one in servers.all()} | {server}
    servers.keep([KnownServer(name=one, state=ServerState.MONITORED) for one in sorted(names)])


def opened(stack: FakeStack, **changes: Any) -> Incident:
    incident = an_incident(**{"opened_at": utc_now(), "updated_at": utc_now()} | changes)
    DynamoDbIncidents(stack.table).open(incident)
    return incident


def closed(stack: FakeStack, number: int, **changes: Any) -> Incident:
    at = utc_now() - timedelta(hours=number)
    incident = opened(stack, id=f"2026-{number:04}", opened_at=at, updated_at=at, **changes)
    ended = {
        "status": IncidentStatus.CLOSED,
        "outcome": Outcome.RESTARTED,
        "reason": "2 healthy readings in a row",
        "closed_at": at,
        "updated_at": at,
    }
    DynamoDbIncidents(stack.table).close(incident.model_copy(update=ended))
    return incident


def tasks_of(page: Page) -> list[str]:
    body = page.html.partition('id="results"')[2]
    return [unescape(one) for one in re.findall(r'scope="row"[^>]*><a [^>]*>([^<]+)</a>', body)]


def test_pages_are_private_and_load_nothing_from_elsewhere(
    visitor: Visitor, stack: FakeStack
) -> None:
    read(stack, orders={})
    incident = opened(stack)
    for address in (
        "/console",
        "/console/task?server=prod&task=orders",
        "/console/incidents",
        f"/console/incidents/{incident.id}",
        "/console/automation",
        "/console/health",
        "/console/nothing",
    ):
        page = visitor.get(address)
        headers = page.headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert not re.findall(r"<style|style=|<script(?! defer src=)|https?://", page.html)
        assert "<main id=" in page.html
        assert page.html.count("<h1>") == 1


def test_every_link_of_a_page_leads_somewhere(visitor: Visitor, stack: FakeStack) -> None:
    read(stack, orders={}, **names("a/b & c"))
    opened(stack)
    for address in (
        "/console",
        "/console/",
        "/console/incidents",
        "/console/task?server=prod&task=orders",
    ):
        page = visitor.get(address)
        assert page.status == 200
        links = set(re.findall(r'(?:href|src)="([^"#]+)"', page.html))
        assert len(links) > 5
        assert {link: visitor.follow(address, link).status for link in links} == dict.fromkeys(
            links, 200
        )


def test_head_answers_as_get_does(visitor: Visitor, stack: FakeStack) -> None:
    read(stack, orders={})
    before = stack.dump()
    assert visitor.get("/console", "HEAD").status == 200
    assert visitor.get("/console/incidents/none", "HEAD").status == 404
    assert stack.dump() == before


def test_the_fleet_is_shown_worst_first(visitor: Visitor, stack: FakeStack) -> None:
    read(
        stack,
        slow={"total_latency_seconds": 500},
        orders={"state": TaskState.ERROR, "total_latency_seconds": None},
        quick={"total_latency_seconds": 1},
        rested={"state": TaskState.STOPPED, "stop_reason": StopReason.NORMAL},
        broken={"state": TaskState.ERROR},
    )
    opened(stack)
    page = visitor.get("/console")
    assert tasks_of(page) == ["orders", "broken", "slow", "quick", "rested"]
    for expected in ("critical: open", "8.3 min", "50 records/s", "on purpose"):
        assert expected in page.html


def test_a_task_that_was_not_read_lately_is_unread_and_not_running(
    visitor: Visitor, stack: FakeStack
) -> None:
    for minutes in (20, 15, 10, 5, 0):
        lost = ["lost"] if minutes == 20 else []
        read(stack, minutes=minutes, **names("orders", *lost))
    page = visitor.get("/console?state=unread")
    assert tasks_of(page) == ["lost"]
    assert "UNREAD" in page.html
    assert tasks_of(visitor.get("/console?state=running")) == ["orders"]


def test_filters_narrow_the_list(visitor: Visitor, stack: FakeStack) -> None:
    read(stack, orders={}, Customers={"state": TaskState.RECOVERY})
    read(stack, "branch", orders={})
    opened(stack)
    assert tasks_of(visitor.get("/console?q=CUSTOM")) == ["Customers"]
    assert tasks_of(visitor.get("/console?server=branch")) == ["orders"]
    assert tasks_of(visitor.get("/console?state=recovery")) == ["Customers"]
    assert len(tasks_of(visitor.get("/console?state=ill"))) == 1
    assert tasks_of(visitor.get("/console?q=branch%2F")) == ["orders"]
    nothing = visitor.get("/console?server=gone&q=x")
    assert nothing.status == 200
    assert "There is no server “gone”" in nothing.html
    assert "show all 3 tasks" in nothing.html


def test_links_and_counts_keep_to_what_is_searched(visitor: Visitor, stack: FakeStack) -> None:
    read(stack, orders={"state": TaskState.ERROR}, stock={})
    read(stack, "a&b", orders={}, **names("stock 1", "stock 2"))
    page = visitor.get("/console?server=a%26b&q=stock&state=error")
    assert tasks_of(page) == []
    for expected in (
        '<a href="./console?server=a%26b&amp;q=stock"><b>2</b>of 5 tasks</a>',
        '<a href="./console?server=a%26b&amp;state=running&amp;q=stock"><b>2</b>running</a>',
        '<a href="./console?server=a%26b&amp;state=error&amp;q=stock"><b>0</b>error</a>',
        '<a href="./console?server=prod&amp;state=error&amp;q=stock"><span',
        ">running (2)</option>",
        'selected value="error">error (0)</option>',
    ):
        assert expected in page.html
    assert '<a href="./console"><b>5</b>tasks</a>' in visitor.get("/console").html


def test_the_list_is_cut_into_pages_of_fifty(visitor: Visitor, stack: FakeStack) -> None:
    read(stack, **names(*(f"task-{number:03}" for number in range(120))))
    first = visitor.get("/console?q=task")
    assert len(tasks_of(first)) == 50
    [following] = re.findall(r'rel="next" href="([^"]+)"', first.html)
    second = visitor.follow("/console", following)
    assert tasks_of(second)[0] == "task-050"
    assert 'rel="prev"' in second.html
    last = visitor.get("/console?q=task&page=99")
    assert len(tasks_of(last)) == 20
    assert 'rel="next"' not in last.html


def test_members_of_a_group_carry_its_incident(visitor: Visitor, stack: FakeStack) -> None:
    read(stack, orders={}, stock={})
    opened(
        stack,
        subject=Subject(server="*", endpoint="Sales DB"),
        anomalies=(an_anomaly(AnomalyKind.ENDPOINT_TROUBLE),),
        members=("prod/orders",),
    )
    page = visitor.get("/console")
    assert tasks_of(visitor.get("/console?state=ill")) == ["orders"]
    assert "endpoint Sales DB" in page.html


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("state=sick", "state='sick': expected one of: ill,"),
        ("page=0", "page='0': expected a whole number from 1"),
        ("page=9999999999999", "page='9999999999999': expected"),
        ("page=%D9%A3", "expected a whole number"),
        ("q=" + "x" * 401, "expected at most 400 characters"),
        ("state=<script>", "&lt;script&gt;"),
    ],
)
def test_a_wrong_filter_is_named(query: str, said: str, visitor: Visitor) -> None:
    page = visitor.get(f"/console?{query}")
    assert page.status == 400
    assert said in unescape(page.html) or said in page.html


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("server=prod", 400),
        ("server=prod&task=orders&span=3d", 400),
        ("server=prod&task=orders&span=", 400),
        ("server=prod&task=none", 404),
        ("server=none&task=orders", 404),
        ("server=prod&task=" + "x" * 500, 400),
        ("server=" + "%C3%A9" * 400 + "&task=" + "%C3%A9" * 400, 404),
        ("server=" + "%E2%82%AC" * 400 + "&task=" + "%E2%82%AC" * 400, 400),
    ],
)
def test_a_wrong_task_is_no_error_of_ours(
    query: str, status: int, visitor: Visitor, stack: FakeStack
) -> None:
    read(stack, orders={})
    assert visitor.get(f"/console/task?{query}").status == status


@pytest.mark.parametrize(
    "incident_id", ["none", "..%2F..", "APPROVAL%23x", "%F0%9F%98%80", "x" * 2000, "<b>"]
)
def test_an_unknown_incident_is_not_found(incident_id: str, visitor: Visitor) -> None:
    assert visitor.get(f"/console/incidents/{incident_id}").status == 404


def test_an_empty_stack_says_what_to_do(visitor: Visitor, stack: FakeStack) -> None:
    assert "schedule_enabled" in visitor.get("/console").html
    assert "No cycle has been reported" in visitor.get("/console/health").html
    page = visitor.get("/console/incidents").html
    for empty in ("No proposal waits", "No other incident is open", "None was closed"):
        assert empty in page
    assert "No limit holds an open incident back" in visitor.get("/console/automation").html


@pytest.mark.parametrize("span", ["1h", "1d", "7d", "14d"])
def test_a_task_s_days_are_drawn_with_what_befell_it(
    span: str, visitor: Visitor, stack: FakeStack
) -> None:
    for minutes in range(0, 60, 5):
        read(stack, minutes=minutes, orders={"total_latency_seconds": 10 * minutes})
    opened(stack, snapshot=an_aborted())
    restart = a_restart(requested_at=utc_now() - timedelta(minutes=20))
    restarts = DynamoDbRestarts(stack.table)
    restarts.reserve(restart, Limits())
    restarts.record(restart, RestartOutcome.FAILED, "latency rose again", utc_now())
    page = visitor.get(f"/console/task?server=prod&task=orders&span={span}")
    assert page.status == 200
    assert page.html.count('class="line" points=') == 2
    assert page.html.count("<title>open incident: aborted</title>") == 2
    assert page.html.count("<title>resume: failed") == 2
    assert "1 incident, 1 restart." in page.html
    assert "latency rose again" in page.html
    assert "Counts as lagging from" in page.html


def test_a_task_whose_numbers_are_unknown_is_not_drawn_as_zero(
    visitor: Visitor, stack: FakeStack
) -> None:
    for minutes in (10, 5, 0):
        read(
            stack,
            minutes=minutes,
            orders={"total_latency_seconds": None, "target_records_per_second": None},
        )
    page = visitor.get("/console/task?server=prod&task=orders")
    assert 'class="line" points=' not in page.html
    assert page.html.count("unknown") >= 4


def test_what_a_task_s_closed_incidents_were_is_kept(visitor: Visitor, stack: FakeStack) -> None:
    closed(stack, 3)
    read(stack, orders={})
    page = visitor.get("/console/task?server=prod&task=orders")
    assert "<title>incident: aborted</title>" in page.html
    assert "2 healthy readings in a row" in page.html


def test_incidents_that_wait_for_a_person_stand_first(visitor: Visitor, stack: FakeStack) -> None:
    opened(stack, id="waits", status=IncidentStatus.AWAITING_APPROVAL, proposal=a_proposal())
    opened(
        stack,
        id="warned",
        subject=Subject(server="prod", task="b"),
        anomalies=(an_anomaly(AnomalyKind.LAGGING, severity=Severity.WARNING),),
    )
    opened(stack, id="hurts", subject=Subject(server="prod", task="c"))
    closed(stack, 1, subject=Subject(server="prod", task="d"))
    page = visitor.get("/console/incidents").html
    places = [page.index(f"incidents/{one}") for one in ("waits", "hurts", "warned", "2026-0001")]
    assert places == sorted(places)
    assert "resume, 95&nbsp;%" in page


@pytest.mark.parametrize(
    ("role", "said"),
    [
        (Role.APPROVER, "Open one to answer it, or use the link that was sent."),
        (Role.VIEWER, "Approvers answer by the link that was sent to them"),
    ],
)
def test_the_list_says_how_its_reader_answers(role: Role, said: str, stack: FakeStack) -> None:
    opened(stack, status=IncidentStatus.AWAITING_APPROVAL, proposal=a_proposal())
    assert said in signed_in(stack, role).get("/console/incidents").html


def test_closed_incidents_are_read_page_by_page(visitor: Visitor, stack: FakeStack) -> None:
    for number in range(60):
        closed(stack, number * 24, subject=Subject(server="prod", task=f"t{number}"))
    seen: list[str] = []
    address: str | None = "/console/incidents"
    while address:
        page = visitor.follow("/console/incidents", address)
        found = re.findall(r"incidents/(2026-\d{4})\"", page.html)
        seen += found
        older = re.findall(r'rel="next" href="([^"]+)"', page.html)
        address = older[0] if older else None
    assert seen == [f"2026-{number * 24:04}" for number in range(60)]


@pytest.mark.parametrize(
    "before",
    [
        "x",
        "%23",
        "9" * 500,
        "2026-13-01T00:00:00%2B00:00%23x",
        "2026-02-30T00:00:00%2B00:00%23x",
        "0000-01-01T00:00:00%2B00:00%23x",
        "9999-01-01T00:00:00%2B00:00%23x",
    ],
)
def test_a_wrong_place_of_the_list_is_refused(before: str, visitor: Visitor) -> None:
    assert visitor.get(f"/console/incidents?before={before}").status == 400


def test_an_incident_tells_its_story(visitor: Visitor, stack: FakeStack) -> None:
    incident = opened(
        stack,
        proposal=a_proposal(),
        decision=a_decision(),
        snapshot=an_aborted(),
        limits=(LimitReading(name="task", used=3, allowed=3, refuses="the limit is reached"),),
        reason="it needs a person",
    )
    DynamoDbRestarts(stack.table).reserve(a_restart(incident_id=incident.id), Limits())
    page = unescape(visitor.get(f"/console/incidents/{incident.id}").html)
    told = explain(read_account(stack.table, incident, utc_now()))
    for part in told.sections:
        assert part.title in page
        assert part.empty in page or not part.is_empty
        for row in part.rows:
            assert f"<dt>{row.label}</dt><dd>{unescape(readable(row.value))}</dd>" in page
        for entry in (entry for listing in part.lists for entry in listing.entries):
            assert entry in page
    for expected in ("The connection was lost.", "the limit is reached", "resume"):
        assert expected in page


def test_an_endpoint_s_incident_links_its_tasks(visitor: Visitor, stack: FakeStack) -> None:
    incident = opened(
        stack, subject=Subject(server="*", endpoint="DB"), members=("prod/orders", "prod/a&b")
    )
    page = visitor.get(f"/console/incidents/{incident.id}").html
    assert "task?server=prod&amp;task=a%26b" in page


def test_automation_shows_what_is_deployed_and_what_is_held_back(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTO_RESTART_ENABLED", "true")
    monkeypatch.setenv("AUTO_RESTART_SERVERS", "prod-*")
    monkeypatch.setenv("MAX_RESTART_ATTEMPTS", "4")
    now = utc_now()
    DynamoDbAutomation(stack.table).pause("Kim", "", now)
    spent = Spent(task=TASK, server=(now, now), automation=Automation(paused=True, by="Kim"))
    readings = consult(Action.RESUME, spent, Limits(server_cap=2), None, now)
    opened(stack, limits=readings)
    page = signed_in(stack).get("/console/automation").html
    for expected in (
        "prod-*",
        "4 restarts",
        "every restart needs a person",
        "pause: automation is paused by Kim",
        "server cap of prod: 2 of 2 used; SERVER_RESTART_CAP=2 is reached",
    ):
        assert expected in page


def test_automation_shows_what_is_used_of_each_limit(visitor: Visitor, stack: FakeStack) -> None:
    now, store = utc_now(), DynamoDbRestarts(stack.table)
    for number in range(3):
        restart = a_restart(
            task=TaskId(server="prod", task=f"t{number}"),
            endpoints=("Oracle <PROD>",),
            requested_at=now - timedelta(minutes=9),
        )
        store.reserve(restart, Limits())
        store.record(restart, RestartOutcome.FAILED, "", now - timedelta(minutes=5))
    usage = DynamoDbModelUsage(stack.table)
    asked = Usage(calls=1, prompt_tokens=1450, completion_tokens=50, micro_dollars=4125)
    usage.reserve(asked, ModelBudget.of_dollars(500, 1_000_000, 5.0), now)
    page = visitor.get("/console/automation").html
    for expected in (
        ">3 of 50</td>",
        ">3 of 25</td>",
        "Oracle &lt;PROD&gt;",
        "open</span> <span",
        "nothing is restarted there",
        ">3 of 3</td>",
        ">1</td>",
        ">500</td>",
        ">1.50k</td>",
        ">$0.0042</td>",
        ">$5</td>",
        "Nobody has ever paused it",
    ):
        assert expected in page
    assert iso(now - timedelta(minutes=5) + timedelta(minutes=30)) in page


def test_a_spent_budget_says_who_proposes_now(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_CALLS_PER_DAY", "0")
    assert "spent: the rules propose" in signed_in(stack).get("/console/automation").html


def test_a_pause_is_shown_with_who_and_why(visitor: Visitor, stack: FakeStack) -> None:
    DynamoDbAutomation(stack.table).pause("Grace <b>", f"storm {SECRET_TEXT}", utc_now())
    page = visitor.get("/console/automation").html
    for expected in ("paused</span> by Grace &lt;b&gt;", "storm", "make resume-automation"):
        assert expected in page
    assert "hunter2" not in page


def test_health_shows_cycles_and_what_failed(visitor: Visitor, stack: FakeStack) -> None:
    cycles, now = DynamoDbCycles(stack.table), utc_now()
    for number in range(60):
        at = now - timedelta(minutes=30 * number)
        cycles.record(CycleReport(id=str(number), finished_at=at, tasks=77))
    error = f"QlikUnavailable: {HOSTILE} {SECRET_TEXT}"
    cycles.record(CycleReport(id="x", finished_at=now, succeeded=False, error=error))
    cycles.failure_is_news("QlikUnavailable", now - timedelta(seconds=5))
    page = visitor.get("/console/health").html
    for expected in ("People were told of: QlikUnavailable", "<b>77</b>", "when it last worked"):
        assert expected in page
    assert "hunter2" not in page
    assert "<script>alert" not in page


def test_health_counts_failures_and_says_when_cycles_have_stopped(
    visitor: Visitor, stack: FakeStack
) -> None:
    cycles, now = DynamoDbCycles(stack.table), utc_now()
    for number in range(6):
        at = now - timedelta(minutes=30 + 5 * number)
        error = "TimedOut: the step took too long" if number % 2 else ""
        cycles.record(CycleReport(id=f"{number}", finished_at=at, succeeded=not error, error=error))
    page = visitor.get("/console/health").html
    for expected in ("overdue", "<b>TimedOut</b>, 3 times", "the step took too long"):
        assert expected in page
    read(stack, orders={})
    assert "No cycle has ended lately" in visitor.get("/console").html
    cycles.record(CycleReport(id="new", finished_at=now))
    assert "overdue" not in visitor.get("/console/health").html
    assert 'class="alert"' not in visitor.get("/console").html


def test_health_adds_up_what_the_model_cost_and_says_what_is_unknown(
    visitor: Visitor, stack: FakeStack
) -> None:
    usage, now = DynamoDbModelUsage(stack.table), utc_now()
    budget = ModelBudget.of_dollars(500, 1_000_000, 5.0)
    asked = Usage(calls=1, prompt_tokens=1000, completion_tokens=200, micro_dollars=1_250_000)
    days = {now, now.replace(day=1)}
    for at in days:
        usage.reserve(asked, budget, at)
    page = unescape(visitor.get("/console/health").html)
    assert page.count(">$1.2500</td>") == (1 if len(days) == 2 else 2)
    assert f">${1.25 * len(days):.4f}</td>" in page
    assert f"asked on {len(days)} day" in page
    assert "<b>unknown</b>" in page


def test_a_task_that_rises_shows_where_it_goes(visitor: Visitor, stack: FakeStack) -> None:
    for number in range(18):
        latency = {"total_latency_seconds": 400 - 20 * number, "applied": 1000 - number}
        read(stack, minutes=5 * number, orders=latency)
    for span in ("1h", "1d"):
        page = visitor.get(f"/console/task?server=prod&task=orders&span={span}").html
        assert 'class="forecast" points="' in page
        assert page.count('class="likely" points="') == 1
        assert "min it crosses 10 min (" in page
        [said] = re.findall(r'aria-label="(Latency over [^"]*)"', page)
        assert "In about" in said
    longer = visitor.get("/console/task?server=prod&task=orders&span=7d").html
    assert 'class="forecast"' not in longer
    assert "It is drawn over 1 hour and 1 day." in longer


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "the latency is not rising"),
        ({"state": TaskState.ERROR}, "the task is not running (ERROR)"),
        ({"total_latency_seconds": None}, "the latency is unknown"),
    ],
)
def test_a_task_without_a_forecast_says_why(
    changes: dict[str, Any], said: str, visitor: Visitor, stack: FakeStack
) -> None:
    for number in range(18):
        read(stack, minutes=5 * number, orders=changes)
    page = visitor.get("/console/task?server=prod&task=orders&span=1h").html
    assert f"No forecast: {said}." in page
    assert 'class="forecast"' not in page


def test_a_task_with_a_few_readings_says_that_they_are_too_few(
    visitor: Visitor, stack: FakeStack
) -> None:
    read(stack, orders={})
    page = visitor.get("/console/task?server=prod&task=orders").html
    assert "too few readings since it runs (1 over 0 s; it takes 6 over 20 min)" in page


def test_a_task_s_page_says_what_make_rules_check_says(
    visitor: Visitor, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = read_rules(ROOT / "docs" / "alert_rules.example.yaml", ROOT)
    monkeypatch.setattr(composition_rules, "_file", lambda: (example.file, example.place))
    composition_rules.alert_rules.cache_clear()
    read(stack, "prod-eu-1", orders={})
    address = "/console/task?server=prod-eu-1&task=orders"
    page = unescape(visitor.get(address).html)
    for expected in (
        "tags unknown",
        '<b>everything</b> <span class="soft">(line 8): every matcher fits',
        '<b>gold on production</b> <span class="soft">(line 15): it takes one of the tags gold',
        "(line 35): tasks: orders is none of *_nightly, load_[0-9]*",
        "<b>15 min</b> <span class=\"soft\">rule 'everything'",
        '<b>30 min</b> <span class="soft">the deployment\'s own',
        "off if it carries one of the tags hands-off",
        "Begins next at",
        "Clocks of Europe/Berlin.",
    ):
        assert expected in page
    tagged = TaskId(server="prod-eu-1", task="orders")
    opened(
        stack,
        subject=Subject(server="prod-eu-1", task="orders"),
        snapshot=an_aborted(id=tagged, tags=("gold", "hands-off")),
    )
    page = unescape(visitor.get(address).html)
    for expected in (
        "Its tags: gold, hands-off",
        '<b>gold on production</b> <span class="soft">(line 15): every matcher fits',
        "<b>2 min</b> <span class=\"soft\">rule 'gold on production', over 'everything' (900)",
        "backlog on disk",
        "asks for task.target_records_per_second, task.waiting_on_disk",
        '<b>off</b> <span class="soft">the task is opted out of automation by its tag hands-off',
    ):
        assert expected in page
    composition_rules.alert_rules.cache_clear()


def test_texts_of_others_are_escaped_and_redacted_wherever_they_stand(
    visitor: Visitor, stack: FakeStack
) -> None:
    name = f"{HOSTILE} task"
    at = utc_now().replace(microsecond=0)
    save(stack, "prod", {name: replace(a_point(), at=at)}, at)
    save(stack, "<b>server", {"orders": replace(a_point(), at=at)}, at)
    spoilt = f"{HOSTILE} {SECRET_TEXT}"
    incident = opened(
        stack,
        subject=Subject(server="prod", task=name),
        anomalies=(an_anomaly(summary=spoilt),),
        snapshot=an_aborted(id=TaskId(server="prod", task=name), message=spoilt),
        proposal=a_proposal(cause=spoilt, reasoning=spoilt, evidence=(spoilt,)),
        decision=a_decision(reasons=(spoilt,)),
        reason=spoilt,
    )
    fleet = visitor.get("/console")
    [link] = re.findall(r'href="([^"]*console/task[^"]*alert[^"]*)"', fleet.html)
    pages = [
        fleet,
        visitor.follow("/console", link),
        visitor.get("/console/incidents"),
        visitor.get(f"/console/incidents/{incident.id}"),
        visitor.get("/console?q=%3Cscript%3Ealert(1)"),
    ]
    for page in pages:
        assert page.status == 200
        assert "alert(1)" in page.html
        assert "<script>alert" not in page.html
        assert "<b>server" not in page.html
        assert "hunter2" not in page.html
        assert "onload='x'\"" not in page.html


def test_a_store_that_does_not_answer_is_told_without_a_trace(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, stack: FakeStack
) -> None:
    monkeypatch.setenv("TABLE_NAME", "no-such-table")
    from qlik_monitor import composition  # noqa: PLC0415

    composition.settings.cache_clear()
    composition.the_table.cache_clear()
    page = visitor.get("/console")
    assert page.status == 503
    assert "cannot be read just now" in page.html
    assert "no-such-table" not in page.html


def test_the_kept_library_is_the_one_that_its_readme_names() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    [digest] = re.findall(r"`([0-9a-f]{64})`", readme)
    library = (FOLDER / "htmx.js").read_bytes()
    assert hashlib.sha256(library).hexdigest() == digest
    assert re.findall(r"htmx, unchanged.*\| ([\d.]+) \| 0BSD", readme)[0].encode() in library


def test_pages_stay_within_their_policy_without_scripts_of_their_own() -> None:
    for path in (FOLDER.parent / "templates").glob("*.html"):
        assert not re.findall(r"\son\w+=|style=|<style|javascript:", path.read_text("utf-8")), path
