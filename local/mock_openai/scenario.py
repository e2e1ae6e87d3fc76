"""The scenario: which key and models the server knows, and what it answers to whom."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

type Fault = Literal[
    "rate_limit",
    "insufficient_quota",
    "server_error",
    "timeout",
    "drop",
    "truncated",
    "invalid_json",
    "hostile",
    "empty",
]
type Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]


class ScenarioError(ValueError):
    """A scenario that says something the server can't do."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Model(_Part):
    """A model the server offers, and what it can do."""

    id: Annotated[str, Field(min_length=1)]
    json_schema: bool = True
    reasoning: bool = False


class When(_Part):
    """Which user messages a rule answers; every condition given has to hold."""

    contains: str | None = None
    regex: str | None = None

    @field_validator("regex")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return value

    def matches(self, text: str) -> bool:
        """Whether the user's text meets every condition."""
        return (self.contains is None or self.contains in text) and (
            self.regex is None or re.search(self.regex, text) is not None
        )


class Outcome(_Part):
    """What one request gets; with nothing set, the built-in answer."""

    answer: dict[str, Any] | None = None
    text: str | None = None
    refusal: str | None = None
    fault: Fault | None = None
    retry_after: Seconds = 1.0
    delay_seconds: Seconds | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        said = [name for name in ("answer", "text", "refusal") if getattr(self, name) is not None]
        if len(said) > 1 or (self.refusal is not None and self.fault):
            raise ValueError("give one of answer, text, refusal; a fault goes with answer or text")
        return self


class Rule(Outcome):
    """An outcome for the requests that match, `times` times and then no more."""

    when: When = When()
    times: Annotated[int, Field(ge=1)] | None = None


def _as_model(value: object) -> object:
    return {"id": value} if isinstance(value, str) else value


DEFAULT_MODELS = (
    *(Model(id=name) for name in ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini")),
    *(Model(id=name, reasoning=True) for name in ("gpt-5", "gpt-5-mini", "o4-mini")),
    *(Model(id=name, json_schema=False) for name in ("gpt-4-turbo", "gpt-3.5-turbo")),
)


class Scenario(_Part):
    """Everything the server knows."""

    api_key: Annotated[str, Field(min_length=1)] = "sk-mock-key-for-local-use"
    models: tuple[Annotated[Model, BeforeValidator(_as_model)], ...] = DEFAULT_MODELS
    latency_seconds: Seconds = 0.0
    answers: tuple[Rule, ...] = ()
    default: Outcome = Outcome()

    def model(self, name: str) -> Model | None:
        """The model of that name, if the server offers it."""
        return next((model for model in self.models if model.id == name), None)


def load(path: Path) -> Scenario:
    """Read a scenario from a YAML file; a `ScenarioError` names file, field, value and choices."""
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
        return Scenario.model_validate({} if data is None else data)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ScenarioError(f"{path}: {error}") from error
    except ValidationError as error:
        raise ScenarioError(explain(error, str(path))) from error


_FIELDS_OF: dict[str, type[_Part]] = {"models": Model, "when": When, "default": Outcome}


def explain(error: ValidationError, source: str, root: type[_Part] = Scenario) -> str:
    """One line for each problem: where it stands, what stands there, what is allowed."""
    return "\n".join(_line(problem, source, root) for problem in error.errors())


def _line(problem: ErrorDetails, source: str, root: type[_Part]) -> str:
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"])
    line = f"{source}: {where.lstrip('.') or 'scenario'}: {problem['input']!r}: {problem['msg']}"
    if problem["type"] != "extra_forbidden":
        return line
    parents = [part for part in problem["loc"][:-1] if isinstance(part, str)]
    owner = _FIELDS_OF.get(parents[-1], Rule) if parents else root
    return f"{line}; allowed fields: {', '.join(owner.model_fields)}"
