import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.model_budget import (
    ModelBudget,
    Prices,
    Question,
    Usage,
    day_of,
    dollars,
)
from tests.fakes.builders import NOON, later

GPT_4O = Prices.of_dollars(2.5, 10.0)
BUDGET = ModelBudget.of_dollars(500, 1_000_000, 5.0)
QUESTION = Question(size_bytes=6_000, answer_tokens=3_000, requests=2)
counts = st.integers(0, 10_000_000)


def test_a_question_costs_its_tokens_at_the_two_prices() -> None:
    assert GPT_4O.usage(1_000, 200) == Usage(
        calls=1, prompt_tokens=1_000, completion_tokens=200, micro_dollars=4_500
    )


def test_a_fraction_of_a_millionth_is_rounded_up() -> None:
    cheap = Prices.of_dollars(0.15, 0.6)
    assert cheap.usage(1, 0).micro_dollars == 1
    assert cheap.usage(0, 0).micro_dollars == 0
    assert cheap.usage(100, 0).micro_dollars == 15


def test_what_may_be_sent_twice_may_cost_twice() -> None:
    ahead = QUESTION.at_most(GPT_4O)
    assert (ahead.calls, ahead.prompt_tokens, ahead.completion_tokens) == (1, 4_000, 6_000)
    assert ahead.micro_dollars == 70_000


def test_a_lost_answer_counts_as_the_longest_one() -> None:
    spent = QUESTION.spent(GPT_4O, 1_500, 200, lost=1)
    assert (spent.calls, spent.prompt_tokens, spent.completion_tokens) == (1, 3_500, 3_200)


def test_a_question_of_a_known_cost_counts_as_that() -> None:
    assert QUESTION.spent(GPT_4O, 1_500, 200, lost=0) == GPT_4O.usage(1_500, 200)


@pytest.mark.parametrize(
    ("used", "said"),
    [
        (Usage(), None),
        (Usage(calls=499), None),
        (Usage(calls=500), "OPENAI_CALLS_PER_DAY=500 is spent: 500 calls today"),
        (Usage(prompt_tokens=890_000, completion_tokens=100_000), None),
        (
            Usage(prompt_tokens=890_001, completion_tokens=100_000),
            "OPENAI_TOKENS_PER_DAY=1000000 is spent: 990001 tokens today, "
            "and one more question may take 10000",
        ),
        (Usage(micro_dollars=4_930_000), None),
        (
            Usage(micro_dollars=4_930_001),
            "OPENAI_USD_PER_DAY=5 is spent: $4.9301 today, and one more question may cost $0.0700",
        ),
    ],
)
def test_a_cap_is_reached_when_one_more_question_could_exceed_it(
    used: Usage, said: str | None
) -> None:
    assert BUDGET.refusal(used, QUESTION.at_most(GPT_4O)) == said


@pytest.mark.parametrize(
    ("caps", "name"),
    [
        ((0, 1_000_000, 5.0), "OPENAI_CALLS_PER_DAY=0"),
        ((500, 0, 5.0), "OPENAI_TOKENS_PER_DAY=0"),
        ((500, 1_000_000, 0.0), "OPENAI_USD_PER_DAY=0"),
    ],
)
def test_a_cap_of_zero_lets_nothing_be_asked(caps: tuple[int, int, float], name: str) -> None:
    refused = ModelBudget.of_dollars(*caps).refusal(Usage(), QUESTION.at_most(GPT_4O))
    assert str(refused).startswith(name)


def test_a_model_that_costs_nothing_needs_no_dollars() -> None:
    free = QUESTION.at_most(Prices.of_dollars(0.0, 0.0))
    assert ModelBudget.of_dollars(500, 1_000_000, 0.0).refusal(Usage(), free) is None


@given(counts, counts, counts)
def test_what_is_set_aside_and_settled_comes_out_as_what_was_spent(
    prompt: int, completion: int, micro_dollars: int
) -> None:
    spent = Usage(
        calls=1, prompt_tokens=prompt, completion_tokens=completion, micro_dollars=micro_dollars
    )
    ahead = QUESTION.at_most(GPT_4O)
    assert (spent - ahead) - (Usage() - ahead) == spent


def test_a_day_is_one_of_utc() -> None:
    assert day_of(NOON) == "2026-03-02"
    assert day_of(later(hours=11, minutes=59)) == "2026-03-02"
    assert day_of(later(hours=12)) == "2026-03-03"


@pytest.mark.parametrize(
    ("micro_dollars", "said"),
    [
        (0, "0.0000"),
        (1, "0.0001"),
        (70_000, "0.0700"),
        (4_999_999, "5.0000"),
        (12_340_000, "12.3400"),
    ],
)
def test_money_is_told_to_a_hundredth_of_a_cent_rounded_up(micro_dollars: int, said: str) -> None:
    assert dollars(micro_dollars) == said
