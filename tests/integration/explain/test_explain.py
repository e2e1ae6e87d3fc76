from datetime import timedelta

import pytest

from local.explain.__main__ import main
from qlik_monitor.domain.anomaly import Evidence, Subject
from qlik_monitor.domain.approval import ApprovalStatus
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.incident import Incident, IncidentStatus, Outcome
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import Endpoint
from tests.fakes.builders import (
    NOON,
    TASK,
    TASK_TOKEN,
    a_decided,
    a_decided_group,
    a_proposal,
    a_restart,
    an_aborted,
    an_anomaly,
    an_approval,
    an_incident,
)
from tests.fakes.ran import Ran
from tests.integration.explain.conftest import Agent

SECRET = "Hunter2-Planted"
LEAK = f"password={SECRET}"


def of_task(name: str, minutes: int = 0, **changes: object) -> Incident:
    opened = NOON + timedelta(minutes=minutes)
    subject = Subject(server="prod", task=name)
    number = f"{opened:%Y%m%dT%H%M%S}-{minutes:012x}"
    return an_incident(id=number, subject=subject, opened_at=opened, **changes)


def assert_one_sentence(ran: Ran, code: int, *said: str) -> None:
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.count("\n") == 1
    for words in said:
        assert words in ran.err


@pytest.fixture
def healed(agent: Agent) -> Incident:
    """An incident that a person approved a resume of, and that it healed."""
    approval = an_approval(status=ApprovalStatus.APPROVED, decided_at=NOON, comment="go on")
    incident = a_decided(approval_id=approval.id)
    agent.open(incident)
    agent.ask(approval)
    agent.restart(a_restart(outcome=RestartOutcome.RECOVERED, detail="run accepted"))
    ended = {"outcome": Outcome.RESTARTED, "closed_at": NOON, "reason": "2 healthy readings"}
    closed = incident.moved_to(IncidentStatus.CLOSED, NOON, lease=timedelta(0), **ended)
    agent.close(closed)
    return closed


def test_a_healed_incident_is_told_from_end_to_end(agent: Agent, healed: Incident) -> None:
    ran = agent(healed.id)
    assert (ran.code, ran.err) == (0, "")
    told = " ".join(ran.out.split())
    for expected in (
        "prod/orders Incident 20260302T120000-0123456789ab, critical, closed: over",
        "What is wrong",
        "ORA-03113",
        "Class of the error",
        "What was proposed",
        "model (gpt-4o)",
        "What code decided",
        "needs approval: ask a person first",
        "Limits consulted",
        "Who answered",
        "What was done",
        "it helped: the task was seen healthy",
        "healed by a restart of the agent",
        "Earlier attempts",
        "What happens next",
    ):
        assert expected in told


@pytest.mark.parametrize(
    ("error_class", "expected"),
    [
        (ErrorClass.CONNECTION, "Oracle connection lost: "),
        (ErrorClass.SCHEMA, "a pattern of this deployment's alerting rules"),
    ],
)
def test_what_told_the_class_is_named(agent: Agent, error_class: ErrorClass, expected: str) -> None:
    agent.open(an_incident(error_class=error_class))
    rows = agent(str(TASK), "--json").json["sections"][1]["rows"]
    [told] = [row["value"] for row in rows if row["label"] == "Recognised by"]
    assert expected in told


@pytest.mark.parametrize("width", ["40", "80"])
def test_no_line_is_longer_than_asked_for(agent: Agent, healed: Incident, width: str) -> None:
    lines = agent(healed.id, "--width", width).out.splitlines()
    assert max(map(len, lines)) <= int(width)


def test_a_log_gets_eighty_columns_and_no_colours(agent: Agent, healed: Incident) -> None:
    out = agent(healed.id).out
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out


def test_json_holds_the_same_parts(agent: Agent, healed: Incident) -> None:
    answer = agent(healed.id, "--json").json
    assert (answer["incident_id"], answer["status"]) == (healed.id, "closed")
    keys = [part["key"] for part in answer["sections"]]
    assert keys[0] == "facts"
    assert {"class", "proposal", "decision", "limits", "approval", "deeds", "outcome"} < set(keys)


def test_without_an_incident_the_open_ones_are_listed_newest_first(agent: Agent) -> None:
    agent.open(of_task("first"), of_task("second", 5, status=IncidentStatus.ESCALATED))
    out = agent().out
    assert out.index("prod/second") < out.index("prod/first")
    assert "escalated, critical" in out
    assert "2 incidents open" in out
    listed = agent("--json").json["open"]
    assert [one["subject"] for one in listed] == ["prod/second", "prod/first"]


