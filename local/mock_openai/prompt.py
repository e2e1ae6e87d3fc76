"""What both APIs ask for, read into one form."""

from dataclasses import dataclass
from typing import Any

from local.mock_openai.errors import ApiError, missing, unsupported
from local.mock_openai.schema import Schema, broken, strict_problem


@dataclass(frozen=True)
class AnswerFormat:
    """The form the answer must have: `text`, `json_object` or `json_schema`."""

    kind: str = "text"
    name: str = ""
    schema: Schema | None = None
    strict: bool = False


@dataclass(frozen=True)
class Prompt:
    """One question to a model."""

    model: str
    user_text: str
    whole_text: str
    messages: int
    format: AnswerFormat
    max_tokens: int | None


def text_of(content: object) -> str:
    """The text of a message, be it a string or a list of parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(
        part["text"]
        for part in parts
        if isinstance(part, dict) and isinstance(part.get("text"), str)
    )


def read_messages(messages: object, param: str) -> list[tuple[str, str]]:
    """Role and text of each message."""
    if not isinstance(messages, list) or not messages:
        raise missing(param)
    if not all(isinstance(message, dict) and "content" in message for message in messages):
        raise ApiError(400, f"Invalid type for '{param}': expected messages.", param=param)
    return [(str(message.get("role", "user")), text_of(message["content"])) for message in messages]


def read_model(body: dict[str, Any]) -> str:
    """The model asked for."""
    if not isinstance(body.get("model"), str):
        raise ApiError(400, "you must provide a model parameter")
    return str(body["model"])


def read_kind(given: object, param: str) -> str:
    """The kind of answer asked for."""
    kind = given.get("type") if isinstance(given, dict) else given
    if kind not in ("text", "json_object", "json_schema"):
        choices = "'json_object', 'json_schema', and 'text'"
        message = f"Invalid value: '{kind}'. Supported values are: {choices}."
        raise ApiError(400, message, param=f"{param}.type", code="invalid_value")
    return str(kind)


def schema_problem(wanted: AnswerFormat) -> str | None:
    """What stands against the schema asked for, or None."""
    if wanted.kind != "json_schema":
        return None
    return strict_problem(wanted.schema) if wanted.strict else broken(wanted.schema)


def read_limit(body: dict[str, Any], *names: str) -> int | None:
    """The largest number of tokens the answer may have, under whichever name it was sent."""
    for name in names:
        value = body.get(name)
        if value is not None and (not isinstance(value, int) or value < 1):
            raise ApiError(400, f"Invalid value for '{name}': {value!r}.", param=name)
    return next((body[name] for name in names if body.get(name) is not None), None)


def refuse_stream(body: dict[str, Any]) -> None:
    """Say plainly that this server answers whole."""
    if body.get("stream"):
        raise unsupported("stream", "Unsupported parameter: 'stream'. This mock answers whole.")
