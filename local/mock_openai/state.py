"""What the server remembers: the rules still to be used, the requests seen, whether it is down."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from local.mock_openai.scenario import Outcome, Rule, Scenario

# Enough for a benchmark, without growing for ever beside a stack that runs for days.
KEPT_REQUESTS = 20_000


type Answering = Callable[[str], Outcome]
"""What a program of one's own answers to a user's text, where no rule does."""


class LoggedRequest(BaseModel):
    """One request as it came; of the authorization only the scheme is kept."""

    number: int
    at: datetime
    method: str
    path: str
    authorization: str | None
    headers: dict[str, str]
    body: Any
    request_id: str
    user_text: str = ""
    outcome: str = ""
    status: int | None = None


@dataclass
class _Entry:
    rule: Rule
    left: int | None


class RuleBook:
    """Hands out the first rule that matches and isn't used up."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._entries: list[_Entry] = []
        self.replace(rules)

    def replace(self, rules: Iterable[Rule]) -> None:
        """Forget the rules and their uses; take these."""
        self._entries = [_Entry(rule, rule.times) for rule in rules]

    def add_first(self, rules: Iterable[Rule]) -> None:
        """Put rules before those there are."""
        self._entries = [_Entry(rule, rule.times) for rule in rules] + self._entries

    def take(self, text: str) -> Rule | None:
        """The rule for this text, with one use of it spent."""
        for entry in self._entries:
            if entry.left != 0 and entry.rule.when.matches(text):
                entry.left = None if entry.left is None else entry.left - 1
                return entry.rule
        return None

    def left(self) -> list[dict[str, Any]]:
        """Each rule as it was given, with the uses it has left."""
        return [
            entry.rule.model_dump(mode="json", exclude_unset=True) | {"left": entry.left}
            for entry in self._entries
        ]


class MockState:
    """The server's memory."""

    def __init__(self, scenario: Scenario, answering: Answering | None = None) -> None:
        self.scenario = scenario
        self.answering = answering
        self.rules = RuleBook(scenario.answers)
        self.requests: deque[LoggedRequest] = deque(maxlen=KEPT_REQUESTS)
        self.seen = 0
        self.is_down = False

    def outcome_for(self, text: str) -> Outcome:
        """What the rules, else the given function, else the scenario's default, say to this."""
        ruled = self.rules.take(text)
        if ruled is None and self.answering is not None:
            return self.answering(text)
        return ruled or self.scenario.default

    def reset(self) -> None:
        """Be as on the first day."""
        self.rules.replace(self.scenario.answers)
        self.requests.clear()
        self.is_down = False


STATE = web.AppKey("STATE", MockState)
"""Where an application keeps its memory."""
LOGGED = web.RequestKey("LOGGED", LoggedRequest)
"""Where a request keeps its entry in the log."""
