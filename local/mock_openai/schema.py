"""OpenAI's rules for strict JSON schemas, and whether an answer meets a schema."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import jsonschema  # type: ignore[import-untyped]

type Schema = dict[str, Any]

# Of JSON Schema's keywords, those OpenAI's guide doesn't list as supported in strict mode and that
# pydantic may write. Some models take a few of them; a schema without them works everywhere.
REFUSED_KEYWORDS = (
    "allOf", "not", "oneOf", "if", "then", "else", "dependentRequired", "dependentSchemas",
    "patternProperties", "propertyNames", "minProperties", "maxProperties", "uniqueItems",
    "minLength", "maxLength", "default",
)  # fmt: skip


def broken(schema: object) -> str | None:
    """Why this is no JSON schema at all, or None."""
    if not isinstance(schema, dict):
        return f"{schema!r} is not of type 'object'."
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        return str(error.message)
    return None


def strict_problem(schema: Schema | None) -> str | None:
    """What OpenAI would say against this schema in strict mode, or None."""
    # A program sends the same one with every question, and looking through it takes milliseconds.
    return _strict_problem(json.dumps(schema))


@lru_cache(maxsize=32)
def _strict_problem(text: str) -> str | None:
    schema = json.loads(text)
    problem = broken(schema)
    if problem or schema is None:
        return problem
    if schema.get("type") != "object":
        kind = schema.get("type", "None")
        return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."
    return next(_problems(schema, ()), None)


def _problems(schema: Schema, path: tuple[str, ...]) -> Iterator[str]:
    for keyword in REFUSED_KEYWORDS:
        if keyword in schema:
            yield f"In context={path}, '{keyword}' is not permitted."
    if schema.get("type") == "object":
        yield from _object_problems(schema, path)
    for inner, inner_path in _children(schema, path):
        yield from _problems(inner, inner_path)


def _object_problems(schema: Schema, path: tuple[str, ...]) -> Iterator[str]:
    if schema.get("additionalProperties") is not False:
        yield (
            f"In context={path}, 'additionalProperties' is required to be supplied and to be false."
        )
    required = schema.get("required")
    for name in schema.get("properties", {}):
        if not isinstance(required, list) or name not in required:
            yield (
                f"In context={path}, 'required' is required to be supplied and to be an array "
                f"including every key in properties. Missing '{name}'."
            )


def _children(schema: Schema, path: tuple[str, ...]) -> Iterator[tuple[Schema, tuple[str, ...]]]:
    for group in ("properties", "$defs", "definitions"):
        for name, inner in schema.get(group, {}).items():
            if isinstance(inner, dict):
                yield inner, (*path, group, name)
    if isinstance(schema.get("items"), dict):
        yield schema["items"], (*path, "items")
    for index, inner in enumerate(schema.get("anyOf", [])):
        if isinstance(inner, dict):
            yield inner, (*path, "anyOf", str(index))


def mismatch(answer: object, schema: Schema | None) -> str | None:
    """How an answer breaks the schema it was asked for, or None."""
    if schema is None:
        return None
    try:
        jsonschema.validate(answer, schema, jsonschema.Draft202012Validator)
    except jsonschema.ValidationError as error:
        return f"{'.'.join(map(str, error.absolute_path)) or 'answer'}: {error.message}"
    return None
