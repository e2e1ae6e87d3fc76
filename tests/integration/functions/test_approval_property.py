"""Whatever people, clocks, tasks, lists and keys do: a yes counts only as it should, and once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qlik_monitor.adapters.dynamodb_history import DynamoDbHistory
from qlik_monitor.domain.history import point_of
from qlik_monitor.domain.task import TaskSnapshot
from tests.fakes.aws import FakeStack, forget_secrets
from tests.fakes.builders import TASK, a_decided, a_snapshot, an_aborted
from tests.integration.functions.approving import Browser, FakeStates, ask_about, typed_from
from tests.integration.functions.conftest import Clock, clear_caches

NAMES = ("ana", "ben", "eve")
NEEDED = 2
LIVES_MINUTES = 59
"""Of the hour a few seconds are kept back: a minute is more than the test itself takes."""
_numbers = count(1)

Step = tuple[str, object]
answers = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(["approve", "approve", "approve", "reject"]),
    st.sampled_from(["good", "good", "good", "no nonce", "wrong digits", "another's page"]),
)
steps: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("answer"), answers),
    st.tuples(st.just("answer"), answers),
    st.tuples(st.just("wait"), st.sampled_from([1, 20, 45])),
    st.tuples(st.just("read"), st.sampled_from(["as it was", "recovered"])),
    st.tuples(st.just("list"), st.sampled_from([NAMES, ("ana", "ben"), ("eve", "new")])),
    st.tuples(st.just("rotate"), st.none()),
)


@dataclass
class Expected:
    """What should come of it, by the rules as a person would say them."""

    listed: tuple[str, ...] = NAMES
    minutes: int = 0
    rotations: int = 0
    recovered: bool = False
    yes: set[str] = field(default_factory=set)
    delivered: list[str] = field(default_factory=list)

    def answer(self, who: str, decision: str, form: str) -> None:
        """Count an answer, if it counts."""
        opens = who in self.listed and self.rotations < 2
        still = self.minutes < LIVES_MINUTES and not self.delivered and who not in self.yes
        if not (opens and still and form == "good"):
            return
        if decision == "reject":
            self.delivered.append("rejected")
        elif self.recovered:
            self.delivered.append("void")
        else:
            self.yes.add(who)
            if len(self.yes) == NEEDED:
                self.delivered.append("approved")


@dataclass
class Asked:
    """One question to three people, and the world around it."""

    stack: FakeStack
    clock: Clock
    environment: pytest.MonkeyPatch
    server: str
    """One of its own: clocks go back between questions, and a server's readings must not."""
    browsers: dict[str, Browser]

    def answer(self, who: str, decision: str, form: str) -> None:
        browser = self.browsers[who]
        shown = typed_from(browser.get().html)
        if form == "no nonce":
            shown.pop("nonce", None)
        elif form == "wrong digits" and "code" in shown:
            shown["code"] = f"{(int(shown['code']) + 1) % 10_000:04d}"
        elif form == "another's page":
            other = next(name for name in NAMES if name != who)
            shown = typed_from(self.browsers[other].get().html)
        status = browser.send(decision=decision, **shown).status
        assert status in {200, 400, 403, 410}

    def wait(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    def read(self, what: str) -> None:
        now: TaskSnapshot = a_snapshot() if what == "recovered" else an_aborted()
        point = point_of(now.model_copy(update={"observed_at": self.clock()}))
        DynamoDbHistory(self.stack.table).save(self.server, {TASK.task: point}, point.at)

    def list(self, names: tuple[str, ...]) -> None:
        self.environment.setenv("APPROVERS", ",".join(names))
        clear_caches()

    def rotate(self, _: None) -> None:
        key = {"key_id": f"k{next(_numbers)}", "key": f"signing key {next(_numbers)}"}
        self.stack.write_secret("APPROVAL_SECRET_ARN", key)
        forget_secrets()


@pytest.fixture
def world(
    stack: FakeStack, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[FakeStack, Clock, pytest.MonkeyPatch]]:
    monkeypatch.setenv("APPROVALS_NEEDED", f"low={NEEDED}")
    yield stack, clock, monkeypatch


@settings(
    max_examples=30,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(steps, min_size=3, max_size=12))
def test_approved_is_delivered_once_at_most_and_only_if_enough_said_so_in_time(
    world: tuple[FakeStack, Clock, pytest.MonkeyPatch],
    states: FakeStates,
    happening: list[Step],
) -> None:
    stack, clock, environment = world
    number = next(_numbers)
    server, token = f"server-{number}", f"token-{number}"
    clock.ahead *= 0
    environment.setenv("APPROVERS", ",".join(NAMES))
    clear_caches()
    subject = a_decided().subject.model_copy(update={"server": server})
    incident = a_decided(id=f"incident-{number}", subject=subject)
    asked = Asked(stack, clock, environment, server, ask_about(stack, incident, token))
    expected = Expected()
    for what, given_ in happening:
        parts: Any = given_ if what == "answer" else (given_,)
        getattr(asked, what)(*parts)
        match what:
            case "answer":
                expected.answer(*parts)
            case "wait":
                expected.minutes += parts[0]
            case "read":
                expected.recovered = given_ == "recovered"
            case "list":
                expected.listed = parts[0]
            case "rotate":
                expected.rotations += 1
        assert [status for own, status in states.taken if own == token] == expected.delivered
