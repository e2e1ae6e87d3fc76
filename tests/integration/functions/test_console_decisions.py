"""Decisions from the console: its page shows the form, `approval_api` takes it by the session."""

import csv
import io
import re
from datetime import timedelta

import pytest

import functions.approval_api.handler as approval_api
import functions.console.handler as console
from functions.approval_api import opening, outcome
from functions.console.static_files import FOLDER
from functions.request_approval.handler import handler as request_approval
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.adapters.dynamodb_audit import DynamoDbAudit
from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.dynamodb_sign_ins import DynamoDbSignIns
from qlik_monitor.adapters.step_functions import WaitingWorkflow
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.approval import ApprovalStatus, Way
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.audit import AuditEntry, AuditEvent
from qlik_monitor.domain.console_session import Role, id_of, new_sign_in
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.task import TaskState
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, a_decided, a_target_reload
from tests.fakes.history import a_point
from tests.fakes.running import run
from tests.integration.functions.approving import Answer, Browser, FakeStates, typed_from
from tests.integration.functions.conftest import Log, clear_caches
from tests.integration.functions.visiting import Page, Visitor

INCIDENT = a_decided().id
PAGE = f"/console/incidents/{INCIDENT}"
ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"
HOSTILE = "=1+1 <script>alert(1)</script>\" onload='x' {{7*7}} password=hunter2"
AGENT = "Mozilla/5.0 (X11; Linux x86_64)"


@pytest.fixture(autouse=True)
def states(monkeypatch: pytest.MonkeyPatch) -> FakeStates:
    fake = FakeStates()
    workflow = WaitingWorkflow(fake)  # type: ignore[arg-type]
    monkeypatch.setattr(opening, "workflow", lambda: workflow)
    monkeypatch.setenv("APPROVERS", f"{ADA}, {BOB}")
    return fake


def ask(stack: FakeStack, incident: Incident | None = None) -> list[Browser]:
    """Let a question be sent; return those who got a link."""
    about = incident or a_decided()
    DynamoDbIncidents(stack.table).open(about)
    event = {"incident_id": about.id, "attempt": 1, "task_token": TASK_TOKEN}
    run(request_approval, event)
    return [Browser.of(told.body) for told in stack.told if "https://" in told.body]


def signed_in(stack: FakeStack, name: str = ADA, role: Role = Role.APPROVER) -> Visitor:
    """Return somebody who signed in under a name."""
    secret = (name.replace("@", "-").replace(".", "_") + "-" * 32)[:32]
    DynamoDbSignIns(stack.table).mint(new_sign_in(secret, role, name, utc_now()))
    visitor = Visitor()
    assert visitor.post(f"/console/sign-in/{secret}").status == 303
    return visitor


def sent_from(visitor: Visitor, stack: FakeStack, **headers: str) -> Browser:
    """Return the visitor's browser at the address that the form is sent to."""
    sent = {"User-Agent": AGENT} | {n.replace("_", "-"): v for n, v in headers.items()}
    if visitor.cookie:
        sent["Cookie"] = visitor.cookie
    return Browser(f"/approvals/{approval_id(stack)}", {}, sent)


def decide(visitor: Visitor, stack: FakeStack, **fields: str) -> Answer:
    """Look at the incident's page, type the digits that it shows, and send its form."""
    typed = typed_from(visitor.get(PAGE).html)
    return sent_from(visitor, stack).send(**(typed | fields))


def approval_id(stack: FakeStack) -> str:
    found = DynamoDbIncidents(stack.table).get(INCIDENT).approval_id
    assert found is not None
    return found


def trail(stack: FakeStack) -> list[AuditEntry]:
    return list(DynamoDbAudit(stack.table).of(INCIDENT))


def shows_a_form(page: Page) -> bool:
    return 'name="decision"' in page.html


def undecided(stack: FakeStack, states: FakeStates) -> None:
    approval = DynamoDbApprovals(stack.table).get(approval_id(stack))
    assert approval is not None
    assert (approval.status, approval.answers) == (ApprovalStatus.PENDING, ())
    assert states.taken == []


