"""Numbers and commands as pages write them."""

from datetime import timedelta

import pytest

from qlik_monitor.adapters.dynamodb_cycles import DynamoDbCycles
from qlik_monitor.adapters.html_pages import readable
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.anomaly import Evidence, Subject
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.explanation_words import plural
from qlik_monitor.domain.incident import IncidentStatus
from tests.fakes.aws import FakeStack
from tests.fakes.builders import a_decided, a_proposal, an_aborted, an_anomaly
from tests.integration.functions.approving import FakeStates, ask_about
from tests.integration.functions.test_console_pages import names, opened, read
from tests.integration.functions.visiting import signed_in

SLOW = an_anomaly(
    summary="794 s behind the source",
    evidence=(
        Evidence(name="total latency", value="794 s"),
        Evidence(name="changes waiting", value="85309 records"),
    ),
)
SHORT = (
    '<span title="794 s">13 min</span> behind the source',
    '<dd><span title="794 s">13 min</span></dd>',
    '<dd><span title="85309 records">85.3k records</span></dd>',
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("794 s", '<span title="794 s">13 min</span>'),
        ("12000 records/s", '<span title="12000 records/s">12.0k records/s</span>'),
        ("95 s, 950 records, 119 s", "95 s, 950 records, 119 s"),
        ("page 1234 shows", "page 1234 shows"),
        ("1.500 s; v2-300 s; a/300 s", "1.500 s; v2-300 s; a/300 s"),
        ("at 2026-03-01 12:00:00 UTC", None),
        ("or with `make approve`.", "or with <code>make approve</code>."),
        ("`<b>` & `make <b>`", "`&lt;b&gt;` &amp; <code>make &lt;b&gt;</code>"),
        ("<script>300 s</script>", None),
    ],
)
def test_a_text_of_ours_is_escaped_and_told_as_pages_do(text: str, said: str | None) -> None:
    shown = str(readable(text))
    assert said is None or shown == said
    assert "<script" not in shown
    assert "<b>" not in shown


def test_an_incident_s_page_says_numbers_as_the_fleet_does(stack: FakeStack) -> None:
    incident = opened(
        stack,
        anomalies=(SLOW,),
        snapshot=an_aborted(message="timed out after 794 s"),
        status=IncidentStatus.AWAITING_APPROVAL,
        proposal=a_proposal(),
    )
    page = signed_in(stack).get(f"/console/incidents/{incident.id}").html
    for expected in SHORT:
        assert expected in page
    # What somebody else wrote is quoted as it is.
    assert "<dd>timed out after 794 s</dd>" in page


def test_an_approval_s_page_says_numbers_as_the_fleet_does(
    stack: FakeStack, states: FakeStates
) -> None:
    [browser] = ask_about(stack, a_decided(anomalies=(SLOW,))).values()
    page = browser.get().html
    for expected in (*SHORT, "<code>make reject</code>"):
        assert expected in page


def test_one_of_a_kind_is_not_said_to_be_many(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEET_RESTART_CAP", "1")
    read(stack, **names("orders"))
    opened(stack, subject=Subject(server="prod", task="orders"))
    report = CycleReport(id="c", finished_at=utc_now() - timedelta(minutes=1), tasks=1, servers=1)
    DynamoDbCycles(stack.table).record(report)
    visitor = signed_in(stack)
    fleet = visitor.get("/console").html
    for expected in ("<summary>1 server</summary>", "1 task found", "<b>1</b>task</a>"):
        assert expected in fleet
    assert "1 incident, 0 restarts." in visitor.get("/console/task?server=prod&task=orders").html
    health = visitor.get("/console/health").html
    assert "<b>1</b>cycle in 24 h" in health
    assert "<b>1</b>task read" in health
    assert ">1 restart</span>" in visitor.get("/console/automation").html
    assert (plural("task", 1), plural("task", 0), plural("task", 2)) == ("task", "tasks", "tasks")
