"""Forms that decide: from the page that was shown, with its digits, sent from no other site."""

from typing import Any

import pytest

from qlik_monitor.adapters import secrets
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.decision_form import BY_LINK
from qlik_monitor.domain.form_nonce import FORM_LASTS, code_of, issue
from tests.fakes.aws import FakeStack, forget_secrets
from tests.fakes.builders import (
    TASK_TOKEN,
    a_decided,
    a_key,
    a_target_reload,
)
from tests.integration.functions.approving import Answer, Browser, FakeStates, ask_about, typed_from
from tests.integration.functions.conftest import Clock, clear_caches

K2 = {"key_id": "k2", "key": "another-long-signing-key"}
APPROVE = {"decision": "approve", "comment": "as I typed it"}


class Decisions:
    """What nothing was decided by leaves as it was."""

    def __init__(self, stack: FakeStack, states: FakeStates) -> None:
        self._stack, self._states, self._before = stack, states, stack.dump()

    def are_none(self) -> bool:
        return self._stack.dump() == self._before and self._states.taken == []


@pytest.fixture
def two(
    stack: FakeStack, states: FakeStates, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Browser]:
    monkeypatch.setenv("APPROVERS", "ana,ben")
    clear_caches()
    return ask_about(stack, a_decided())


@pytest.fixture
def ana(two: dict[str, Browser]) -> Browser:
    return two["ana"]


@pytest.fixture
def shown(ana: Browser) -> dict[str, str]:
    """What the page holds, and what a person types into it."""
    return typed_from(ana.get().html)


@pytest.fixture
def decisions(ana: Browser, stack: FakeStack, states: FakeStates) -> Decisions:
    return Decisions(stack, states)


def comes_back(answer: Answer) -> bool:
    """Tell whether it is the form afresh, with a problem and what was typed."""
    html = answer.html
    fresh = typed_from(html).keys() == {"nonce", "seen", "code"}
    return answer.status == 400 and fresh and 'role="alert"' in html and "as I typed it" in html


def other_digits(digits: str) -> str:
    return f"{(int(digits) + 1) % 10_000:04d}"


@pytest.mark.parametrize("left_out", ["nonce", "code", "seen"])
def test_a_form_that_lacks_a_part_of_its_page_decides_nothing(
    left_out: str, ana: Browser, shown: dict[str, str], decisions: Decisions
) -> None:
    sent = {name: value for name, value in shown.items() if name != left_out}
    for extra in ({}, {left_out: ""}):
        assert comes_back(ana.send(**APPROVE, **sent, **extra))
    assert decisions.are_none()


def test_wrong_digits_decide_nothing_and_the_right_ones_then_do(
    ana: Browser, shown: dict[str, str], decisions: Decisions, states: FakeStates
) -> None:
    digits = shown["code"]
    wrong = ["0", digits[:3], digits + "0", "x", other_digits(digits), digits[::-1] + "1", "😀" * 4]
    for code in wrong:
        answer = ana.send(**APPROVE, **shown | {"code": code})
        assert comes_back(answer)
        assert "type the four digits" in answer.html
    assert decisions.are_none()
    spaced = f" {digits[:2]} {digits[2:]}\t"
    assert ana.send(**APPROVE, **shown | {"code": spaced}).status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_digits_of_another_page_decide_nothing(
    ana: Browser, shown: dict[str, str], decisions: Decisions, clock: Clock
) -> None:
    later = shown
    while later["code"] == shown["code"]:
        clock.forward(seconds=1)
        later = typed_from(ana.get().html)
    assert comes_back(ana.send(**APPROVE, **shown | {"code": later["code"]}))
    assert decisions.are_none()


def test_another_approver_s_page_decides_nothing(
    two: dict[str, Browser], ana: Browser, decisions: Decisions
) -> None:
    answer = ana.send(**APPROVE, **typed_from(two["ben"].get().html))
    assert comes_back(answer)
    assert "did not come from it" in answer.html
    assert decisions.are_none()


def test_the_page_of_another_approval_decides_nothing(
    ana: Browser, stack: FakeStack, states: FakeStates
) -> None:
    task = a_decided().subject.model_copy(update={"task": "customers"})
    other = a_decided(id="20260302T120000-another", subject=task)
    shown = typed_from(ask_about(stack, other)["ana"].get().html)
    before = stack.dump()
    assert comes_back(ana.send(**APPROVE, **shown))
    assert (stack.dump(), states.taken) == (before, [])


