"""Mail scanners at the approval page: whatever they follow, press and send, they decide nothing.

What is defended: a robot that opens links, runs scripts, and sends forms as they are or filled with
anything that is not the four digits of that very page. What is not: one that reads the page, finds
the digits and types them. They stand there as text, so that a screen reader can say them; whoever
reads and types as a person does is taken for one. So is, once in 10,000 tries, who guesses them.
The last test shows that honestly. Where that is too little, ask for more than one approver. A
reload is safer by itself: the name of what is rewritten has to be typed, with a reason.
"""

import copy
from typing import Any

import pytest

from qlik_monitor.domain.incident import Incident
from tests.fakes.aws import FakeStack
from tests.fakes.builders import TASK_TOKEN, a_decided, a_target_reload
from tests.fakes.mail_scanner import Found, MailScanner
from tests.integration.functions.approving import (
    EVENT,
    Browser,
    FakeStates,
    ask_about,
)
from tests.integration.functions.conftest import clear_caches

ACTING = ("submit", "fetch", "XMLHttpRequest", "click(", "sendBeacon", "WebSocket", "location")
INCIDENTS = {"a resume": a_decided(), "a reload": a_target_reload()}


class Through:
    """Lets a robot reach the page behind a link, from its own address and agent."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def look(self, method: str, agent: str, address: str) -> str:
        return self._browser.request(method, **_from(agent, address)).html

    def send(self, fields: dict[str, str], agent: str, address: str) -> int:
        return self._browser.send_with(_from(agent, address), **fields).status


def _from(agent: str, address: str) -> dict[str, Any]:
    context = copy.deepcopy(EVENT["requestContext"])
    context["identity"] |= {"sourceIp": address, "userAgent": agent}
    many = {"User-Agent": [agent], "Accept": ["*/*"]}
    return {
        "headers": {name: values[0] for name, values in many.items()},
        "multiValueHeaders": many,
        "requestContext": context,
    }


@pytest.mark.parametrize("incident", INCIDENTS.values(), ids=INCIDENTS)
@pytest.mark.parametrize("names", ["", "ana,ben"])
def test_a_scanner_decides_nothing_and_the_person_still_can(
    names: str,
    incident: Incident,
    stack: FakeStack,
    states: FakeStates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("APPROVERS", names)
    clear_caches()
    browsers = ask_about(stack, incident)
    before, scanner = stack.dump(), {}
    for name, browser in browsers.items():
        scanner[name] = MailScanner(Through(browser))
        scanner[name].scan()
    assert stack.dump() == before
    assert states.taken == []
    for robot in scanner.values():
        assert {status for _, status in robot.sent} == {400}
        buttons = [fields.get("decision") for fields, _ in robot.sent]
        assert min(buttons.count(one) for one in ("approve", "reject")) >= 6

    browser = next(iter(browsers.values()))
    person = browser.post(decision="approve", typed="prod/orders", comment="agreed with the owners")
    assert person.status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_a_scanner_changes_nothing_once_it_is_decided(stack: FakeStack, states: FakeStates) -> None:
    [browser] = ask_about(stack, a_decided()).values()
    browser.post(decision="reject")
    before = stack.dump()
    found = MailScanner(Through(browser)).scan()
    assert found.forms == []
    assert (stack.dump(), states.taken) == (before, [(TASK_TOKEN, "rejected")])


def test_a_scanner_does_not_even_hand_on_what_a_person_decided(
    stack: FakeStack, states: FakeStates
) -> None:
    [browser] = ask_about(stack, a_decided()).values()
    states.failures = ["ThrottlingException"]
    assert browser.post(decision="reject").status == 503
    MailScanner(Through(browser)).scan()
    assert states.taken == []
    assert browser.post().status == 200
    assert states.taken == [(TASK_TOKEN, "rejected")]


def test_no_script_of_the_page_could_send_a_form_or_anything_else(
    stack: FakeStack, states: FakeStates
) -> None:
    [browser] = ask_about(stack, a_target_reload()).values()
    html = browser.get().html
    [script] = Found(html).scripts
    for word in ACTING:
        assert word not in script
    for handler in ("onload", "onclick", "onsubmit", "http-equiv", "autofocus", "javascript:"):
        assert handler not in html


def test_a_form_leads_nowhere_else_and_holds_no_digits_that_need_no_typing(
    stack: FakeStack, states: FakeStates
) -> None:
    [browser] = ask_about(stack, a_decided()).values()
    [form] = Found(browser.get().html).forms
    assert (form.action, form.method) == ("", "post")
    assert form.hidden.keys() == {"nonce", "seen"}
    assert form.texts.keys() == {"comment", "code"}


@pytest.mark.parametrize(
    ("incident", "decided"), [(a_decided(), True), (a_target_reload(), False)], ids=INCIDENTS
)
def test_who_reads_the_digits_and_types_them_is_taken_for_a_person_except_by_a_reload_s_yes(
    incident: Incident, decided: bool, stack: FakeStack, states: FakeStates
) -> None:
    """Not defended, and known: the digits tell from programs that press, not from such as read."""
    [browser] = ask_about(stack, incident).values()
    robot = MailScanner(Through(browser), clever=True)
    robot.scan()
    said = [status for _, status in states.taken]
    assert said == (["approved"] if decided else ["rejected"])
