"""Each fault, as the real client meets it: with no retries and with some."""

import json
import time
from typing import Any

import openai
import pytest
from openai import OpenAI

from local.mock_openai import MockOpenAI, Scenario
from tests.contract.mock_openai.asking import (
    ANSWER,
    Advice,
    ClientFactory,
    ask,
    ask_json,
    ask_response,
)


def test_a_rate_limit_says_how_long_to_wait(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"fault": "rate_limit", "retry_after": 7})

    with pytest.raises(openai.RateLimitError) as caught:
        ask(client, "x")

    assert caught.value.code == "rate_limit_exceeded"
    assert caught.value.response.headers["retry-after"] == "7"
    assert caught.value.request_id == mock.requests[0].request_id


def test_a_spent_quota_is_no_ordinary_rate_limit(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"fault": "insufficient_quota"})

    with pytest.raises(openai.RateLimitError) as caught:
        ask(client, "x")

    assert caught.value.code == "insufficient_quota"
    assert "retry-after" not in caught.value.response.headers


def test_a_server_error_is_an_internal_error(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"fault": "server_error"})

    with pytest.raises(openai.InternalServerError, match="The server had an error"):
        ask(client, "x")


def test_a_silent_server_ends_in_the_client_s_timeout(
    mock: MockOpenAI, client_of: ClientFactory
) -> None:
    mock.script({"fault": "timeout"})

    with pytest.raises(openai.APITimeoutError):
        ask(client_of(mock, timeout=0.5), "x")

    assert mock.requests[0].status is None


@pytest.mark.parametrize("rule", [{"fault": "drop"}, {"fault": "timeout", "delay_seconds": 0.05}])
def test_a_dropped_connection_is_a_connection_error(
    mock: MockOpenAI, client: OpenAI, rule: dict[str, object]
) -> None:
    mock.script(rule)

    with pytest.raises(openai.APIConnectionError) as caught:
        ask(client, "x")

    assert not isinstance(caught.value, openai.APITimeoutError)


@pytest.mark.parametrize(
    "rule",
    [
        {"fault": "rate_limit", "retry_after": 0.01, "times": 2},
        {"fault": "server_error", "times": 2},
        {"fault": "drop", "times": 2},
    ],
    ids=["rate limit", "server error", "drop"],
)
def test_a_client_that_retries_gets_over_passing_faults(
    mock: MockOpenAI,
    client_of: ClientFactory,
    rule: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    mock.script(rule, {"answer": ANSWER})

    completion = ask(client_of(mock, max_retries=2), "x")

    assert completion.choices[0].message.parsed == Advice(**ANSWER)
    counts = [entry.headers["x-stainless-retry-count"] for entry in mock.requests]
    assert counts == ["0", "1", "2"]


def test_a_client_gives_up_when_the_fault_outlasts_its_retries(
    mock: MockOpenAI, client_of: ClientFactory
) -> None:
    mock.script({"fault": "rate_limit", "retry_after": 0.01})

    with pytest.raises(openai.RateLimitError):
        ask(client_of(mock, max_retries=1), "x")

    assert [entry.status for entry in mock.requests] == [429, 429]


def test_a_truncated_answer_ends_for_its_length(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"fault": "truncated", "answer": ANSWER})

    with pytest.raises(openai.LengthFinishReasonError) as caught:
        ask(client, "x")

    text = caught.value.completion.choices[0].message.content or ""
    assert json.dumps(ANSWER).startswith(text)


def test_a_truncated_response_is_incomplete(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"fault": "truncated", "answer": ANSWER})

    response = client.responses.create(model="gpt-4o-mini", input="x")

    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"


def test_an_answer_longer_than_the_limit_is_cut(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"answer": ANSWER})

    completion = client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "x"}], max_completion_tokens=5
    )

    assert completion.choices[0].finish_reason == "length"
    assert completion.usage is not None
    assert completion.usage.completion_tokens == 5


@pytest.mark.parametrize("ask_it", [ask, ask_response])
def test_invalid_json_fails_to_parse(mock: MockOpenAI, client: OpenAI, ask_it: Any) -> None:
    mock.script({"fault": "invalid_json"})

    with pytest.raises(ValueError, match="Invalid JSON"):
        ask_it(client, "x")


def test_invalid_json_claims_to_be_whole(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"fault": "invalid_json"})

    choice = ask_json(client, "x").choices[0]

    assert choice.finish_reason == "stop"
    with pytest.raises(json.JSONDecodeError):
        json.loads(choice.message.content or "")


def test_an_empty_answer_parses_to_nothing(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"fault": "empty"})

    message = ask(client, "x").choices[0].message

    assert (message.content, message.parsed, message.refusal) == ("", None, None)


def test_a_hostile_answer_keeps_to_the_schema_and_asks_for_the_worst(
    mock: MockOpenAI, client: OpenAI
) -> None:
    mock.script({"fault": "hostile"})

    advice = ask(client, "x").choices[0].message.parsed

    assert advice is not None
    assert (advice.action, advice.confidence) == ("reload_target", 1.0)
    assert "<script>" in advice.cause
    assert "ignore the policy" in advice.reasoning


def test_a_hostile_answer_without_a_schema_brings_fields_nobody_asked_for(
    mock: MockOpenAI, client: OpenAI
) -> None:
    mock.script({"fault": "hostile", "answer": {"confidence": 99}})

    answer = json.loads(ask_json(client, "x").choices[0].message.content or "")

    assert answer["approved"] is True
    assert answer["confidence"] == 99


def test_a_server_that_is_down_hangs_up_until_it_is_up_again(
    mock: MockOpenAI, client: OpenAI
) -> None:
    mock.down()
    with pytest.raises(openai.APIConnectionError):
        ask(client, "x")
    mock.up()

    assert ask(client, "x").choices[0].message.parsed is not None
    assert len(mock.requests) == 1


@pytest.mark.parametrize(
    ("scenario", "rule"),
    [
        (Scenario(latency_seconds=0.3), {}),
        (Scenario(), {"delay_seconds": 0.3}),
        (Scenario(), {"fault": "server_error", "delay_seconds": 0.3}),
    ],
    ids=["the scenario's latency", "the rule's delay", "a slow failure"],
)
def test_an_answer_takes_its_time(
    client_of: ClientFactory, scenario: Scenario, rule: dict[str, object]
) -> None:
    with MockOpenAI(scenario) as mock, pytest.raises(openai.APITimeoutError):
        mock.script(rule)
        ask(client_of(mock, timeout=0.1), "x")


def test_stopping_does_not_wait_for_a_client_that_hangs(client_of: ClientFactory) -> None:
    with MockOpenAI() as mock:
        mock.script({"fault": "timeout"})
        with pytest.raises(openai.APITimeoutError):
            ask(client_of(mock, timeout=0.05), "x")
        deadline = time.monotonic() + 10
        while not mock.requests and time.monotonic() < deadline:
            time.sleep(0.01)
    with pytest.raises(openai.APIConnectionError):
        ask(client_of(mock), "x")