@pytest.mark.parametrize(("decision", "status"), [("approve", "approved"), ("reject", "rejected")])
def test_an_approver_decides_on_the_incident_s_page(
    decision: str, status: str, stack: FakeStack, states: FakeStates
) -> None:
    ask(stack)
    ada = signed_in(stack)
    answer = decide(ada, stack, decision=decision, comment="because")
    assert answer.status == 200
    assert f"<strong>{status}</strong>" in answer.html
    assert states.taken == [(TASK_TOKEN, status)]
    stored = DynamoDbApprovals(stack.table).get(approval_id(stack))
    assert stored is not None
    [said] = stored.answers
    assert (said.by, said.way, said.comment) == (ADA, Way.CONSOLE, "because")
    assert f'href="../console/incidents/{INCIDENT}"' in answer.html


def test_the_form_goes_to_the_approval_s_own_address(stack: FakeStack) -> None:
    ask(stack)
    html = signed_in(stack).get(PAGE).html
    assert f'<form method="post" action="../../approvals/{approval_id(stack)}"' in html
    assert f"You answer as <strong>{ADA}</strong>" in html
    assert html.index('id="decision"') < html.index('id="part-facts"')


def test_the_button_that_the_enter_key_presses_is_seen_by_nobody() -> None:
    css = (FOLDER / "console.css").read_text("utf-8")
    assert "[hidden] { display: none; }" in css


def test_the_trail_says_who_from_where_with_what_and_having_seen_what(stack: FakeStack) -> None:
    ask(stack)
    ada = signed_in(stack)
    seen = typed_from(ada.get(PAGE).html)["seen"]
    decide(ada, stack, decision="approve")
    answered = next(one for one in trail(stack) if one.event is AuditEvent.APPROVED)
    assert (answered.by, answered.way, answered.agent) == (ADA, Way.CONSOLE, AGENT)
    assert answered.address
    assert len(answered.seen) == len(seen) == 64


def test_the_approval_page_opens_for_a_session_and_decides_too(
    stack: FakeStack, states: FakeStates
) -> None:
    ask(stack)
    browser = sent_from(signed_in(stack), stack)
    before = stack.dump()
    page = browser.get()
    assert page.status == 200
    assert f"You answer as <strong>{ADA}</strong>" in page.html
    assert browser.get("HEAD").status == 200
    assert stack.dump() == before
    assert browser.post(decision="approve").status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_a_form_with_a_problem_is_shown_again_and_decides_nothing(
    stack: FakeStack, states: FakeStates
) -> None:
    ask(stack)
    ada = signed_in(stack)
    for fields, problem in (
        ({"decision": "approve", "code": ""}, "type the four digits"),
        ({}, "Please choose approve or reject."),
        ({"decision": "approve", "nonce": "1.x"}, "This page lay open for too long"),
        ({"decision": "approve", "seen": "0" * 64}, "This page lay open for too long"),
    ):
        answer = decide(ada, stack, **fields)
        assert answer.status == 400
        assert problem in answer.html
        assert 'name="decision"' in answer.html
    undecided(stack, states)


def test_a_viewer_is_shown_no_form_and_a_forged_one_is_refused(
    stack: FakeStack, states: FakeStates
) -> None:
    ask(stack)
    fields = typed_from(signed_in(stack).get(PAGE).html)
    viewer = signed_in(stack, BOB, Role.VIEWER)
    page = viewer.get(PAGE)
    assert not shows_a_form(page)
    assert "Sign in as an approver to answer." in page.html
    browser = sent_from(viewer, stack)
    for answer in (browser.get(), browser.send(**fields, decision="approve"), browser.send()):
        assert answer.status == 403
        assert "orders" not in answer.html
    undecided(stack, states)


def test_somebody_who_was_not_asked_is_told_who_was_and_is_refused(
    stack: FakeStack, states: FakeStates
) -> None:
    ask(stack)
    eve = signed_in(stack, EVE)
    page = eve.get(PAGE)
    assert not shows_a_form(page)
    assert f"You are signed in as {EVE}, who was not asked. Asked: {ADA}, {BOB}." in page.html
    assert sent_from(eve, stack).post(decision="approve").status == 403
    undecided(stack, states)


