"""A task's page over days: what is drawn of many readings, and what befell the task."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.adapters.history_codec import pack
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.anomaly import AnomalyKind, Subject
from qlik_monitor.domain.closed_incident import MOST_TASKS
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.task import TaskState
from tests.fakes.aws import FakeStack
from tests.fakes.builders import a_restart, an_anomaly
from tests.fakes.history import a_point
from tests.integration.functions.test_console_pages import closed, read
from tests.integration.functions.visiting import Visitor, signed_in

ORDERS = "/console/task?server=prod&task=orders"


@pytest.fixture
def visitor(stack: FakeStack) -> Visitor:
    return signed_in(stack)


def read_often(stack: FakeStack, count: int, kinds: list[dict[str, Any]]) -> None:
    """Store so many readings of `prod/orders`, five minutes apart, the newest being of now."""
    now = utc_now().replace(microsecond=0)
    with stack.table.batch_writer() as batch:
        for number in range(count):
            at = now - number * timedelta(minutes=5)
            points = {"orders": replace(a_point(**kinds[number % len(kinds)]), at=at)}
            key = {"pk": "HISTORY#prod", "sk": f"{at.isoformat(timespec='seconds')}#0000"}
            batch.put_item(Item={**key, "packed": pack(points)})


def test_a_long_span_is_drawn_with_its_extremes_and_says_that_readings_were_merged(
    visitor: Visitor, stack: FakeStack
) -> None:
    # Throughput is highest where latency is low, and a third of the readings is an error.
    kinds: list[dict[str, Any]] = [
        {"total_latency_seconds": 100, "target_records_per_second": 3},
        {"total_latency_seconds": 1, "target_records_per_second": 5000},
        {"state": TaskState.ERROR, "target_records_per_second": None},
    ]
    read_often(stack, 510, kinds)
    page = visitor.get(f"{ORDERS}&span=7d").html
    for expected in (
        "from 1 s to 100 s, last 100 s",
        "from 3 to 5.00k records a second",
        "of every 1 h, the lowest and the highest value are drawn",
    ):
        assert expected in page
    assert page.count('class="line" points=') > 2 * 510 / 12
    assert "too many readings" not in visitor.get(f"{ORDERS}&span=1d").html


def test_a_closed_incident_of_its_endpoint_or_server_stays_on_a_member_s_page(
    visitor: Visitor, stack: FakeStack
) -> None:
    read(stack, orders={}, stock={})
    trouble = (an_anomaly(AnomalyKind.ENDPOINT_TROUBLE),)
    endpoint = Subject(server="*", endpoint="Sales DB")
    closed(stack, 1, subject=endpoint, members=("prod/orders",), anomalies=trouble)
    closed(stack, 2, subject=Subject(server="prod"), members=("prod/orders",))
    page = visitor.get(ORDERS).html
    assert "of endpoint Sales DB: 2 healthy readings" in page
    assert ", of prod: 2 healthy readings" in page
    assert page.count("<title>incident: endpoint_trouble</title>") == 2
    assert "None in this span" not in page
    other = visitor.get("/console/task?server=prod&task=stock").html
    assert "None in this span" in other
    assert f"its first {MOST_TASKS} tasks keep a line" in other


def test_what_is_listed_of_a_task_is_of_the_span_alone(visitor: Visitor, stack: FakeStack) -> None:
    read(stack, orders={})
    closed(stack, 5)
    restart = a_restart(requested_at=utc_now() - timedelta(days=20))
    DynamoDbRestarts(stack.table).reserve(restart, Limits())
    for span, spans in (("1h", (0, 0)), ("1d", (1, 0)), ("14d", (1, 0))):
        page = visitor.get(f"{ORDERS}&span={span}").html
        listed = page.partition('id="befell"')[2]
        assert (listed.count("incidents/2026-"), listed.count("Resume,")) == spans
        incidents = "1 incident" if spans[0] == 1 else f"{spans[0]} incidents"
        assert f"{incidents}, {spans[1]} restarts" in page
    newer = a_restart(attempt=2, requested_at=utc_now() - timedelta(minutes=50))
    DynamoDbRestarts(stack.table).reserve(newer, Limits())
    assert "Resume," in visitor.get(f"{ORDERS}&span=1h").html.partition('id="befell"')[2]
