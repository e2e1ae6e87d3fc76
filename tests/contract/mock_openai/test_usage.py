"""Tokens are counted from the texts, at about four characters each."""

import math

from openai import OpenAI

from local.mock_openai import MockOpenAI
from tests.contract.mock_openai.asking import ANSWER, ask, ask_response


def test_a_longer_question_costs_more(client: OpenAI) -> None:
    short, long = (ask(client, text).usage for text in ("x", "x" * 4001))

    assert short
    assert long
    assert long.prompt_tokens - short.prompt_tokens == 1000
    assert long.total_tokens == long.prompt_tokens + long.completion_tokens


def test_the_answer_is_counted_from_its_text(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"answer": ANSWER})

    completion = ask(client, "x")

    text = completion.choices[0].message.content or ""
    assert completion.usage
    assert completion.usage.completion_tokens == math.ceil(len(text) / 4)


def test_a_model_that_reasons_pays_for_its_thoughts(client: OpenAI) -> None:
    plain, reasoned = (ask_response(client, "x", model=name) for name in ("gpt-4o", "gpt-5"))

    assert plain.usage
    assert reasoned.usage
    assert plain.usage.output_tokens_details.reasoning_tokens == 0
    thoughts = reasoned.usage.output_tokens_details.reasoning_tokens
    assert thoughts > 0
    assert reasoned.usage.output_tokens == plain.usage.output_tokens + thoughts
    assert reasoned.output_parsed == plain.output_parsed


def test_a_refusal_is_paid_for_too(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"refusal": "No, I won't."})

    usage = ask(client, "x").usage

    assert usage
    assert usage.completion_tokens == 3