def test_who_was_struck_from_the_approvers_since_answers_no_more(
    stack: FakeStack, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(stack)
    ada = signed_in(stack)
    fields = typed_from(ada.get(PAGE).html)
    monkeypatch.setenv("APPROVERS", BOB)
    clear_caches()
    monkeypatch.setattr(opening, "workflow", lambda: WaitingWorkflow(states))  # type: ignore[arg-type]
    page = ada.get(PAGE)
    assert not shows_a_form(page)
    assert "Who may approve was changed since" in page.html
    assert sent_from(ada, stack).send(**fields, decision="approve").status == 403
    undecided(stack, states)


def test_without_a_session_the_address_is_a_broken_link(
    stack: FakeStack, states: FakeStates
) -> None:
    [link, _] = ask(stack)
    fields = typed_from(signed_in(stack).get(PAGE).html)
    nobody = sent_from(Visitor(), stack)
    wrong = Browser(link.path, link.query | {"s": "wrong"}).get()
    for answer in (
        nobody.get(),
        nobody.send(**fields, decision="approve"),
        sent_from(Visitor("__Host-console=approver.x.1.y"), stack).send(**fields),
        Browser(nobody.path, link.query).send(**fields, decision="approve"),
    ):
        assert (answer.status, answer.html) == (403, wrong.html)
    undecided(stack, states)


def test_a_session_opens_no_other_approval_and_no_link(stack: FakeStack) -> None:
    [link, _] = ask(stack)
    cookie = signed_in(stack).cookie
    for path in (f"/approvals/{'x' * 24}", link.path):
        assert Browser(path, {}, {"Cookie": cookie}).get().status == 403


def test_a_session_that_was_ended_decides_nothing(stack: FakeStack, states: FakeStates) -> None:
    ask(stack)
    ada = signed_in(stack)
    fields = typed_from(ada.get(PAGE).html)
    copied = Visitor(ada.cookie)
    ada.post("/console/sign-out")
    answer = sent_from(copied, stack).send(**fields, decision="approve")
    assert answer.status == 403
    assert "sign in there again" in answer.html
    undecided(stack, states)


@pytest.mark.parametrize(
    "headers",
    [{"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Origin": "https://evil"}],
)
def test_another_site_s_form_decides_nothing(
    headers: dict[str, str], stack: FakeStack, states: FakeStates
) -> None:
    ask(stack)
    ada = signed_in(stack)
    fields = typed_from(ada.get(PAGE).html)
    answer = sent_from(ada, stack, **headers).send(**fields, decision="approve")
    assert answer.status == 403
    assert "The form was sent by another site" in answer.html
    undecided(stack, states)


def test_a_form_of_another_session_of_a_link_or_for_a_link_decides_nothing(
    stack: FakeStack, states: FakeStates
) -> None:
    links = {link.path: link for link in ask(stack)}
    ada, bob = signed_in(stack), signed_in(stack, BOB)
    again = Visitor()
    secret = "another-session-of-the-same-name"
    DynamoDbSignIns(stack.table).mint(new_sign_in(secret, Role.APPROVER, ADA, utc_now()))
    again.post(f"/console/sign-in/{secret}")
    foreign = [typed_from(page.html) for page in (bob.get(PAGE), again.get(PAGE))]
    foreign += [typed_from(link.get().html) for link in links.values()]
    for fields in foreign:
        answer = sent_from(ada, stack).send(**fields, decision="approve")
        assert answer.status == 400
    own = typed_from(ada.get(PAGE).html)
    session = id_of((ADA.replace("@", "-").replace(".", "_") + "-" * 32)[:32])
    for link in links.values():
        for seen in (own["seen"], f"{session}\n{own['seen']}"):
            fields = own | {"seen": seen, "decision": "approve"}
            assert link.send(**fields).status == 400
    undecided(stack, states)


def test_an_answer_stands_and_the_page_says_so(stack: FakeStack, states: FakeStates) -> None:
    ask(stack)
    ada = signed_in(stack)
    decide(ada, stack, decision="reject")
    page = ada.get(PAGE)
    assert not shows_a_form(page)
    assert "This was decided: rejected." in page.html
    answer = sent_from(ada, stack).send(decision="approve")
    assert "<strong>rejected</strong>" in answer.html
    assert states.taken == [(TASK_TOKEN, "rejected")]


def test_of_two_that_are_needed_one_says_yes_by_link_and_one_in_the_console(
    stack: FakeStack, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVALS_NEEDED", "low=2")
    links = ask(stack)
    ada = signed_in(stack)
    first = decide(ada, stack, decision="approve")
    assert "more people have to agree" in first.html
    assert states.taken == []
    page = ada.get(PAGE)
    assert not shows_a_form(page)
    assert f"{ADA} said yes: 1 of 2 needed have said yes." in page.html
    again = sent_from(ada, stack).send(decision="reject")
    assert "more people have to agree" in again.html
    bobs = next(one for one in links if BOB in one.get().html.partition("Open until")[0])
    assert bobs.post(decision="approve").status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]
    approval = DynamoDbApprovals(stack.table).get(approval_id(stack))
    assert approval is not None
    assert [(one.by, one.way) for one in approval.answers] == [(ADA, Way.CONSOLE), (BOB, Way.LINK)]


def test_where_nobody_is_named_an_approver_answers_as_anyone_and_the_trail_names_them(
    stack: FakeStack, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVERS", "")
    ask(stack)
    eve = signed_in(stack, EVE)
    assert f"You answer as <strong>{EVE}</strong>" in eve.get(PAGE).html
    assert decide(eve, stack, decision="approve").status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]
    answered = next(one for one in trail(stack) if one.event is AuditEvent.APPROVED)
    assert (answered.by, answered.agent) == (ANYONE, f"console: {EVE}")


def test_an_expired_question_has_no_form_and_takes_no_answer(
    stack: FakeStack, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(stack)
    ada = signed_in(stack)
    fields = typed_from(ada.get(PAGE).html)
    later = utc_now() + timedelta(hours=2)
    for module in (console, approval_api, outcome):
        monkeypatch.setattr(module, "utc_now", lambda: later)
    page = ada.get(PAGE)
    assert not shows_a_form(page)
    assert "The question has expired, and nobody had answered in time." in page.html
    answer = sent_from(ada, stack).send(**fields, decision="approve")
    assert answer.status == 410
    undecided(stack, states)


def test_a_yes_that_would_lead_to_nothing_is_told_before_and_after(
    stack: FakeStack, states: FakeStates
) -> None:
    ask(stack)
    at = utc_now().replace(microsecond=0)
    point = a_point(state=TaskState.RUNNING, at=at)
    DynamoDbHistory(stack.table).save("prod", {"orders": point}, at)
    ada = signed_in(stack)
    page = ada.get(PAGE)
    assert "A yes would lead to nothing" in page.html
    assert "The task was ERROR when people were asked, and is RUNNING" in page.html
    answer = decide(ada, stack, decision="approve")
    assert answer.status == 410
    assert "The approval is void" in answer.html
    assert states.taken == [(TASK_TOKEN, "void")]


def test_what_rewrites_data_is_typed_exactly_and_has_a_reason(
    stack: FakeStack, states: FakeStates
) -> None:
    ask(stack, a_target_reload())
    ada = signed_in(stack)
    page = ada.get(PAGE)
    assert "What will be rewritten" in page.html
    assert "<code>prod/orders</code>" in page.html
    for fields in ({"typed": "prod/Orders", "comment": "why"}, {"typed": "prod/orders"}):
        assert decide(ada, stack, decision="approve", **fields).status == 400
    undecided(stack, states)
    given = {"typed": "prod/orders", "comment": "the position is lost"}
    assert decide(ada, stack, decision="approve", **given).status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]


@pytest.mark.parametrize("role", list(Role))
def test_every_visitor_sees_the_trail_and_exports_it(stack: FakeStack, role: Role) -> None:
    ask(stack)
    decide(signed_in(stack), stack, decision="reject", comment="not now")
    visitor = signed_in(stack, EVE, role)
    page = visitor.get(PAGE)
    table = page.html.partition('id="trail"')[2]
    for words in ("asked", "rejected", "handed on", ADA, "console", AGENT, "not now"):
        assert words in table
    [link] = re.findall(r'href="([^"]+audit\.csv)"', table)
    file = visitor.follow(PAGE, link)
    assert file.status == 200
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert file.headers["Content-Disposition"] == f'attachment; filename="audit-{INCIDENT}.csv"'
    assert file.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(file.html, newline="")))
    assert [row["event"] for row in rows] == ["asked", "asked", "rejected", "handed_on"]
    assert rows[2]["by"] == ADA


