"""The day that `make console-demo` makes up, as the console shows it."""

import re
from datetime import timedelta

from local.browser.past import give_a_past_once_read
from qlik_monitor.adapters.dynamodb_cycles import DynamoDbCycles
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.cycle import CycleReport
from tests.fakes.aws import FakeStack
from tests.integration.functions.test_console_pages import names, read
from tests.integration.functions.visiting import signed_in


def test_a_fleet_has_a_day_behind_it_once_it_was_read(stack: FakeStack) -> None:
    visitor, now = signed_in(stack), utc_now()
    assert not give_a_past_once_read(stack.table, now)
    read(stack, **names("orders"))
    assert not give_a_past_once_read(stack.table, now)
    DynamoDbCycles(stack.table).record(CycleReport(id="first", finished_at=now, tasks=1))
    assert give_a_past_once_read(stack.table, now + timedelta(seconds=1))
    page = visitor.get("/console/task?server=prod&task=orders").html
    lines = re.findall(r'<polyline class="line" points="([^"]+)"', page)
    assert max(len(line.split()) for line in lines) > 100
    [cycles] = re.findall(r"<b>(\d+)</b>cycles in 24 h", visitor.get("/console/health").html)
    assert int(cycles) > 100
