"""What the model may cost in a day (UTC), what it has cost, and what a question may cost at most.

Money is counted in whole millionths of a US dollar: sums of fractions drift, sums of integers do
not.
"""

from datetime import UTC, datetime
from typing import Self

from qlik_monitor.domain.model import Frozen

MILLION = 1_000_000
BYTES_A_TOKEN = 3
"""English prose has four bytes to a token, and JSON, codes and names have fewer; a Chinese
character is three bytes and about one token. So three counts a question higher than it is, as a
rule, and where it does not, settling puts the difference right."""


class Usage(Frozen):
    """What questions have taken, or may take; differences of two may be negative."""

    calls: int = 0
    """Questions; the repetition of one that failed for the moment belongs to it."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    micro_dollars: int = 0

    @property
    def tokens(self) -> int:
        """Return the tokens of questions and answers together."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Self) -> "Usage":
        """Return both together."""
        return Usage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            micro_dollars=self.micro_dollars + other.micro_dollars,
        )

    def __sub__(self, other: Self) -> "Usage":
        """Return how much more this is than another."""
        return Usage(
            calls=self.calls - other.calls,
            prompt_tokens=self.prompt_tokens - other.prompt_tokens,
            completion_tokens=self.completion_tokens - other.completion_tokens,
            micro_dollars=self.micro_dollars - other.micro_dollars,
        )


class Prices(Frozen):
    """What tokens cost, in millionths of a US dollar for a million of them."""

    prompt: int
    completion: int

    @classmethod
    def of_dollars(cls, prompt: float, completion: float) -> Self:
        """Take prices as price lists print them: US dollars a million tokens."""
        return cls(prompt=round(prompt * MILLION), completion=round(completion * MILLION))

    def usage(self, prompt_tokens: int, completion_tokens: int) -> Usage:
        """Return one question with what it costs, rounded up to a whole millionth."""
        cost = prompt_tokens * self.prompt + completion_tokens * self.completion
        return Usage(
            calls=1,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            micro_dollars=-(-cost // MILLION),
        )


class Question(Frozen):
    """How large a question is, and how often it may be sent."""

    size_bytes: int
    """All that is sent, as UTF-8: instructions, facts and the schema of answers."""
    answer_tokens: int
    """The most that an answer may take."""
    requests: int
    """How often it is sent at most, repetitions and all."""

    @property
    def prompt_tokens(self) -> int:
        """Estimate the tokens of one request."""
        return -(-self.size_bytes // BYTES_A_TOKEN)

    def at_most(self, prices: Prices) -> Usage:
        """Return what it takes if every request is answered at full length and billed."""
        return self.spent(prices, 0, 0, lost=self.requests)

    def spent(
        self, prices: Prices, prompt_tokens: int, completion_tokens: int, *, lost: int
    ) -> Usage:
        """Return what it took; a lost answer counts as the longest, for it may be billed."""
        return prices.usage(
            prompt_tokens + lost * self.prompt_tokens,
            completion_tokens + lost * self.answer_tokens,
        )


class ModelBudget(Frozen):
    """The most that one day may take."""

    calls: int
    tokens: int
    micro_dollars: int

    @classmethod
    def of_dollars(cls, calls: int, tokens: int, dollars: float) -> Self:
        """Take the third cap as people say it, in US dollars."""
        return cls(calls=calls, tokens=tokens, micro_dollars=round(dollars * MILLION))

    def refusal(self, used: Usage, ahead: Usage) -> str | None:
        """Say which cap leaves no room for one more question; None where there is room."""
        if used.calls + ahead.calls > self.calls:
            return f"OPENAI_CALLS_PER_DAY={self.calls} is spent: {used.calls} calls today"
        if used.tokens + ahead.tokens > self.tokens:
            return (
                f"OPENAI_TOKENS_PER_DAY={self.tokens} is spent: {used.tokens} tokens today, "
                f"and one more question may take {ahead.tokens}"
            )
        if used.micro_dollars + ahead.micro_dollars > self.micro_dollars:
            return (
                f"OPENAI_USD_PER_DAY={self.micro_dollars / MILLION:g} is spent: "
                f"${dollars(used.micro_dollars)} today, "
                f"and one more question may cost ${dollars(ahead.micro_dollars)}"
            )
        return None


class Hold(Frozen):
    """What was set aside for one question before it was asked."""

    id: str
    day: str
    usage: Usage


def day_of(now: datetime) -> str:
    """Name the day that a moment belongs to, UTC."""
    return f"{now.astimezone(UTC):%Y-%m-%d}"


def days_of_month(now: datetime) -> tuple[str, ...]:
    """Name the days of the month (UTC) up to a moment's, the first one first."""
    today = now.astimezone(UTC)
    return tuple(day_of(today.replace(day=number)) for number in range(1, today.day + 1))


def dollars(micro_dollars: int) -> str:
    """Write an amount of money to a hundredth of a cent, rounded up: little is never nothing."""
    hundredths = -(-micro_dollars // 100)
    return f"{hundredths // 10_000}.{hundredths % 10_000:04}"
