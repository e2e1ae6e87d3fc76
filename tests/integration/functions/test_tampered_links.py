"""Ten thousand links that were never sent: each is refused alike, and after the same work."""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pytest

from benchmarks.tampered_links import CLASSES, Link, Sent, tampered
from functions.approval_api.handler import handler
from functions.approval_api.pages import headers
from qlik_monitor.adapters.dynamodb_approvals import DynamoDbApprovals
from qlik_monitor.composition import the_table
from qlik_monitor.domain.signing_key import SigningKey
from qlik_monitor.settings import ApprovalApiSettings
from tests.fakes.aws import FakeStack
from tests.fakes.builders import a_decided, a_key, a_target_reload
from tests.fakes.lambda_context import FakeLambdaContext
from tests.integration.functions.approving import EVENT, FakeStates, ask_about
from tests.integration.functions.conftest import Log, clear_caches

LINKS, POSTED = 10_000, 7
KEYS = (
    a_key(),
    a_key(key_id="k2", key="a key that was never ours"),
    a_key(key_id="strange", key="x"),
)
WORK = {"GetItem": 1, "signature": 1}


@pytest.fixture
def sent(stack: FakeStack, states: FakeStates, monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Three approvals, one of them answered, of three approvers each."""
    monkeypatch.setenv("APPROVERS", "ana,ben,eve")
    clear_caches()
    about = [a_decided(), a_target_reload(id="another"), a_decided(id="answered")]
    subjects = [f"orders-{number}" for number in range(len(about))]
    approvals = []
    for incident, task in zip(about, subjects, strict=True):
        subject = incident.subject.model_copy(update={"task": task})
        browsers = ask_about(stack, incident.model_copy(update={"subject": subject}))
        assert len(browsers) == 3
        approvals.append(DynamoDbApprovals(stack.table).get(browsers["ana"].approval_id))
    assert browsers["ben"].post(decision="reject").status == 200
    return Sent([one for one in approvals if one], KEYS)


@dataclass
class Work:
    """What one request cost."""

    done: Counter[str] = field(default_factory=Counter)

    def taken(self) -> dict[str, int]:
        """Return it, and begin anew."""
        done, self.done = dict(self.done), Counter()
        return done


@contextmanager
def counted() -> Iterator[Work]:
    """Count the calls to AWS, and the signatures that are made and compared."""
    work, sign = Work(), SigningKey.sign
    events = the_table(ApprovalApiSettings).meta.client.meta.events

    def call(model: Any, **_: object) -> None:
        work.done[model.name] += 1

    def signing(self: SigningKey, text: str) -> str:
        work.done["signature"] += 1
        return sign(self, text)

    events.register("before-call", call)
    with patch.object(SigningKey, "sign", signing):
        yield work
    events.unregister("before-call", call)


def ask(link: Link, method: str) -> dict[str, Any]:
    answer: dict[str, Any] = handler(
        json.loads(json.dumps(EVENT | link.event(method))), FakeLambdaContext()
    )
    return answer


def test_each_of_ten_thousand_is_refused_alike_after_the_same_work(
    sent: Sent, stack: FakeStack, states: FakeStates, log: Log
) -> None:
    expected = refused()
    assert ask(sent.links()[0], "GET")["statusCode"] == 200
    before, seen = stack.dump(), Counter[str]()
    taken = list(states.taken)
    with counted() as work:
        for number, (name, link) in enumerate(tampered(sent, LINKS)):
            work.taken()  # of making the link
            answer = ask(link, "POST" if number % POSTED == 0 else "GET")
            assert answer == expected, (name, str(link)[:500])
            assert work.taken() == WORK, (name, str(link)[:500])
            seen[name] += 1
    assert set(seen) == set(CLASSES)
    assert (stack.dump(), states.taken) == (before, taken)
    lines = log()
    assert "Traceback" not in str(lines)
    assert {line["level"] for line in lines} <= {"INFO", "WARNING", "DEBUG"}
    refusals = [line for line in lines if line["message"] == "approval link refused"]
    assert len(refusals) == LINKS + 1
    assert {line["reason"] for line in refusals} == {"this link is not one that the agent sent"}


def refused() -> dict[str, Any]:
    """Return the one answer: as to a link without anything in it."""
    answer = ask(Link("", {}), "GET")
    assert answer["statusCode"] == 403
    assert "This link is not valid" in answer["body"]
    found = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
    assert headers().items() <= found.items()
    return answer


def test_a_signature_is_compared_in_constant_time_and_made_by_the_standard_library() -> None:
    """What `counted` counts is all that there is: one HMAC a signature."""
    key, calls = a_key(), []
    original = hmac.new

    def making(*arguments: Any) -> Any:
        calls.append(arguments[-1])
        return original(*arguments)

    with patch.object(hmac, "new", making):
        assert not key.has_signed("text", "x" * 43)
    assert calls == [hashlib.sha256]


def test_the_links_are_the_same_whenever_they_are_made(sent: Sent) -> None:
    first, second = (list(tampered(sent, 200, seed=7)) for _ in range(2))
    assert first == second
    assert first != list(tampered(sent, 200, seed=8))
