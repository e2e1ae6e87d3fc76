"""Each form of answer, through both APIs of the real client."""

import json
import logging
from typing import Any

import pytest
from openai import OpenAI
from pydantic import SecretStr

from local.mock_openai import MockOpenAI
from local.mock_openai.answers import completed, default_answer
from qlik_monitor.adapters.openai_analyst import AnalystSetup, OpenAiAnalyst
from qlik_monitor.domain.actions import DESTRUCTIVE, RULES, Action
from qlik_monitor.domain.facts import facts_of
from qlik_monitor.domain.proposal import Proposer
from tests.contract.mock_openai.asking import ANSWER, MODEL, Advice, ask, ask_json, ask_response
from tests.fakes.builders import an_incident


def incident(**facts: object) -> str:
    return f"What now?\n<incident>{json.dumps(facts)}</incident>"


def test_a_scripted_answer_is_parsed_into_the_model_that_was_asked_for(
    mock: MockOpenAI, client: OpenAI
) -> None:
    mock.script({"answer": ANSWER})

    completion = ask(client, "server/task")

    assert completion.choices[0].message.parsed == Advice(**ANSWER)
    assert completion.choices[0].finish_reason == "stop"
    assert completion.model == MODEL
    assert completion._request_id == mock.requests[0].request_id


def test_the_responses_api_gives_the_same_answer(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"answer": ANSWER})

    response = ask_response(client, "server/task")

    assert response.output_parsed == Advice(**ANSWER)
    assert response.status == "completed"


def test_a_refusal_comes_instead_of_content(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"refusal": "I can't help with that."})

    message = ask(client, "server/task").choices[0].message

    assert (message.refusal, message.content, message.parsed) == (
        "I can't help with that.",
        None,
        None,
    )


def test_a_refusal_through_the_responses_api_is_an_output_of_its_own(
    mock: MockOpenAI, client: OpenAI
) -> None:
    mock.script({"refusal": "I can't help with that."})

    response = ask_response(client, "server/task")

    assert response.to_dict()["output"][0]["content"] == [  # type: ignore[index]
        {"type": "refusal", "refusal": "I can't help with that."}
    ]
    assert response.output_parsed is None


def test_bare_text_is_sent_as_it_stands(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"text": '```json\n{"action": "wait"}\n```'})

    assert ask_json(client, "x").choices[0].message.content == '```json\n{"action": "wait"}\n```'


def test_a_question_without_a_format_is_answered_with_text(client: OpenAI) -> None:
    completion = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": [{"type": "text", "text": "hello"}]}]
    )

    assert json.loads(completion.choices[0].message.content or "")["action"] == "escalate"


def test_the_first_rule_that_matches_the_user_s_text_answers(
    mock: MockOpenAI, client: OpenAI
) -> None:
    mock.script(
        {"when": {"contains": "Propose one action"}, "refusal": "rules don't read instructions"},
        {"when": {"contains": "east/orders"}, "answer": ANSWER | {"action": "resume"}},
        {"when": {"regex": r"east/\w+"}, "answer": ANSWER | {"action": "escalate"}},
    )

    actions = [
        ask(client, text).choices[0].message.parsed
        for text in ("of east/orders", "of east/stock", "of west/stock")
    ]

    assert [advice and advice.action for advice in actions] == ["resume", "escalate", "escalate"]
    assert [entry.outcome for entry in mock.requests] == ["answer", "answer", "default"]


def test_a_rule_with_times_gives_way_to_the_next(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"refusal": "twice", "times": 2}, {"answer": ANSWER})

    refusals = [ask(client, "x").choices[0].message.refusal for _ in range(3)]

    assert refusals == ["twice", "twice", None]


def test_an_answer_that_breaks_the_schema_is_sent_and_logged(
    mock: MockOpenAI, client: OpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    mock.script({"answer": {"action": "dance"}})

    with caplog.at_level(logging.WARNING), pytest.raises(ValueError, match="dance"):
        ask(client, "x")

    assert "the scripted answer breaks the schema Advice" in caplog.text


@pytest.mark.parametrize(
    ("facts", "action", "confidence"),
    [
        (
            {"state": "ERROR", "stop_reason": "ABORTED", "message": "ORA-12170: connect timeout"},
            "resume",
            0.93,
        ),
        ({"state": "RUNNING", "anomalies": [{"kind": "stuck"}]}, "stop_and_resume", 0.8),
        (
            {"state": "ERROR", "message": "Cannot connect: access denied for user 'repl'"},
            "escalate",
            0.9,
        ),
        ({"state": "RUNNING", "message": "connection restored"}, "escalate", 0.6),
        ({"state": "ERROR", "message": "something new"}, "escalate", 0.6),
    ],
    ids=["interrupted", "stuck", "access denied", "healthy", "unknown"],
)
def test_the_built_in_answer_follows_the_facts(
    client: OpenAI, facts: dict[str, object], action: str, confidence: float
) -> None:
    advice = ask(client, incident(**facts)).choices[0].message.parsed

    assert advice is not None
    assert (advice.action, advice.confidence) == (action, confidence)


def test_the_built_in_answer_quotes_its_evidence() -> None:
    answer = default_answer(incident(state="ERROR", message="socket closed"))

    assert answer["evidence"] == ["state: ERROR", "message: socket closed"]


@pytest.mark.parametrize("text", ["", "<incident>{broken</incident>", "no facts at all"])
def test_the_built_in_answer_escalates_what_it_can_not_read(text: str) -> None:
    assert default_answer(text)["action"] == "escalate"


QUOTING = ANSWER | {"evidence": ["ORA-03113"]}


@pytest.mark.parametrize("action", Action)
def test_the_mock_knows_each_action_as_the_product_does(action: Action) -> None:
    about = completed({"action": action.value}, incident(error_class="data"), None)
    assert about["expected_effect"] == RULES[action].effect
    assert about["rewrites_target"] == (action in DESTRUCTIVE)
    assert (about["table"] is None) == (action is not Action.RELOAD_TABLE)
    assert about["error_class"] == "data"


def test_what_a_scenario_says_itself_is_not_completed_over() -> None:
    said = {"action": "resume", "expected_effect": "nothing_changes", "table": "A.B"}
    assert completed(said, "", None).items() >= said.items()


def test_only_what_was_asked_for_is_completed() -> None:
    schema: dict[str, Any] = {"properties": {"action": {}, "table": {}}}
    assert completed({"action": "wait"}, "", schema) == {"action": "wait", "table": None}
    assert completed({"action": "dance"}, "", None) == {"action": "dance"}


@pytest.mark.parametrize(
    ("model", "rule"),
    [
        ("gpt-4o", {}),
        ("gpt-4o", {"answer": QUOTING}),
        ("gpt-4o", {"fault": "hostile"}),
        ("gpt-4-turbo", {}),
        ("gpt-4-turbo", {"answer": QUOTING}),
    ],
    ids=["built in", "scripted", "hostile", "built in, no schema", "scripted, no schema"],
)
def test_what_the_mock_says_of_an_incident_is_an_answer_that_the_product_takes(
    model: str, rule: dict[str, object], mock: MockOpenAI
) -> None:
    mock.script(rule)
    setup = AnalystSetup(model=model, base_url=mock.url)
    analyst = OpenAiAnalyst(setup, SecretStr(mock.api_key))
    try:
        proposal = analyst.propose(facts_of(an_incident(), ()))
    finally:
        analyst.close()
    assert proposal.made_by is Proposer.MODEL
    assert proposal.said_class is an_incident().error_class
    assert proposal.quotes_found == 1.0 or "fault" in rule
