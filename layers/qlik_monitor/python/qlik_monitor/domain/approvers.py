"""Approvers: who may answer which question, and how many of them have to agree."""

from typing import Self
from unicodedata import is_normalized

from pydantic import Field

from qlik_monitor.domain.actions import RULES, Action, Risk
from qlik_monitor.domain.model import Frozen

ANYONE = "anyone"
"""Who answers where no approvers are named: a link that goes to all subscribers names nobody."""
MOST_APPROVERS = 50
MAX_NAME = 100
RISKS = (Risk.LOW, Risk.MODERATE, Risk.HIGH, Risk.DESTRUCTIVE)
"""Risks of what is carried out; what has none is never asked about."""
ONE_EACH = dict.fromkeys(RISKS, 1)


class Approver(Frozen):
    """A person who may be asked."""

    name: str = Field(min_length=1, max_length=MAX_NAME)
    """An e-mail address as a rule: then the link to a question is sent there."""
    chat_id: str = Field(default="", max_length=MAX_NAME)
    """Who they are in the chat tool; empty: they cannot answer from there."""


class Panel(Frozen):
    """Who is asked one question, and how many of them have to say yes."""

    approvers: tuple[str, ...]
    needed: int


class Approvers(Frozen):
    """The allow-list, and how many of it have to agree to what."""

    people: tuple[Approver, ...] = ()
    """Empty: the link goes to all subscribers, and whoever holds it may answer."""
    for_rewrites: tuple[str, ...] = ()
    """Names of those who may agree to what rewrites data; empty: all of them."""
    needed: dict[Risk, int] = Field(default_factory=lambda: dict(ONE_EACH))

    @classmethod
    def parse(cls, approvers: str, for_rewrites: str, needed: str) -> Self:
        """Read the three settings.

        `approvers` is `name` or `name=chat id`, separated by commas; `for_rewrites` are names of
        these; `needed` is `risk=number`, such as `low=1, destructive=2`, and 1 for what is left
        out. Raises ValueError with a sentence that names what is wrong and what is allowed.
        """
        people = tuple(_approver(entry) for entry in _entries(approvers))
        made = cls(
            people=people, for_rewrites=tuple(_entries(for_rewrites)), needed=_needed(needed)
        )
        if problem := made.problem():
            raise ValueError(problem)
        return made

    def problem(self) -> str | None:
        """Say what makes the settings contradict each other, or None."""
        names = [one.name for one in self.people]
        if len(names) > MOST_APPROVERS:
            return f"APPROVERS has {len(names)} names; {MOST_APPROVERS} are allowed"
        alike = [name.casefold() for name in names]
        for what, given in (("name", alike), ("chat id", [p.chat_id for p in self.people])):
            if twice := next((one for one in given if one and given.count(one) > 1), None):
                return f"APPROVERS has the {what} {twice} twice"
        if twice := next((n for n in self.for_rewrites if self.for_rewrites.count(n) > 1), None):
            return f"DESTRUCTIVE_APPROVERS has the name {twice} twice"
        if strange := next((one for one in self.for_rewrites if one not in names), None):
            allowed = ", ".join(names) or "none, as APPROVERS is empty"
            return f"DESTRUCTIVE_APPROVERS has {strange}, who is no approver; allowed: {allowed}"
        return next((p for risk in RISKS if (p := self._too_few(risk))), None)

    def panel_for(self, action: Action) -> Panel:
        """Return who is asked about an action."""
        risk = RULES[action].risk
        return Panel(approvers=self._asked(risk), needed=self.needed.get(risk, 1))

    def allows(self, name: str, *, rewrites: bool = False) -> bool:
        """Tell whether somebody may still answer: lists change while a question is open."""
        return name in self._asked(Risk.DESTRUCTIVE if rewrites else Risk.LOW)

    def named_in_chat(self, chat_id: str) -> str | None:
        """Return the name of whoever has this id in the chat tool, or None."""
        if not chat_id:
            return None
        return next((one.name for one in self.people if one.chat_id == chat_id), None)

    def _asked(self, risk: Risk) -> tuple[str, ...]:
        if not self.people:
            return (ANYONE,)
        names = tuple(one.name for one in self.people)
        return self.for_rewrites or names if risk is Risk.DESTRUCTIVE else names

    def _too_few(self, risk: Risk) -> str | None:
        needed, asked = self.needed.get(risk, 1), len(self._asked(risk))
        if needed <= asked:
            return None
        who = f"{asked} may agree" if self.people else "APPROVERS is empty"
        return f"APPROVALS_NEEDED has {risk.value}={needed}, and {who}"


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def _approver(entry: str) -> Approver:
    name, _, chat_id = (part.strip() for part in entry.partition("="))
    if not name or len(name) > MAX_NAME or len(chat_id) > MAX_NAME or name == ANYONE:
        raise ValueError(
            f"APPROVERS has {entry[:MAX_NAME]!r}; expected a name, or name=chat id, "
            f"of at most {MAX_NAME} characters each, and not {ANYONE!r}"
        )
    if not (name + chat_id).isprintable():
        raise ValueError(f"APPROVERS has {entry!r}, which holds characters that cannot be seen")
    if not is_normalized("NFC", entry):
        raise ValueError(f"APPROVERS has {entry!r}, which is not spelt in Unicode's form NFC")
    return Approver(name=name, chat_id=chat_id)


def _needed(text: str) -> dict[Risk, int]:
    found = dict(ONE_EACH)
    for entry in _entries(text):
        name, _, number = (part.strip() for part in entry.partition("="))
        known = next((risk for risk in RISKS if risk.value == name), None)
        if known is None or not (number.isascii() and number.isdecimal()) or int(number[:4]) < 1:
            raise ValueError(
                f"APPROVALS_NEEDED has {entry[:MAX_NAME]!r}; expected one of "
                f"{', '.join(risk.value for risk in RISKS)}, then = and a number from 1"
            )
        found[known] = int(number[:4])
    return found
