"""`POST /v1/responses`: how its body is read and its answer written."""

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


def read(body: dict[str, Any]) -> Prompt:
    """The question in a response's body."""
    refuse_stream(body)
    model = read_model(body)
    given = body.get("input")
    messages = [("user", given)] if isinstance(given, str) else read_messages(given, "input")
    if body.get("instructions"):
        messages = [("developer", str(body["instructions"])), *messages]
    return Prompt(
        model=model,
        user_text="\n".join(text for role, text in messages if role == "user"),
        whole_text="\n".join(text for _, text in messages),
        messages=len(messages),
        format=_format((body.get("text") or {}).get("format")),
        max_tokens=read_limit(body, "max_output_tokens"),
    )


def _format(given: Any) -> AnswerFormat:
    if given is None:
        return AnswerFormat()
    kind = read_kind(given, "text.format")
    if kind != "json_schema":
        return AnswerFormat(kind)
    for name in ("name", "schema"):
        if name not in given:
            raise missing(f"text.format.{name}")
    # This API is strict unless told otherwise, unlike chat completions.
    return AnswerFormat(kind, given["name"], given["schema"], given.get("strict") is not False)


def check(body: dict[str, Any], prompt: Prompt, model: Model) -> None:
    """Refuse what this model, or strict mode, can't do."""
    wanted = prompt.format
    if wanted.kind == "json_schema" and not model.json_schema:
        message = (
            "Invalid parameter: 'text.format' of type 'json_schema' is not supported "
            f"with model version `{model.id}`."
        )
        raise ApiError(400, message, param="text.format")
    problem = schema_problem(wanted)
    if problem:
        message = f"Invalid schema for response_format '{wanted.name}': {problem}"
        raise ApiError(400, message, param="text.format.schema", code="invalid_json_schema")
    if wanted.kind == "json_object" and "json" not in prompt.whole_text.lower():
        message = (
            "Response input messages must contain the word 'json' in some form "
            "to use 'text.format' of type 'json_object'."
        )
        raise ApiError(400, message, param="input")
    if model.reasoning and body.get("temperature") not in (None, 1):
        message = "Unsupported parameter: 'temperature' is not supported with this model."
        raise unsupported("temperature", message)
    if not model.reasoning and body.get("reasoning") is not None:
        message = "Unsupported parameter: 'reasoning.effort' is not supported with this model."
        raise unsupported("reasoning.effort", message)


def write(body: dict[str, Any], prompt: Prompt, reply: Reply) -> dict[str, Any]:
    """The answer as a `response`."""
    is_whole = reply.finish == "stop"
    return {
        "id": f"resp_{uuid.uuid4().hex}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "completed" if is_whole else "incomplete",
        "error": None,
        "incomplete_details": None if is_whole else {"reason": "max_output_tokens"},
        "instructions": body.get("instructions"),
        "max_output_tokens": prompt.max_tokens,
        "metadata": body.get("metadata") or {},
        "model": prompt.model,
        "output": _output(reply),
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": body.get("store", True),
        "temperature": body.get("temperature", 1.0),
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": body.get("top_p", 1.0),
        "truncation": "disabled",
        "usage": _usage(reply),
        "user": None,
    }


def _output(reply: Reply) -> list[dict[str, Any]]:
    content: dict[str, Any] = {"type": "output_text", "text": reply.text, "annotations": []}
    if reply.refusal:
        content = {"type": "refusal", "refusal": reply.refusal}
    message = {
        "type": "message",
        "id": f"msg_{uuid.uuid4().hex}",
        "status": "completed" if reply.finish == "stop" else "incomplete",
        "role": "assistant",
        "content": [content],
    }
    if not reply.reasoning_tokens:
        return [message]
    return [{"type": "reasoning", "id": f"rs_{uuid.uuid4().hex}", "summary": []}, message]


def _usage(reply: Reply) -> dict[str, Any]:
    return {
        "input_tokens": reply.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": reply.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
        "total_tokens": reply.prompt_tokens + reply.completion_tokens,
    }
