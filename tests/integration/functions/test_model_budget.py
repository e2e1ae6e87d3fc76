"""What the model takes is counted, and never more than a day allows."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from aiohttp import web

from functions.evaluate_proposal.metered import Metered
from local.http_thread import AppThread
from local.mock_openai import MockOpenAI
from qlik_monitor.adapters.dynamodb_incidents import DynamoDbIncidents
from qlik_monitor.adapters.openai_analyst import question_of
from qlik_monitor.adapters.openai_meter import Meter
from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.facts import IncidentFacts, facts_of
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model_budget import Hold, ModelBudget, Prices, Usage
from qlik_monitor.domain.proposal import Proposal, Proposer
from qlik_monitor.errors import StoreUnavailable
from tests.fakes.aws import FakeStack
from tests.fakes.builders import NOON, a_proposal, an_aborted, an_incident
from tests.fakes.platform import FakePlatform
from tests.integration.functions.asking import ANSWER, counted, evaluated, proposed, used
from tests.integration.functions.conftest import ClosingAnalysts, Log

GPT_4O = Prices.of_dollars(2.5, 10.0)
QUESTION = question_of(facts_of(an_incident(), ()))
NOBODY = "http://127.0.0.1:9/v1"
CAPS = {
    "OPENAI_CALLS_PER_DAY": "OPENAI_CALLS_PER_DAY=0 is spent: 0 calls today",
    "OPENAI_TOKENS_PER_DAY": "OPENAI_TOKENS_PER_DAY=0 is spent: 0 tokens today",
    "OPENAI_USD_PER_DAY": "OPENAI_USD_PER_DAY=0 is spent: $0.0000 today",
}


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No request is repeated."""
    monkeypatch.setattr("qlik_monitor.adapters.openai_analyst.MAX_RETRIES", 0)


def of_task(name: str) -> Incident:
    return an_incident(id=name, subject=Subject(server="prod", task=name))


@pytest.mark.parametrize("name", CAPS)
def test_over_a_cap_the_rules_decide_and_name_it(
    *,
    name: str,
    openai: MockOpenAI,
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    stack: FakeStack,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, "0")
    qlik.put(an_aborted())
    incidents.open(an_incident())
    assert evaluated()["decision"] == "needs_approval"
    proposal = incidents.get(an_incident().id).proposal
    assert proposal is not None
    assert proposal.made_by is Proposer.RULES
    assert str(proposal.rules_because).startswith(f"model budget: {CAPS[name]}")
    assert openai.requests == []
    assert used(stack) == Usage()
    metrics = counted(capsys.readouterr().out)
    assert (metrics["ModelBudgetSpent"], metrics["ModelUnusable"]) == (1, 1)
    assert "ModelCalls" not in metrics