def test_a_page_that_lay_open_for_an_hour_decides_nothing(
    stack: FakeStack, states: FakeStates, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPROVAL_TIMEOUT_SECONDS", "14400")
    [browser] = ask_about(stack, a_decided()).values()
    shown, before = typed_from(browser.get().html), stack.dump()
    clock.forward(seconds=FORM_LASTS.total_seconds())
    answer = browser.send(**APPROVE, **shown)
    assert comes_back(answer)
    assert "lay open for too long" in answer.html
    assert (stack.dump(), states.taken) == (before, [])
    clock.forward(seconds=-30)
    assert browser.send(**APPROVE, **shown).status == 200


def test_a_page_out_of_the_future_decides_nothing(
    ana: Browser, decisions: Decisions, clock: Clock
) -> None:
    clock.forward(minutes=10)
    shown = typed_from(ana.get().html)
    clock.forward(minutes=-10)
    assert comes_back(ana.send(**APPROVE, **shown))
    assert decisions.are_none()


def test_a_nonce_that_was_tampered_with_decides_nothing(
    ana: Browser, shown: dict[str, str], decisions: Decisions
) -> None:
    moment, signature = shown["nonce"].split(".")
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    tampered = [
        f"{int(moment) + 1}.{signature}",
        f"{moment}.{flipped}",
        f"{moment}.{signature[:-1]}",
        f"{moment}{signature}",
        f"0{moment}.{signature}"[:12],
        f"{moment}.{signature}.{signature}",
        signature,
        "9" * 5000,
        "\x00",
        "٣" * 10 + f".{signature}",
    ]
    for nonce in tampered:
        sent = shown | {"nonce": nonce, "code": code_of(nonce)}
        assert comes_back(ana.send(**APPROVE, **sent)), nonce
    assert decisions.are_none()


def test_a_strange_key_makes_no_nonce(
    ana: Browser, shown: dict[str, str], decisions: Decisions
) -> None:
    bound = f"{ana.approval_id}\nana\n{shown['seen']}"
    for key in (a_key(key="guessed"), a_key().derived("console")):
        nonce = issue(key, BY_LINK, bound, utc_now())
        sent = shown | {"nonce": nonce, "code": code_of(nonce)}
        assert comes_back(ana.send(**APPROVE, **sent))
    other_purpose = issue(a_key(), "console", bound, utc_now())
    sent = shown | {"nonce": other_purpose, "code": code_of(other_purpose)}
    assert comes_back(ana.send(**APPROVE, **sent))
    assert decisions.are_none()


def test_a_form_that_names_something_else_as_seen_decides_nothing(
    ana: Browser, shown: dict[str, str], decisions: Decisions
) -> None:
    for seen in ("0" * 64, shown["seen"][:-1], "x" * 4000, "\n"):
        assert comes_back(ana.send(**APPROVE, **shown | {"seen": seen}))
    assert decisions.are_none()


def test_a_page_from_before_a_key_rotation_still_decides(
    ana: Browser, shown: dict[str, str], stack: FakeStack, states: FakeStates
) -> None:
    stack.write_secret("APPROVAL_SECRET_ARN", K2)
    forget_secrets()
    assert ana.send(**APPROVE, **shown).status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_a_page_of_a_container_that_knows_a_newer_key_decides_in_one_that_does_not(
    ana: Browser, stack: FakeStack, states: FakeStates
) -> None:
    ana.get()
    kept = dict(secrets._values().store)
    stack.write_secret("APPROVAL_SECRET_ARN", K2)
    forget_secrets()
    shown = typed_from(ana.get().html)
    forget_secrets()
    secrets._values().store.update(kept)
    answer = ana.send(**APPROVE, **shown)
    assert answer.status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]


def test_what_was_typed_for_a_reload_is_kept_whatever_else_is_wrong(
    stack: FakeStack, states: FakeStates
) -> None:
    [browser] = ask_about(stack, a_target_reload()).values()
    typed = {"typed": "prod/orders", "comment": "as I typed it"}
    for wrong in ({"code": "no"}, {"nonce": ""}, {"decision": "perhaps"}, {"decision": ""}):
        answer = browser.post(**{"decision": "approve"} | typed | wrong)
        assert comes_back(answer)
        assert 'value="prod/orders"' in answer.html
    long = browser.post(decision="approve", typed="prod/orders", comment="y" * 501)
    assert long.status == 400
    assert 'value="prod/orders"' in long.html
    assert states.taken == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"sec-fetch-site": "CROSS-SITE", "Origin": "https://api.example"},
        {"Sec-Fetch-Site": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "https://api.example.evil.example"},
        {"Origin": "http://api.example"},
        {"Origin": "https://api.example:8443"},
        {"ORIGIN": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_a_form_that_another_site_sent_decides_nothing(
    headers: dict[str, str], ana: Browser, shown: dict[str, str], decisions: Decisions
) -> None:
    for changes in as_gateway_sends(headers):
        answer = ana.send_with(changes, **APPROVE, **shown)
        assert answer.status == 403
        assert "sent by another site" in answer.html
        assert "orders" not in answer.html
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert decisions.are_none()


def test_a_header_that_is_there_twice_counts_with_its_worse_value(
    ana: Browser, shown: dict[str, str], decisions: Decisions
) -> None:
    twice = {"Sec-Fetch-Site": ["cross-site", "same-origin"]}
    last = {"Sec-Fetch-Site": "same-origin"}
    changes = {"headers": last, "multiValueHeaders": twice}
    assert ana.send_with(changes, **APPROVE, **shown).status == 403
    assert decisions.are_none()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null"},
        {"Origin": "https://api.example"},
    ],
    ids=str,
)
def test_a_form_of_the_page_itself_decides(
    headers: dict[str, str], ana: Browser, shown: dict[str, str], states: FakeStates
) -> None:
    changes = as_gateway_sends(headers)[0]
    assert ana.send_with(changes, **APPROVE, **shown).status == 200
    assert states.taken == [(TASK_TOKEN, "approved")]


def as_gateway_sends(headers: dict[str, str]) -> list[dict[str, Any]]:
    """Return headers as API Gateway hands them over, and as a simpler proxy does."""
    many = {name: [value] for name, value in headers.items()}
    return [
        {"headers": headers or None, "multiValueHeaders": many or None},
        {"headers": headers, "multiValueHeaders": None},
    ]


def test_looking_is_allowed_from_anywhere(ana: Browser) -> None:
    """A link in a message is opened from another site, a chat's or mail's page."""
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = ana.request(
        "GET", headers=headers, multiValueHeaders={"Sec-Fetch-Site": ["cross-site"]}
    )
    assert answer.status == 200
