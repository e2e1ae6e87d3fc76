"""`make audit`, against a table on moto."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from moto.dynamodb.responses import DynamoHandler

from local.audit.__main__ import main
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.domain.approval import Way
from qlik_monitor.domain.audit import AuditEntry, AuditEvent
from qlik_monitor.domain.audit_export import COLUMNS
from tests.fakes.aws import FakeStack
from tests.fakes.builders import NOON, an_incident
from tests.integration.audit.conftest import Audit

ID = an_incident().id
HOSTILE = '=HYPERLINK(1) password=Hunter2-Planted \x1b[31m\u202e, "quoted"\n+1'


def add(stack: FakeStack, minutes: float = 0, **changes: Any) -> None:
    usual: dict[str, Any] = {
        "incident_id": ID,
        "approval_id": "a" * 24,
        "at": NOON + timedelta(minutes=minutes),
        "event": AuditEvent.APPROVED,
        "by": "ada@example.com",
        "way": Way.COMMAND,
        "address": "arn:aws:sts::123456789012:user/ada",
        "agent": "make approve",
        "seen": "5" * 64,
    }
    DynamoDbAudit(stack.table).add(AuditEntry.model_validate(usual | changes))


@pytest.fixture
def trail(stack: FakeStack) -> None:
    """A question, an answer, and what came of it."""
    DynamoDbIncidents(stack.table).open(an_incident())
    add(stack, 5)
    add(stack, 0, event=AuditEvent.ASKED, way=None, address="", agent="", detail="1 of 1")
    add(stack, 6, event=AuditEvent.HANDED_ON, way=None, detail="approved")


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize("wanted", [ID, "prod/orders", "prod/ord"])
def test_the_trail_of_an_incident_is_shown_oldest_first(audit: Audit, wanted: str) -> None:
    ran = audit(wanted)
    assert (ran.code, ran.err) == (0, "")
    events = [word for word in ran.out.split() if word in ("asked", "approved", "handed")]
    assert events[:2] == ["asked", "approved"]
    for words in ("2026-03-02 12:05:00", "ada@example.com", "command", "make approve"):
        assert words in ran.out


@pytest.mark.usefixtures("trail")
def test_csv_has_a_heading_and_a_row_an_entry(audit: Audit) -> None:
    ran = audit(ID, "--csv")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.partition("\r\n")[0] == ",".join(COLUMNS)
    rows = cells(ran.out)
    assert [row["event"] for row in rows] == ["asked", "approved", "handed_on"]
    assert rows[1]["at"] == "2026-03-02T12:05:00+00:00"
    assert rows[1]["seen"] == "5" * 64
    assert rows[0]["way"] == ""


@pytest.mark.usefixtures("trail")
def test_json_has_an_object_a_line_with_the_same_columns(audit: Audit) -> None:
    lines = [json.loads(line) for line in audit(ID, "--json").out.splitlines()]
    assert [line["event"] for line in lines] == ["asked", "approved", "handed_on"]
    assert all(tuple(line) == COLUMNS for line in lines)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\n@", "\uff1d"])
def test_no_cell_is_a_formula(stack: FakeStack, audit: Audit, sign: str) -> None:
    add(stack, agent=f"{sign}cmd|' /C calc'!A0", by=f"{sign}SUM(1)", detail=f"{sign}1")
    [row] = cells(audit(ID, "--csv").out)
    for column in ("agent", "by", "detail"):
        assert row[column].startswith("'")
        assert row[column][1] in "=+-@\uff1d"


@pytest.mark.parametrize("form", [(), ("--csv",), ("--json",)], ids=["table", "csv", "json"])
def test_hostile_texts_are_told_harmlessly(
    stack: FakeStack, audit: Audit, form: tuple[str, ...]
) -> None:
    add(stack, agent=HOSTILE, by=HOSTILE, address=HOSTILE, detail=HOSTILE)
    ran = audit(ID, *form)
    assert ran.code == 0
    assert "HYPERLINK" in ran.out
    for never in ("Hunter2", "\x1b", "\u202e"):
        assert never not in ran.out


def test_a_trail_outlives_its_incident(stack: FakeStack, audit: Audit) -> None:
    add(stack, incident_id="20250101T000000-0123456789ab")
    assert "ada@example.com" in audit("20250101T000000-0123456789ab").out


def test_an_incident_without_a_question_has_no_entry(stack: FakeStack, audit: Audit) -> None:
    DynamoDbIncidents(stack.table).open(an_incident())
    assert audit("prod/orders").out.startswith("No entry: nobody was asked")
    assert audit("prod/orders", "--csv").out == ",".join(COLUMNS) + "\r\n"
    assert audit("prod/orders", "--json").out == ""


def test_an_incident_that_is_not_there_is_told_with_what_is_allowed(audit: Audit) -> None:
    ran = audit("prod/none")
    assert (ran.code, ran.out) == (1, "")
    assert "INCIDENT takes" in ran.err


@pytest.mark.parametrize("arguments", [(), (ID, "--all")], ids=["neither", "both"])
def test_either_an_incident_or_all_is_asked_for(audit: Audit, arguments: tuple[str, ...]) -> None:
    ran = audit(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "expected either INCIDENT, or --all" in ran.err


def test_all_trails_are_read_from_every_page_of_the_table(
    stack: FakeStack, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    DynamoDbIncidents(stack.table).open(an_incident())
    for number in range(7):
        add(stack, 7 - number, incident_id=f"incident-{number}")
    scans, original = [], DynamoHandler.scan

    def two_at_a_time(self: DynamoHandler) -> Any:
        scans.append(1)
        self.body["Limit"] = 2
        return original(self)

    monkeypatch.setattr(DynamoHandler, "scan", two_at_a_time)
    ran = audit("--all", "--json")
    found = [json.loads(line)["incident_id"] for line in ran.out.splitlines()]
    assert found == [f"incident-{number}" for number in reversed(range(7))]
    assert len(scans) > 3
    assert ran.err == "7 entries found; all 9 items of the table were read\n"
    assert "incident-3" in audit("--all").out


def test_since_leaves_out_what_was_before(stack: FakeStack, audit: Audit) -> None:
    add(stack, by="before")
    add(stack, 24 * 60, by="after")
    for arguments in ((ID,), ("--all",)):
        [row] = cells(audit(*arguments, "--csv", "--since", "2026-03-03").out)
        assert row["by"] == "after"


def test_an_entry_of_another_release_is_told_so(stack: FakeStack, audit: Audit) -> None:
    item = {"pk": f"AUDIT#{ID}", "sk": "x", "document": '{"event": "blessed"}'}
    stack.table.put_item(Item=item)
    ran = audit(ID)
    assert (ran.code, ran.out) == (2, "")
    assert "use the release that is deployed" in ran.err


def test_a_table_that_is_not_there_is_told_with_what_to_check(audit: Audit) -> None:
    ran = audit(ID, "--table", "another")
    assert ran.code == 2
    assert "no such table in this account" in ran.err


@pytest.mark.usefixtures("trail")
def test_nothing_is_written(stack: FakeStack, audit: Audit) -> None:
    before = stack.dump()
    audit(ID)
    audit("--all", "--csv")
    assert stack.dump() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x", "--since", "yesterday"], "'yesterday' is not a day such as 2026-11-01"),
        (["x", "--csv", "--json"], "not allowed with argument"),
        ([""], "1 to 600 are allowed"),
    ],
)
def test_a_wrong_argument_is_named(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
