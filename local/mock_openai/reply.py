"""From an outcome to what the model says, with its end and its cost."""

import json
import logging
import math
from dataclasses import dataclass
from typing import Literal

from local.mock_openai.answers import completed, scripted_text
from local.mock_openai.faults import hostile_answer, spoil
from local.mock_openai.prompt import Prompt
from local.mock_openai.scenario import Model, Outcome
from local.mock_openai.schema import mismatch

log = logging.getLogger(__name__)

CHARACTERS_PER_TOKEN = 4
TOKENS_PER_MESSAGE = 4
REASONING_TOKENS = 128


@dataclass(frozen=True)
class Reply:
    """What the model said, why it stopped, and the tokens it took."""

    text: str
    refusal: str | None
    finish: Literal["stop", "length"]
    prompt_tokens: int
    completion_tokens: int
    reasoning_tokens: int


def reply_to(prompt: Prompt, outcome: Outcome, model: Model) -> Reply:
    """Let the model speak."""
    text, finish = ("", "stop") if outcome.refusal else _say(prompt, outcome)
    reasoning = REASONING_TOKENS if model.reasoning else 0
    return Reply(
        text=text,
        refusal=outcome.refusal,
        finish="length" if finish == "length" else "stop",
        prompt_tokens=_prompt_tokens(prompt),
        completion_tokens=tokens(outcome.refusal or text) + reasoning,
        reasoning_tokens=reasoning,
    )


def tokens(text: str) -> int:
    """About as many tokens as the text has."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def _prompt_tokens(prompt: Prompt) -> int:
    schema = json.dumps(prompt.format.schema) if prompt.format.schema else ""
    return tokens(prompt.whole_text) + tokens(schema) + TOKENS_PER_MESSAGE * prompt.messages


def _say(prompt: Prompt, outcome: Outcome) -> tuple[str, str]:
    schema = prompt.format.schema
    text, answer = scripted_text(outcome, prompt.user_text, schema)
    if outcome.fault == "hostile":
        hostile = hostile_answer(schema, prompt.user_text, outcome.answer or {})
        answer = completed(hostile, prompt.user_text, schema)
        text = json.dumps(answer, ensure_ascii=False)
    problem = mismatch(answer, schema) if answer is not None else None
    if problem:
        log.warning("the scripted answer breaks the schema %s: %s", prompt.format.name, problem)
    said = spoil(outcome.fault, text)
    limit = prompt.max_tokens and prompt.max_tokens * CHARACTERS_PER_TOKEN
    if limit and len(said) > limit:
        return said[:limit], "length"
    return said, "length" if outcome.fault == "truncated" else "stop"
