from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from qlik_monitor.adapters import dynamodb_model_usage
from qlik_monitor.adapters.dynamodb import table
from qlik_monitor.adapters.dynamodb_model_usage import DynamoDbModelUsage
from qlik_monitor.domain.model_budget import ModelBudget, Prices, Question, Usage
from qlik_monitor.errors import ModelBudgetSpent
from tests.fakes.aws import FakeStack
from tests.fakes.builders import NOON, later

TODAY, TOMORROW = "2026-03-02", "2026-03-03"
PRICES = Prices.of_dollars(2.5, 10.0)
AHEAD = Question(size_bytes=3_000, answer_tokens=1_000, requests=1).at_most(PRICES)
"""2,000 tokens, $0.0125."""
SPENT = PRICES.usage(900, 100)
ROOMY = ModelBudget.of_dollars(1_000, 1_000_000, 100.0)


@pytest.fixture
def usage(stack: FakeStack) -> DynamoDbModelUsage:
    return DynamoDbModelUsage(table(stack.table_name))


def test_a_day_begins_at_nothing(usage: DynamoDbModelUsage) -> None:
    assert usage.of(TODAY) == Usage()


def test_what_a_question_may_take_counts_before_it_is_asked(usage: DynamoDbModelUsage) -> None:
    usage.reserve(AHEAD, ROOMY, NOON)
    assert usage.of(TODAY) == AHEAD


def test_days_are_read_at_once_and_those_without_an_item_are_told_apart(
    usage: DynamoDbModelUsage,
) -> None:
    usage.reserve(AHEAD, ROOMY, NOON)
    assert usage.of_days((TODAY, TOMORROW)) == (AHEAD, None)


def test_what_it_took_takes_its_place(usage: DynamoDbModelUsage) -> None:
    usage.settle(usage.reserve(AHEAD, ROOMY, NOON), SPENT)
    usage.settle(usage.reserve(AHEAD, ROOMY, NOON), SPENT)
    assert usage.of(TODAY) == Usage(
        calls=2,
        prompt_tokens=1_800,
        completion_tokens=200,
        micro_dollars=2 * SPENT.micro_dollars,
    )


def test_a_question_that_took_more_than_was_set_aside_counts_in_full(
    usage: DynamoDbModelUsage,
) -> None:
    more = PRICES.usage(5_000, 3_000)
    usage.settle(usage.reserve(AHEAD, ROOMY, NOON), more)
    assert usage.of(TODAY) == more


def test_a_question_is_settled_once_however_often_it_is_told(usage: DynamoDbModelUsage) -> None:
    hold = usage.reserve(AHEAD, ROOMY, NOON)
    usage.reserve(AHEAD, ROOMY, NOON)
    usage.settle(hold, SPENT)
    before = usage.of(TODAY)
    usage.settle(hold, SPENT)
    assert usage.of(TODAY) == before


def test_a_question_over_midnight_belongs_to_the_day_on_which_it_began(
    usage: DynamoDbModelUsage,
) -> None:
    hold = usage.reserve(AHEAD, ROOMY, later(hours=11, minutes=59))
    usage.settle(hold, SPENT)
    assert (usage.of(TODAY), usage.of(TOMORROW)) == (SPENT, Usage())


def test_a_new_day_has_a_budget_of_its_own(usage: DynamoDbModelUsage) -> None:
    one = ModelBudget.of_dollars(1, 1_000_000, 100.0)
    usage.reserve(AHEAD, one, NOON)
    with pytest.raises(ModelBudgetSpent):
        usage.reserve(AHEAD, one, later(hours=1))
    usage.reserve(AHEAD, one, later(hours=12))
    assert usage.of(TOMORROW) == AHEAD


@pytest.mark.parametrize(
    ("budget", "fitting", "said"),
    [
        (ModelBudget.of_dollars(3, 10**9, 1000.0), 3, "OPENAI_CALLS_PER_DAY=3 is spent: 3 calls"),
        (
            ModelBudget.of_dollars(1000, 9_999, 1000.0),
            4,
            "OPENAI_TOKENS_PER_DAY=9999 is spent: 8000 tokens today, .* may take 2000",
        ),
        (
            ModelBudget.of_dollars(1000, 10**9, 0.025),
            2,
            r"OPENAI_USD_PER_DAY=0.025 is spent: \$0.0250 today, .* may cost \$0.0125",
        ),
        (ModelBudget.of_dollars(1000, 1_999, 1000.0), 0, "OPENAI_TOKENS_PER_DAY=1999 is spent"),
        (ModelBudget.of_dollars(0, 10**9, 1000.0), 0, "OPENAI_CALLS_PER_DAY=0 is spent"),
    ],
)
def test_beyond_a_cap_nothing_is_set_aside_and_the_cap_is_named(
    budget: ModelBudget, fitting: int, said: str, usage: DynamoDbModelUsage
) -> None:
    for _ in range(fitting):
        usage.reserve(AHEAD, budget, NOON)
    before = usage.of(TODAY)
    with pytest.raises(ModelBudgetSpent, match=said):
        usage.reserve(AHEAD, budget, NOON)
    assert usage.of(TODAY) == before


