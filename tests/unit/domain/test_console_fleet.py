from datetime import timedelta
from typing import Any

import pytest

from qlik_monitor.domain.anomaly import AnomalyKind, Severity, Subject
from qlik_monitor.domain.console_fleet import (
    FleetRow,
    incident_of,
    incidents_by_subject,
    page_of,
    pause_of,
    rows_of,
    worst_first,
)
from qlik_monitor.domain.console_query import QueryWrong, fleet_query, task_query
from qlik_monitor.domain.open_incident import OpenIncident
from qlik_monitor.domain.task import StopReason, TaskId, TaskState
from tests.fakes.builders import NOON, an_anomaly, an_incident, later
from tests.fakes.history import a_point


def a_row(task: str = "orders", **changes: Any) -> FleetRow:
    incident, unread = changes.pop("incident", None), changes.pop("unread", False)
    point = a_point(**changes)
    return FleetRow("prod", task, None if unread else point, point.at, incident)


def an_open(**changes: Any) -> OpenIncident:
    return OpenIncident.of(an_incident(**changes))


CRITICAL = an_open()
WARNING = an_open(anomalies=(an_anomaly(AnomalyKind.LAGGING, severity=Severity.WARNING),))


def test_the_worst_comes_first() -> None:
    order = [
        a_row("a critical incident", incident=CRITICAL),
        a_row("a warning", incident=WARNING, total_latency_seconds=9999),
        a_row("in error", state=TaskState.ERROR),
        a_row("unread", unread=True),
        a_row("unknown", state=TaskState.UNKNOWN),
        a_row("stopped", state=TaskState.STOPPED, stop_reason=StopReason.FATAL_ERROR),
        a_row("in recovery", state=TaskState.RECOVERY),
        a_row("latency unknown", total_latency_seconds=None),
        a_row("slow", total_latency_seconds=500),
        a_row("quick", total_latency_seconds=1),
        a_row("stopped by a person", state=TaskState.STOPPED, stop_reason=StopReason.NORMAL),
    ]
    shuffled = [*order[::-2], *order[-2::-2]]
    assert sorted(shuffled, key=worst_first) == order


def test_equals_are_ordered_by_name() -> None:
    rows = [a_row("b"), a_row("a")]
    assert [row.task for row in sorted(rows, key=worst_first)] == ["a", "b"]


@pytest.mark.parametrize(
    ("ages", "unread"),
    [((0, 5, 10), False), ((14, 19, 24), False), ((16, 21, 26), True)],
    ids=["fresh", "two missed", "three missed"],
)
def test_a_reading_that_three_cycles_passed_over_says_nothing(
    ages: tuple[int, ...], unread: bool
) -> None:
    moments = [later(minutes=-age) for age in ages]
    [row] = rows_of("prod", {"orders": a_point(-ages[0])}, moments, {}, NOON)
    assert row.unread is unread
    assert row.status == ("UNREAD" if unread else "RUNNING")


def test_a_single_reading_counts_for_a_quarter_of_an_hour() -> None:
    assert pause_of([NOON]) == timedelta(minutes=15)
    assert pause_of([later(seconds=6), NOON]) == timedelta(minutes=2)


def test_a_task_s_own_incident_goes_before_that_of_its_group() -> None:
    group = an_open(
        id="group",
        subject=Subject(server="*", endpoint="DB"),
        members=("prod/orders", "prod/stock"),
    )
    own = an_open(id="own")
    for order in ((group, own), (own, group)):
        found = incidents_by_subject(order)
        assert (found["prod/orders"].id, found["prod/stock"].id) == ("own", "group")


def test_a_server_s_incident_stands_for_its_tasks_that_are_unread() -> None:
    found = incidents_by_subject([an_open(id="lost", subject=Subject(server="prod"))])
    assert incident_of(found, "prod", "orders", unread=False) is None
    lost = incident_of(found, "prod", "orders", unread=True)
    assert lost
    assert lost.id == "lost"
    assert incident_of(found, "other", "orders", unread=True) is None


@pytest.mark.parametrize(
    ("count", "number", "shown", "pages"),
    [(0, 1, [], 1), (3, 1, [0, 1], 2), (3, 2, [2], 2), (3, 9, [2], 2), (4, 2, [2, 3], 2)],
)
def test_pages_hold_everything_once(count: int, number: int, shown: list[int], pages: int) -> None:
    page = page_of(range(count), number, size=2)
    assert (list(page.rows), page.pages, page.total) == (shown, pages, count)
    assert 1 <= page.number <= page.pages


def test_filters_hold_together() -> None:
    asked = fleet_query({"server": "prod", "q": " ORD ", "state": "running", "page": ""})
    assert asked.fits(a_row("orders"))
    assert not asked.fits(a_row("stock"))
    assert not asked.fits(a_row("orders", state=TaskState.ERROR))
    assert not asked.fits(a_row("orders", unread=True))
    assert not fleet_query({"server": "other"}).fits(a_row())


def test_a_task_is_asked_for_by_server_and_task() -> None:
    assert task_query({"server": "prod", "task": "a/b", "span": "7d"}) == (
        TaskId(server="prod", task="a/b"),
        "7d",
    )
    with pytest.raises(QueryWrong, match="task is not given"):
        task_query({"server": "prod", "task": " "})
    with pytest.raises(QueryWrong, match="span='2': expected one of: 1h, 1d, 7d, 14d"):
        task_query({"server": "prod", "task": "x", "span": "2"})
