"""Pausing the agent from the console, and letting it go on."""

import re
from datetime import timedelta

import boto3
import pytest

from functions.console.automation import PAUSE
from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.adapters.dynamodb_restarts import DynamoDbRestarts
from qlik_monitor.adapters.secrets import signing_key
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.automation import Automation
from qlik_monitor.domain.console_session import Role
from qlik_monitor.domain.form_nonce import issue
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.restart import Reservation
from tests.fakes.aws import FakeStack
from tests.fakes.builders import a_restart
from tests.integration.functions.conftest import Log
from tests.integration.functions.visiting import Page, Visitor, nonce_of, signed_in

PAGE = "/console/automation"
PAUSING, RESUMING = f"{PAGE}/pause", f"{PAGE}/resume"
OTHER_SECRET = "secret-of-the-other-of-32-letter"
REASON = "database upgrade"


@pytest.fixture
def approver(stack: FakeStack) -> Visitor:
    return signed_in(stack, Role.APPROVER)


def switch(stack: FakeStack) -> Automation:
    return DynamoDbAutomation(stack.table).state()


def pause(visitor: Visitor, reason: str = REASON) -> Page:
    nonce = nonce_of(visitor.get(PAGE))
    return visitor.send(PAUSING, {"nonce": nonce, "reason": reason})


def resume(visitor: Visitor) -> Page:
    nonce = nonce_of(visitor.get(PAGE))
    return visitor.send(RESUMING, {"nonce": nonce, "checked": "yes"})


def test_a_pause_is_stored_told_and_shown(approver: Visitor, stack: FakeStack, log: Log) -> None:
    answer = pause(approver)
    assert (answer.status, answer.headers["Location"]) == (303, "../../console/automation")
    state = switch(stack)
    assert (state.paused, state.by, state.reason) == (True, "Ada", REASON)
    [told] = stack.told
    assert told.kind == "automation_paused"
    assert f"by Ada: {REASON}" in told.body
    assert DynamoDbAutomation(stack.table).untold() is None
    page = approver.follow(PAUSING, answer.headers["Location"])
    assert "paused</span> by Ada" in page.html
    assert "I have checked why it was paused" in page.html
    [line] = [one for one in log() if one["message"] == "automation switched"]
    assert (line["paused"], line["by"]) == (True, "Ada")


def test_what_is_paused_here_holds_every_restart_back(approver: Visitor, stack: FakeStack) -> None:
    pause(approver)
    reserved = DynamoDbRestarts(stack.table).reserve(a_restart(), Limits())
    assert reserved.reservation is Reservation.REFUSED
    assert f"by Ada: {REASON}" in str(reserved.refused)


def test_it_is_let_go_on_by_somebody_who_checked(approver: Visitor, stack: FakeStack) -> None:
    DynamoDbAutomation(stack.table).pause("Grace", "storm", utc_now())
    nonce = nonce_of(approver.get(PAGE))
    unchecked = approver.send(RESUMING, {"nonce": nonce})
    assert unchecked.status == 400
    assert "tick that you have checked" in unchecked.html
    assert switch(stack).paused
    assert resume(approver).status == 303
    assert (switch(stack).paused, switch(stack).by) == (False, "Ada")
    assert [one.kind for one in stack.told] == ["automation_resumed"]
    assert "when Ada let it go on" in approver.get(PAGE).html


def test_a_second_pause_says_who_paused_it_already(stack: FakeStack, approver: Visitor) -> None:
    other = signed_in(stack, Role.APPROVER, OTHER_SECRET, name="Bob")
    nonce = nonce_of(other.get(PAGE))
    pause(approver)
    answer = other.send(PAUSING, {"nonce": nonce, "reason": "me too"})
    assert answer.status == 303
    page = other.follow(PAUSING, answer.headers["Location"])
    assert "It was paused already, by Ada: your reason was not kept." in page.html
    assert (switch(stack).by, switch(stack).reason) == ("Ada", REASON)
    assert len(stack.told) == 1


def test_what_is_not_paused_any_more_is_left_as_it_is(stack: FakeStack, approver: Visitor) -> None:
    pause(approver)
    nonce = nonce_of(approver.get(PAGE))
    DynamoDbAutomation(stack.table).resume("Bob", utc_now())
    answer = approver.send(RESUMING, {"nonce": nonce, "checked": "yes"})
    page = approver.follow(RESUMING, answer.headers["Location"])
    assert "It was not paused any more" in page.html
    assert switch(stack).by == "Bob"


@pytest.mark.parametrize(("address", "word"), [(PAUSING, "make pause"), (RESUMING, "make resume")])
def test_a_viewer_sees_no_form_and_is_refused(address: str, word: str, stack: FakeStack) -> None:
    viewer = signed_in(stack)
    if address == RESUMING:
        DynamoDbAutomation(stack.table).pause("Grace", "storm", utc_now())
    before = stack.dump()
    page = viewer.get(PAGE)
    assert nonce_of(page) == ""
    assert PAGE.removeprefix("/") + "/" not in page.html
    assert word in page.html
    key = signing_key(stack.secret_arns["APPROVAL_SECRET_ARN"])
    stolen = issue(key, PAUSE, viewer.cookie.split(".")[1], utc_now())
    answer = viewer.send(address, {"nonce": stolen, "reason": "x", "checked": "yes"})
    assert answer.status == 403
    assert "takes the role approver" in answer.html
    assert stack.dump() == before
    assert stack.told == []