def test_hostile_texts_in_a_trail_are_told_harmlessly(stack: FakeStack) -> None:
    ask(stack, a_decided(subject=Subject(server="prod", task="orders")))
    entry = AuditEntry(
        incident_id=INCIDENT,
        approval_id="a" * 24,
        at=utc_now(),
        event=AuditEvent.APPROVED,
        by=HOSTILE,
        way=Way.LINK,
        address=HOSTILE,
        agent=HOSTILE,
        detail=HOSTILE,
    )
    DynamoDbAudit(stack.table).add(entry)
    visitor = signed_in(stack, EVE, Role.VIEWER)
    page, file = visitor.get(PAGE), visitor.get(f"{PAGE}/audit.csv")
    assert "&lt;script&gt;alert(1)" in page.html
    assert "<script>alert" not in page.html
    assert "{{7*7}}" in page.html
    row = list(csv.DictReader(io.StringIO(file.html, newline="")))[-1]
    assert {row[name][:3] for name in ("by", "address", "agent", "detail")} == {"'=1"}
    assert "hunter2" not in page.html + file.html


def test_a_trail_is_exported_to_nobody_without_a_session(stack: FakeStack) -> None:
    ask(stack)
    assert Visitor().get(f"{PAGE}/audit.csv").status == 401


@pytest.mark.parametrize("name", ["nothing", "%2e%2e", 'a"b', "x" * 99])
def test_a_trail_of_nothing_is_not_found(name: str, stack: FakeStack) -> None:
    assert signed_in(stack).get(f"/console/incidents/{name}/audit.csv").status == 404