def test_a_cap_that_was_lowered_tells_what_was_used(usage: DynamoDbModelUsage) -> None:
    usage.reserve(AHEAD, ROOMY, NOON)
    with pytest.raises(ModelBudgetSpent, match="PER_DAY=1000 is spent: 2000 tokens today"):
        usage.reserve(AHEAD, ModelBudget.of_dollars(10, 1_000, 100.0), NOON)


def test_settled_room_can_be_used_again(usage: DynamoDbModelUsage) -> None:
    tight = ModelBudget.of_dollars(1_000, 3_000, 100.0)
    usage.settle(usage.reserve(AHEAD, tight, NOON), SPENT)
    usage.reserve(AHEAD, tight, NOON)
    assert usage.of(TODAY).tokens == 3_000


@pytest.mark.parametrize(
    "budget",
    [
        ModelBudget.of_dollars(7, 10**9, 1000.0),
        ModelBudget.of_dollars(1000, 7 * 2_000 + 1_999, 1000.0),
        ModelBudget.of_dollars(1000, 10**9, 7 * 0.0125),
    ],
    ids=["calls", "tokens", "dollars"],
)
def test_of_a_hundred_questions_at_once_exactly_the_cap_is_asked(
    budget: ModelBudget, stack: FakeStack
) -> None:
    stores = [DynamoDbModelUsage(table(stack.table_name)) for _ in range(10)]

    def ask(number: int) -> bool:
        try:
            stores[number % 10].reserve(AHEAD, budget, NOON)
        except ModelBudgetSpent:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        granted = list(pool.map(ask, range(100)))
    assert granted.count(True) == 7
    assert stores[0].of(TODAY).calls == 7


def test_questions_at_once_settle_to_the_sum_of_what_they_took(stack: FakeStack) -> None:
    stores = [DynamoDbModelUsage(table(stack.table_name)) for _ in range(8)]

    def ask(number: int) -> None:
        store = stores[number % 8]
        store.settle(store.reserve(AHEAD, ROOMY, NOON), SPENT)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(40)))
    assert stores[0].of(TODAY) == Usage(
        calls=40,
        prompt_tokens=40 * SPENT.prompt_tokens,
        completion_tokens=40 * SPENT.completion_tokens,
        micro_dollars=40 * SPENT.micro_dollars,
    )


def test_a_question_that_nobody_settled_shows_in_the_item(
    usage: DynamoDbModelUsage, stack: FakeStack
) -> None:
    lost = usage.reserve(AHEAD, ROOMY, NOON)
    usage.settle(usage.reserve(AHEAD, ROOMY, NOON), SPENT)
    [item] = stack.dump()
    assert (item["pk"], item["sk"]) == ("MODEL#2026-03-02", "USAGE")
    assert item["open_questions"] == {lost.id}
    assert item["tokens"] == AHEAD.tokens + SPENT.tokens
    assert item["expires_at"] == int(later(days=35).timestamp())


def test_a_write_that_is_sent_again_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # botocore sends a write again whose answer was lost; the second finds the first one's mark.
    monkeypatch.setattr("secrets.token_hex", lambda _bytes: "question-1")
    item: dict[str, Any] = {"open_questions": {"SS": ["question-1"]}, "calls": {"N": "1"}}
    fake = boto3.resource("dynamodb").Table("agent")
    with Stubber(fake.meta.client) as stubber:
        stubber.add_client_error("update_item", "ConditionalCheckFailedException")
        stubber.add_response("get_item", {"Item": item})
        hold = DynamoDbModelUsage(fake).reserve(AHEAD, ROOMY, NOON)
    assert hold.id == "question-1"


def test_a_refusal_that_no_cap_explains_is_tried_again_and_then_not_asked() -> None:
    fake = boto3.resource("dynamodb").Table("agent")
    with Stubber(fake.meta.client) as stubber:
        for _ in range(dynamodb_model_usage.TRIES):
            stubber.add_client_error("update_item", "ConditionalCheckFailedException")
            stubber.add_response("get_item", {"Item": {"calls": {"N": "1"}}})
        with pytest.raises(ModelBudgetSpent, match="too many questions at once"):
            DynamoDbModelUsage(fake).reserve(AHEAD, ROOMY, NOON)
        stubber.assert_no_pending_responses()