def test_where_none_is_open_that_is_said(agent: Agent) -> None:
    ran = agent()
    assert (ran.code, ran.out) == (0, "No incidents open.\n")


@pytest.mark.parametrize(
    "wanted", ["prod/orders", "PROD/Orders", "prod/ord", "20260302T1200", "20260302t120000-0123"]
)
def test_an_open_incident_is_found_by_what_it_is_about_or_by_a_beginning(
    agent: Agent, wanted: str
) -> None:
    agent.open(an_incident(), of_task("customers", 60))
    assert "prod/orders" in agent(wanted).out.splitlines()[0]


def test_the_whole_name_goes_before_the_beginning_of_another(agent: Agent) -> None:
    agent.open(of_task("orders"), of_task("orders_eu", 5))
    assert agent("prod/orders").out.splitlines()[0] == "prod/orders"


def test_a_task_of_a_group_leads_to_the_group_and_its_endpoint_does_too(agent: Agent) -> None:
    agent.open(a_decided_group("a", "b"))
    for wanted in ("prod/b", "endpoint Oracle PROD"):
        assert agent(wanted).out.splitlines()[0] == "endpoint Oracle PROD"


def test_a_task_without_an_open_incident_leads_to_that_of_its_newest_restart(
    agent: Agent, healed: Incident
) -> None:
    assert healed.id in agent(str(TASK)).out


def test_several_that_fit_are_named(agent: Agent) -> None:
    agent.open(of_task("orders_eu"), of_task("orders_us", 5))
    assert_one_sentence(agent("prod/orders"), 1, "prod/orders_eu", "prod/orders_us", "say more")


@pytest.mark.parametrize("wanted", ["20990101T000000-0123456789ab", "prod/none", "nonsense"])
def test_one_that_is_not_there_is_told_with_what_is_allowed(agent: Agent, wanted: str) -> None:
    assert_one_sentence(agent(wanted), 1, wanted, "INCIDENT takes", "no incident is open")
    agent.open(an_incident())
    assert_one_sentence(agent(wanted), 1, "open are 20260302T120000-0123456789ab (prod/orders)")


def test_a_table_that_is_not_there_is_told_with_what_to_check(agent: Agent) -> None:
    ran = agent("x", "--table", "another")
    assert_one_sentence(ran, 2, "ResourceNotFoundException", "no such table in this account")


def test_without_a_table_three_ways_to_one_are_told(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TABLE_NAME")
    assert_one_sentence(agent("x"), 2, "set TABLE_NAME", "--table", "make local-up")


def test_an_incident_of_another_release_is_told_so(agent: Agent) -> None:
    item = {"pk": "INCIDENT#x", "sk": "INCIDENT", "document": '{"id": "x", "new": 1}'}
    agent.stack.table.put_item(Item=item)
    assert_one_sentence(agent("x"), 2, "use the release that is deployed")


@pytest.mark.parametrize("wanted", ["", "   ", "x" * 601])
def test_an_incident_that_cannot_be_one_is_refused(
    wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([wanted])
    assert ended.value.code == 2
    assert "1 to 600 are allowed" in capsys.readouterr().err


def test_nothing_is_written(agent: Agent, healed: Incident) -> None:
    before = agent.stack.dump()
    agent(healed.id)
    agent()
    assert agent.stack.dump() == before


def test_neither_a_secret_nor_a_token_nor_what_steers_a_terminal_is_shown(agent: Agent) -> None:
    hostile = f"{LEAK} \x1b[31m\u202e[bold]x[/bold]"
    approval = an_approval(status=ApprovalStatus.REJECTED, decided_at=NOON, comment=hostile)
    incident = a_decided(
        anomalies=(an_anomaly(summary=hostile, evidence=(Evidence(name=hostile, value=hostile),)),),
        snapshot=an_aborted(message=hostile, source_endpoint=Endpoint(name=hostile)),
        proposal=a_proposal(cause=hostile, reasoning=hostile, evidence=(hostile,)),
        approval_id=approval.id,
        reason=hostile,
    )
    agent.open(incident)
    agent.ask(approval)
    agent.restart(a_restart(detail=hostile))
    for ran in (agent(incident.id), agent(), agent(incident.id, "--json"), agent("nonsense")):
        for never in (SECRET, TASK_TOKEN, "\x1b", "\u202e"):
            assert never not in ran.out + ran.err
    assert "[bold]x[/bold]" in agent(incident.id).out


def test_help_tells_the_exit_codes_and_how_make_takes_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "Exit code 0: shown" in said
    assert 'make explain INCIDENT="server/task"' in said
    assert "dynamodb:Query, GetItem and" in said
