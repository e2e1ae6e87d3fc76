"""`POST /v1/chat/completions`: how its body is read and its answer written."""

import time
import uuid
from typing import Any

from local.mock_openai.errors import ApiError, missing, unsupported
from local.mock_openai.prompt import (
    AnswerFormat,
    Prompt,
    read_kind,
    read_limit,
    read_messages,
    read_model,
    refuse_stream,
    schema_problem,
)
from local.mock_openai.reply import Reply
from local.mock_openai.scenario import Model

GUIDE = (
    "Learn more about supported models at the Structured Outputs guide: "
    "https://platform.openai.com/docs/guides/structured-outputs"
)


def read(body: dict[str, Any]) -> Prompt:
    """The question in a chat completion's body."""
    refuse_stream(body)
    model = read_model(body)
    messages = read_messages(body.get("messages"), "messages")
    return Prompt(
        model=model,
        user_text="\n".join(text for role, text in messages if role == "user"),
        whole_text="\n".join(text for _, text in messages),
        messages=len(messages),
        format=_format(body.get("response_format")),
        max_tokens=read_limit(body, "max_completion_tokens", "max_tokens"),
    )


def _format(given: Any) -> AnswerFormat:
    if given is None:
        return AnswerFormat()
    kind = read_kind(given, "response_format")
    if kind != "json_schema":
        return AnswerFormat(kind)
    wanted = given.get("json_schema")
    for name in ("name", "schema"):
        if not isinstance(wanted, dict) or name not in wanted:
            raise missing(f"response_format.json_schema.{name}")
    return AnswerFormat(kind, wanted["name"], wanted["schema"], bool(wanted.get("strict")))


def check(body: dict[str, Any], prompt: Prompt, model: Model) -> None:
    """Refuse what this model, or strict mode, can't do."""
    wanted = prompt.format
    if wanted.kind == "json_schema" and not model.json_schema:
        raise ApiError(
            400,
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with "
            f"this model. {GUIDE}",
        )
    problem = schema_problem(wanted)
    if problem:
        message = f"Invalid schema for response_format '{wanted.name}': {problem}"
        raise ApiError(400, message, param="response_format")
    if wanted.kind == "json_object" and "json" not in prompt.whole_text.lower():
        message = (
            "'messages' must contain the word 'json' in some form, "
            "to use 'response_format' of type 'json_object'."
        )
        raise ApiError(400, message, param="messages")
    _check_reasoning(body, model)


def _check_reasoning(body: dict[str, Any], model: Model) -> None:
    if model.reasoning and body.get("max_tokens") is not None:
        message = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead."
        )
        raise unsupported("max_tokens", message)
    temperature = body.get("temperature")
    if model.reasoning and temperature not in (None, 1):
        message = (
            f"Unsupported value: 'temperature' does not support {temperature} with this model. "
            "Only the default (1) value is supported."
        )
        raise ApiError(400, message, param="temperature", code="unsupported_value")
    if not model.reasoning and body.get("reasoning_effort") is not None:
        message = "Unrecognized request argument supplied: reasoning_effort"
        raise ApiError(400, message)


def write(_body: dict[str, Any], prompt: Prompt, reply: Reply) -> dict[str, Any]:
    """The answer as a `chat.completion`."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if reply.refusal else reply.text,
        "refusal": reply.refusal,
        "annotations": [],
    }
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": prompt.model,
        "choices": [
            {"index": 0, "message": message, "logprobs": None, "finish_reason": reply.finish}
        ],
        "usage": _usage(reply),
        "service_tier": "default",
        "system_fingerprint": "fp_mock",
    }


def _usage(reply: Reply) -> dict[str, Any]:
    return {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "total_tokens": reply.prompt_tokens + reply.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": reply.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