def test_a_trail_outlives_its_incident_and_is_exported_still(stack: FakeStack) -> None:
    ask(stack)
    stack.table.delete_item(Key={"pk": f"INCIDENT#{INCIDENT}", "sk": "INCIDENT"})
    file = signed_in(stack).get(f"{PAGE}/audit.csv")
    assert (file.status, file.html.count("\r\n")) == (200, 3)


def test_an_incident_that_nobody_is_asked_about_has_neither_form_nor_trail(
    stack: FakeStack,
) -> None:
    DynamoDbIncidents(stack.table).open(a_decided())
    visitor = signed_in(stack)
    page = visitor.get(PAGE)
    assert not shows_a_form(page)
    assert 'id="decision"' not in page.html
    assert "Nobody was asked about this incident." in page.html
    assert visitor.get(f"{PAGE}/audit.csv").html.count("\r\n") == 1


def test_neither_the_page_nor_the_log_holds_a_token_a_cookie_or_a_nonce(
    stack: FakeStack, log: Log
) -> None:
    ask(stack)
    ada = signed_in(stack)
    page = ada.get(PAGE)
    answer = decide(ada, stack, decision="approve", comment="a private remark")
    assert TASK_TOKEN not in page.html + answer.html
    text = str(log())
    assert "approval answered" in text
    for never in (TASK_TOKEN, ada.cookie.partition("=")[2], "a private remark"):
        assert never not in text
    assert typed_from(page.html)["nonce"] not in text
