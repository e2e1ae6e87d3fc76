"""The model's answer: its form, its bounds, and what makes it contradict itself or the facts.

text ──▶ form and range ──▶ no contradiction ──▶ BoundedAnswer, or ModelAnswerInvalid with why
"""

import json
import re
from typing import Annotated, Any

from openai.types.chat import ChatCompletion
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qlik_monitor.adapters.qlik_text import clean_text
from qlik_monitor.domain.actions import DESTRUCTIVE, RULES, Action, Effect
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.facts import IncidentFacts
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.quotation import quoted_share
from qlik_monitor.domain.redaction import redact
from qlik_monitor.errors import ModelAnswerInvalid, ModelUnavailable

_NAMED = re.compile(
    rf"\baction\W{{1,4}}(?:is\s+|to\s+)?[\"'`]?({'|'.join(sorted(Action, reverse=True))})\b",
    re.IGNORECASE,
)
"""An action called so outright; a reasoning may well weigh others in plain words."""


class ModelAnswer(BaseModel):
    """What the model may say, in the order in which it says it: what it sees before what it wants.

    Anything else is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    evidence: list[str]
    error_class: ErrorClass
    cause: str
    reasoning: str
    action: Action
    expected_effect: Effect
    rewrites_target: bool
    table: str | None
    confidence: float


class BoundedAnswer(Frozen):
    """The same within bounds; OpenAI's strict schemas cannot state all of them."""

    evidence: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=20)]
    error_class: ErrorClass
    cause: Annotated[str, Field(min_length=1, max_length=1000)]
    reasoning: Annotated[str, Field(min_length=1, max_length=4000)]
    action: Action
    expected_effect: Effect
    rewrites_target: bool
    table: Annotated[str, Field(min_length=1, max_length=300)] | None
    confidence: Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


def strict_schema() -> dict[str, object]:
    """Return the schema as OpenAI's strict mode wants it: all fields required, no others."""
    schema = {**ModelAnswer.model_json_schema(), "additionalProperties": False}
    # Each question pays for them, and the instructions describe every field already.
    bare: dict[str, object] = _without(schema, ("title", "description"))
    return bare


def _without(node: Any, keys: tuple[str, ...]) -> Any:
    if isinstance(node, dict):
        return {key: _without(node[key], keys) for key in node if key not in keys}
    return node


def plain(text: str, limit: int) -> str:
    """Return the model's text without secrets, line breaks or marks that deceive a reader."""
    # Redaction may lengthen a text, so the limit is kept last.
    return clean_text(redact(text), limit)


def read_answer(completion: ChatCompletion, facts: IncidentFacts) -> BoundedAnswer:
    """Validate what the model said; raises ModelUnavailable for a refusal or ModelAnswerInvalid."""
    if not completion.choices:
        raise ModelAnswerInvalid("the answer is empty")
    choice = completion.choices[0]
    if choice.message.refusal:
        raise ModelUnavailable("the model refused to answer")
    if choice.finish_reason == "length":
        raise ModelAnswerInvalid("the answer was cut off")
    if choice.finish_reason == "content_filter":
        raise ModelUnavailable("the answer was filtered")
    answer = _bounded(choice.message.content or "")
    if against := contradiction(answer, facts):
        raise ModelAnswerInvalid(f"the answer contradicts itself or the facts: {against}")
    return answer


def _bounded(text: str) -> BoundedAnswer:
    try:
        answer = BoundedAnswer.model_validate_json(text)
    except ValidationError as error:
        # What is there and wrong tells more than what is missing.
        found = sorted(error.errors(), key=lambda e: e["type"] == "missing")
        problems = [f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['type']}" for e in found]
        # A field's name is the model's text too, and people will read it.
        raise ModelAnswerInvalid(plain("; ".join(problems[:5]), 300)) from None
    json.loads(text, object_pairs_hook=_each_once)
    return answer


def _each_once(pairs: list[tuple[str, Any]]) -> None:
    # Which of two counts is not agreed between parsers.
    names = [name for name, _ in pairs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ModelAnswerInvalid(plain(f"{twice[0]} stands there twice", 300))


def contradiction(answer: BoundedAnswer, facts: IncidentFacts) -> str | None:
    """Say what in an answer cannot be true together, or None."""
    action, effect = answer.action, RULES[answer.action].effect
    named = {name.lower() for name in _NAMED.findall(answer.reasoning)}
    checks = (
        (
            answer.expected_effect is effect,
            f"{action.value} has the effect {effect.value}, not {answer.expected_effect.value}",
        ),
        (
            answer.rewrites_target == (action in DESTRUCTIVE),
            f"rewrites_target is {str(answer.rewrites_target).lower()} for {action.value}",
        ),
        (
            (answer.table is not None) == (action is Action.RELOAD_TABLE),
            f"{action.value} with {'a' if answer.table else 'no'} table",
        ),
        (
            not named or action.value in named,
            f"its reasoning names the action {', '.join(sorted(named))}",
        ),
        (
            quoted_share(tuple(answer.evidence), facts) > 0,
            "it quotes nothing that stands in the facts",
        ),
    )
    return next((problem for holds, problem in checks if not holds), None)
