"""How the tests ask: one form of answer, and one function for each way to ask for it."""

from collections.abc import Callable
from typing import Any, Literal

from openai import OpenAI
from openai.types.chat import ChatCompletion, ParsedChatCompletion
from openai.types.responses import ParsedResponse
from pydantic import BaseModel, ConfigDict

MODEL = "gpt-4o-mini"

type ClientFactory = Callable[..., OpenAI]


class Advice(BaseModel):
    """An answer in the form that the product asks for."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["resume", "stop_and_resume", "reload_target", "escalate", "wait"]
    confidence: float
    cause: str
    reasoning: str
    evidence: list[str]


ANSWER: dict[str, Any] = {
    "action": "wait",
    "confidence": 0.7,
    "cause": "The source is slow.",
    "reasoning": "The backlog shrinks.",
    "evidence": ["latency fell from 900 to 600 s"],
}


def ask(client: OpenAI, text: str, model: str = MODEL) -> ParsedChatCompletion[Advice]:
    """Ask in chat with a strict schema."""
    return client.chat.completions.parse(
        model=model,
        messages=[
            {"role": "system", "content": "Propose one action."},
            {"role": "user", "content": text},
        ],
        response_format=Advice,
    )


def ask_json(client: OpenAI, text: str, model: str = MODEL) -> ChatCompletion:
    """Ask in chat for any JSON object."""
    return client.chat.completions.create(
        model=model,
        messages=[
            {"role": "system", "content": "Answer in JSON."},
            {"role": "user", "content": text},
        ],
        response_format={"type": "json_object"},
    )


def ask_response(client: OpenAI, text: str, model: str = MODEL) -> ParsedResponse[Advice]:
    """Ask through the responses API with a strict schema."""
    return client.responses.parse(
        model=model, instructions="Propose one action.", input=text, text_format=Advice
    )