def test_once_the_calls_of_a_day_are_spent_every_proposal_is_the_rules(
    openai: MockOpenAI, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_CALLS_PER_DAY", "2")
    proposals = [proposed(of_task(name)) for name in ("a", "b", "c", "d")]
    assert [one.made_by.value for one in proposals] == ["model", "model", "rules", "rules"]
    said = "model budget: OPENAI_CALLS_PER_DAY=2 is spent: 2 calls today"
    assert [one.rules_because for one in proposals] == [None, None, said, said]
    assert len(openai.requests) == 2


def test_an_earlier_answer_is_used_even_when_the_budget_is_spent(
    openai: MockOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_CALLS_PER_DAY", "1")
    proposed(of_task("a"))
    assert proposed(of_task("a")).cached
    assert proposed(of_task("b")).made_by is Proposer.RULES


def test_of_many_questions_at_once_exactly_the_cap_is_asked(
    openai: MockOpenAI, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_CALLS_PER_DAY", "3")
    openai.script({"answer": ANSWER, "delay_seconds": 0.2})
    first = proposed(of_task("first"))
    with ThreadPoolExecutor(12) as pool:
        proposals = list(pool.map(proposed, [of_task(f"t-{n}") for n in range(12)]))
    assert [one.made_by for one in proposals].count(Proposer.MODEL) == 2
    assert len(openai.requests) == 3
    answered = [first, *proposals]
    assert used(stack).tokens == sum(one.prompt_tokens + one.completion_tokens for one in answered)
    assert used(stack).calls == 3


def test_a_question_counts_as_the_service_counts_it(
    openai: MockOpenAI, stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    openai.script({"answer": ANSWER})
    proposal = proposed()
    spent = GPT_4O.usage(proposal.prompt_tokens, proposal.completion_tokens)
    assert used(stack) == spent
    assert spent.prompt_tokens > 0
    assert proposal.prompt_tokens <= QUESTION.prompt_tokens


def test_what_the_model_takes_is_a_metric(
    openai: MockOpenAI,
    qlik: FakePlatform,
    incidents: DynamoDbIncidents,
    stack: FakeStack,
    capsys: pytest.CaptureFixture[str],
) -> None:
    qlik.put(an_aborted())
    incidents.open(an_incident())
    evaluated()
    metrics, today = counted(capsys.readouterr().out), used(stack)
    assert metrics["ModelCalls"] == 1
    assert metrics["ModelPromptTokens"] == today.prompt_tokens
    assert metrics["ModelCompletionTokens"] == today.completion_tokens
    assert metrics["ModelMicroDollars"] == today.micro_dollars > 0


@pytest.mark.parametrize(
    "rule",
    [
        {"fault": "truncated"},
        {"fault": "invalid_json"},
        {"fault": "empty"},
        {"refusal": "I can't help with that."},
        {"text": "[]"},
        {"answer": ANSWER | {"confidence": 1.5}},
    ],
    ids=["cut off", "no JSON", "empty", "refused", "a list", "out of range"],
)
def test_an_answer_that_nobody_can_use_costs_what_it_took(
    rule: dict[str, Any], openai: MockOpenAI, stack: FakeStack
) -> None:
    openai.script(rule)
    assert proposed().made_by is Proposer.RULES
    today = used(stack)
    assert today.calls == 1
    assert 0 < today.prompt_tokens <= QUESTION.prompt_tokens
    assert today.completion_tokens < QUESTION.answer_tokens


@pytest.mark.parametrize(
    "rule",
    [
        {"fault": "rate_limit", "retry_after": 0.01},
        {"fault": "insufficient_quota"},
        {"fault": "server_error"},
    ],
    ids=["rate limit", "quota", "server error"],
)
def test_what_the_service_refuses_costs_nothing_but_the_call(
    rule: dict[str, Any], openai: MockOpenAI, stack: FakeStack
) -> None:
    openai.script(rule)
    assert proposed().made_by is Proposer.RULES
    assert used(stack) == Usage(calls=1)


@pytest.mark.parametrize("fault", ["timeout", "drop"])
def test_a_lost_answer_counts_as_the_longest_for_it_may_be_billed(
    fault: str, openai: MockOpenAI, stack: FakeStack, once: None
) -> None:
    openai.script({"fault": fault})
    assert proposed().made_by is Proposer.RULES
    assert used(stack) == QUESTION.spent(GPT_4O, 0, 0, lost=1)


def test_a_lost_answer_counts_although_the_second_try_brought_one(
    openai: MockOpenAI, stack: FakeStack
) -> None:
    openai.script({"fault": "drop", "times": 1}, {"answer": ANSWER})
    proposal = proposed()
    assert proposal.made_by is Proposer.MODEL
    assert used(stack) == QUESTION.spent(
        GPT_4O, proposal.prompt_tokens, proposal.completion_tokens, lost=1
    )


def test_a_refusal_before_the_answer_costs_nothing(openai: MockOpenAI, stack: FakeStack) -> None:
    openai.script({"fault": "rate_limit", "retry_after": 0.01, "times": 1}, {"answer": ANSWER})
    proposal = proposed()
    assert len(openai.requests) == 2
    assert used(stack) == GPT_4O.usage(proposal.prompt_tokens, proposal.completion_tokens)


def test_where_nobody_answers_at_all_nothing_is_billed(
    openai: MockOpenAI, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", NOBODY)
    assert "cannot be reached" in str(proposed().rules_because)
    assert used(stack) == Usage(calls=1)


@pytest.mark.parametrize(
    "usage",
    ["null", "{}", "7", '{"prompt_tokens": -1, "completion_tokens": 1}', '{"prompt_tokens": "9"}'],
)
def test_an_answer_without_its_cost_counts_as_the_longest(
    usage: str, stack: FakeStack, once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(
            text=f'{{"choices": [], "usage": {usage}}}', content_type="application/json"
        )

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    gateway = AppThread(app, host="127.0.0.1", port=0)
    gateway.start()
    try:
        with ClosingAnalysts(monkeypatch):
            monkeypatch.setenv("OPENAI_BASE_URL", f"{gateway.url}/v1")
            proposed()
    finally:
        gateway.stop()
    assert used(stack) == QUESTION.spent(GPT_4O, 0, 0, lost=1)


def test_without_a_key_nothing_is_set_aside(stack: FakeStack) -> None:
    stack.write_secret("OPENAI_SECRET_ARN", {})
    assert proposed().made_by is Proposer.RULES
    assert stack.dump() == []


def test_the_price_of_the_model_is_the_configured_one(
    openai: MockOpenAI, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_INPUT_USD_PER_MILLION", "1000")
    monkeypatch.setenv("OPENAI_OUTPUT_USD_PER_MILLION", "0")
    monkeypatch.setenv("OPENAI_USD_PER_DAY", "100")
    proposed()
    assert used(stack).micro_dollars == 1_000 * used(stack).prompt_tokens


@pytest.mark.parametrize("kept", ["0", "3600"], ids=["without answers kept", "with answers kept"])
def test_nothing_is_asked_while_the_table_is_away(
    kept: str, openai: MockOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_CACHE_SECONDS", kept)
    monkeypatch.setenv("TABLE_NAME", "gone")
    proposal = proposed()
    assert proposal.made_by is Proposer.RULES
    assert "it was not asked" in str(proposal.rules_because)
    assert "ResourceNotFoundException" in str(proposal.rules_because)
    assert openai.requests == []


class Unsettled:
    """A store that sets aside, and is away when it comes to settling."""

    def reserve(self, ahead: Usage, budget: ModelBudget, now: object) -> Hold:
        return Hold(id="h", day="2026-03-02", usage=ahead)

    def settle(self, hold: Hold, spent: Usage) -> None:
        raise StoreUnavailable("settle what the model took: Throttled")

    def of(self, day: str) -> Usage:
        return Usage()


class Ready:
    """An analyst with an answer."""

    def propose(self, facts: IncidentFacts) -> Proposal:
        return a_proposal()


def test_a_question_that_cannot_be_settled_keeps_its_answer_and_what_was_set_aside(
    log: Log,
) -> None:
    budget = ModelBudget.of_dollars(1, 100_000, 1.0)
    asked = Metered(Ready(), Meter(), Unsettled(), budget, GPT_4O)
    assert asked.propose(facts_of(an_incident(), ()), NOON) == a_proposal()
    assert "model usage not settled" in [line["message"] for line in log()]
