"""What the server won't take, in the words and the envelope of OpenAI."""

from typing import Any

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel, Field

from local.mock_openai import MockOpenAI
from tests.contract.mock_openai.asking import ClientFactory, ask, ask_json, ask_response

Schema = dict[str, Any]


def a_schema(**changes: Any) -> Schema:
    return {
        "type": "object",
        "properties": {"action": {"type": "string"}},
        "required": ["action"],
        "additionalProperties": False,
    } | changes


def ask_strictly(client: OpenAI, schema: Schema, strict: bool = True) -> None:
    client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "x"}],
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "advice", "schema": schema, "strict": strict},
        },
    )


def test_a_wrong_key_is_refused_without_being_repeated(
    mock: MockOpenAI, client_of: ClientFactory
) -> None:
    with pytest.raises(openai.AuthenticationError) as caught:
        ask(client_of(mock, api_key="sk-someone-elses-key"), "x")

    assert caught.value.code == "invalid_api_key"
    assert "Incorrect API key provided" in caught.value.message
    assert "someone" not in caught.value.message
    assert mock.requests[0].outcome == "refused"


def test_a_request_without_a_bearer_key_is_refused(client: OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError, match="You didn't provide an API key"):
        client.with_options(default_headers={"Authorization": "Basic abc"}).models.list()


@pytest.mark.parametrize("ask_it", [ask, ask_json, ask_response])
def test_an_unknown_model_is_not_found(client: OpenAI, ask_it: Any) -> None:
    with pytest.raises(openai.NotFoundError, match="`gpt-9` does not exist") as caught:
        ask_it(client, "x", model="gpt-9")

    assert caught.value.code == "model_not_found"


def test_the_models_are_listed(client: OpenAI) -> None:
    names = [model.id for model in client.models.list()]

    assert "gpt-4o-mini" in names
    assert client.models.retrieve("gpt-5").id == "gpt-5"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-9")


@pytest.mark.parametrize(
    ("ask_it", "param"), [(ask, "response_format"), (ask_response, "text.format")]
)
def test_a_model_without_schemas_refuses_them_and_takes_json_instead(
    client: OpenAI, ask_it: Any, param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask_it(client, "x", model="gpt-3.5-turbo")

    assert f"Invalid parameter: '{param}' of type 'json_schema' is not supported with" in str(
        caught.value
    )
    assert ask_json(client, "x", model="gpt-3.5-turbo").choices[0].message.content


def test_json_mode_needs_the_word_in_the_messages(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="must contain the word 'json'"):
        client.chat.completions.create(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": "x"}],
            response_format={"type": "json_object"},
        )
    with pytest.raises(openai.BadRequestError, match="must contain the word 'json'"):
        client.responses.create(
            model="gpt-4o-mini", input="x", text={"format": {"type": "json_object"}}
        )


@pytest.mark.parametrize(
    ("schema", "complaint"),
    [
        (a_schema(additionalProperties=True), "In context=(), 'additionalProperties' is required"),
        (a_schema(required=[]), "Missing 'action'"),
        (a_schema(type="array"), "got 'type: \"array\"'"),
        (
            a_schema(properties={"action": {"type": "string", "maxLength": 5}}),
            "In context=('properties', 'action'), 'maxLength' is not permitted",
        ),
        (
            a_schema(properties={"action": {"type": "array", "items": {"type": "object"}}}),
            "In context=('properties', 'action', 'items'), 'additionalProperties'",
        ),
        (
            a_schema(properties={"action": {"anyOf": [{"type": "object"}, {"type": "null"}]}}),
            "In context=('properties', 'action', 'anyOf', '0'), 'additionalProperties'",
        ),
    ],
    ids=["extra fields", "optional field", "not an object", "length", "in a list", "in a union"],
)
def test_a_schema_that_strict_mode_forbids_is_refused(
    client: OpenAI, schema: Schema, complaint: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask_strictly(client, schema)

    assert "Invalid schema for response_format 'advice': " in caught.value.message
    assert complaint in caught.value.message
    assert caught.value.param == "response_format"


def test_a_schema_that_is_not_strict_may_be_anything(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"answer": {"action": "wait"}})

    ask_strictly(client, a_schema(additionalProperties=True), strict=False)

    assert mock.requests[0].status == 200


def test_the_responses_api_names_the_fault_of_a_schema(client: OpenAI) -> None:
    class Bounded(BaseModel):
        cause: str = Field(max_length=10)

    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.parse(model="gpt-4o-mini", input="x", text_format=Bounded)

    assert caught.value.code == "invalid_json_schema"
    assert caught.value.param == "text.format.schema"


@pytest.mark.parametrize(
    ("model", "extra", "param"),
    [
        ("gpt-5", {"max_tokens": 100}, "max_tokens"),
        ("gpt-5", {"temperature": 0}, "temperature"),
        ("gpt-4o", {"reasoning_effort": "low"}, None),
        ("gpt-4o", {"stream": True}, "stream"),
        ("gpt-4o", {"max_tokens": 0}, "max_tokens"),
        ("gpt-4o", {"messages": []}, "messages"),
        ("gpt-4o", {"messages": [{"role": "user"}]}, "messages"),
        ("gpt-4o", {"response_format": {"type": "xml"}}, "response_format.type"),
        (
            "gpt-4o",
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}},
            "response_format.json_schema.schema",
        ),
        (None, {}, None),
    ],
)
def test_a_parameter_the_model_can_not_take_is_refused(
    client: OpenAI, model: str | None, extra: dict[str, Any], param: str | None
) -> None:
    body = {"model": model, "messages": [{"role": "user", "content": "x"}]} | extra

    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/chat/completions", body=body, cast_to=object)

    assert caught.value.param == param


@pytest.mark.parametrize(
    ("model", "extra", "param"),
    [
        ("gpt-5", {"temperature": 0}, "temperature"),
        ("gpt-4o", {"reasoning": {"effort": "low"}}, "reasoning.effort"),
        ("gpt-4o", {"input": None}, "input"),
        ("gpt-4o", {"text": {"format": {"type": "json_schema"}}}, "text.format.name"),
    ],
)
def test_the_responses_api_refuses_what_its_model_can_not_take(
    client: OpenAI, model: str, extra: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/responses", body={"model": model, "input": "x"} | extra, cast_to=object)

    assert caught.value.param == param


@pytest.mark.parametrize(
    "schema",
    [{"type": 7}, a_schema(properties={"action": 7}), a_schema(properties=[])],
    ids=["no type", "no schema", "no properties"],
)
@pytest.mark.parametrize("strict", [True, False])
def test_a_schema_that_is_none_is_never_the_server_s_failure(
    client: OpenAI, schema: Schema, strict: bool
) -> None:
    with pytest.raises(openai.BadRequestError):
        ask_strictly(client, schema, strict)


def test_a_path_openai_does_not_have_is_an_invalid_url(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match=r"Invalid URL \(POST /v1/nothing\)"):
        client.post("/nothing", body={}, cast_to=object)