@pytest.mark.parametrize("address", [PAUSING, RESUMING])
def test_nobody_switches_anything_without_a_session(address: str, stack: FakeStack) -> None:
    before = stack.dump()
    assert Visitor().send(address, {"reason": "x", "checked": "yes"}).status == 401
    assert stack.dump() == before


def test_a_session_that_has_ended_takes_no_reason_with_it(
    approver: Visitor, stack: FakeStack
) -> None:
    nonce = nonce_of(approver.get(PAGE))
    approver.cookie = ""
    page = approver.send(PAUSING, {"nonce": nonce, "reason": "storm <b> at Oracle"})
    assert page.status == 401
    assert ">storm &lt;b&gt; at Oracle</textarea>" in page.html
    assert "make console-link" in page.html
    assert not switch(stack).paused


def test_a_visitor_who_signs_out_is_told_how_to_come_back(approver: Visitor) -> None:
    page = approver.post("/console/sign-out")
    assert page.status == 200
    assert "You are signed out" in page.html
    assert "make console-link" in page.html
    assert approver.get("/console/sign-out").status == 401


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_a_form_that_another_site_sends_switches_nothing(
    site: str, approver: Visitor, stack: FakeStack
) -> None:
    nonce = nonce_of(approver.get(PAGE))
    answer = approver.send(PAUSING, {"nonce": nonce, "reason": REASON}, Sec_Fetch_Site=site)
    assert answer.status == 403
    assert not switch(stack).paused


def nonces(stack: FakeStack, approver: Visitor) -> dict[str, str]:
    other = signed_in(stack, Role.APPROVER, OTHER_SECRET)
    key = signing_key(stack.secret_arns["APPROVAL_SECRET_ARN"])
    mine = approver.cookie.split(".")[1]
    return {
        "none": "",
        "garbage": "\N{GRINNING FACE}.x",
        "another's": nonce_of(other.get(PAGE)),
        "for another form": issue(key, "another", mine, utc_now()),
        "too old": issue(key, PAUSE, mine, utc_now() - timedelta(hours=8)),
    }


@pytest.mark.parametrize("which", ["none", "garbage", "another's", "for another form", "too old"])
def test_a_form_that_is_not_from_a_page_of_theirs_switches_nothing(
    which: str, approver: Visitor, stack: FakeStack, log: Log
) -> None:
    nonce = nonces(stack, approver)[which]
    answer = approver.send(PAUSING, {"nonce": nonce, "reason": "storm <b>"})
    assert answer.status == 403
    assert "too old, or not from a page of yours" in answer.html
    assert not switch(stack).paused
    assert [one["reason"] for one in log() if one["message"] == "automation not switched"] == [
        "nonce"
    ]
    # What was written stands there, and sending it again works.
    assert 'value="storm &lt;b&gt;"' in answer.html
    again = approver.send(PAUSING, {"nonce": nonce_of(answer), "reason": "storm"})
    assert again.status == 303


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("", "please say why"),
        ("  \u200b ", "please say why"),
        ("x" * 201, "201 characters; 200 are allowed"),
    ],
)
def test_a_pause_takes_a_reason_of_so_many_characters(
    reason: str, said: str, approver: Visitor, stack: FakeStack
) -> None:
    answer = pause(approver, reason)
    assert answer.status == 400
    assert said in answer.html
    assert 'role="alert"' in answer.html
    assert not switch(stack).paused
    assert pause(approver, "x" * 200).status == 303


@pytest.mark.parametrize(
    "body", ["reason=a&reason=b", "", "&" * 50, "x" * 9000, "%ff%fe", "a=1&" * 20]
)
def test_a_broken_form_switches_nothing(body: str, approver: Visitor, stack: FakeStack) -> None:
    assert approver.send(PAUSING, body).status == 403
    nonce = nonce_of(approver.get(PAGE))
    assert approver.send(PAUSING, f"{body}&nonce={nonce}").status in (400, 403)
    assert not switch(stack).paused


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("address", [PAUSING, RESUMING])
def test_looking_switches_nothing(
    address: str, method: str, approver: Visitor, stack: FakeStack
) -> None:
    before = stack.dump()
    looked = approver.get(address, method)
    assert (looked.status, looked.headers["Location"]) == (303, "../../console/automation")
    assert approver.get(PAGE, method).status == 200
    assert stack.dump() == before


def test_people_who_could_not_be_told_are_told_by_the_next_cycle(
    approver: Visitor, stack: FakeStack, log: Log
) -> None:
    boto3.client("sns").delete_topic(TopicArn=stack.topic_arn)
    assert pause(approver).status == 303
    assert switch(stack).paused
    assert DynamoDbAutomation(stack.table).untold() is not None
    assert "automation not told" in [one["message"] for one in log()]


def test_texts_of_others_are_redacted_and_escaped(approver: Visitor, stack: FakeStack) -> None:
    pause(approver, "<script>alert(1)</script> password=hunter2")
    page = approver.get(PAGE)
    assert "hunter2" not in page.html
    assert not re.findall(r"<script(?! defer src=)", page.html)
    assert "hunter2" not in stack.told[0].body


def test_a_wrong_word_in_the_address_is_named(approver: Visitor) -> None:
    page = approver.get(f"{PAGE}?was=hacked")
    assert page.status == 400
    assert "expected already" in page.html
