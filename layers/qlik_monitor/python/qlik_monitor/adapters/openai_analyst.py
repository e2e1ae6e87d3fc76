"""The analyst that asks an OpenAI model, and takes its answer for data, never for orders.

A model with JSON-schema output is held to the schema by the API; one without is asked for JSON and
held to it by validation. Whatever is no valid answer raises ModelUnusable: then the rules answer.
"""

import json
from importlib import resources
from typing import Annotated

import openai
from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from qlik_monitor.adapters.openai_meter import Meter
from qlik_monitor.adapters.qlik_text import clean_text
from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.facts import IncidentFacts
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.model_budget import Question
from qlik_monitor.domain.proposal import Proposal, Proposer
from qlik_monitor.domain.redaction import redact
from qlik_monitor.errors import ModelAnswerInvalid, ModelUnavailable

MAX_COMPLETION_TOKENS = 3000
"""An answer takes about 200; a reasoning model spends most of them on thinking."""
OPENAI = "https://api.openai.com/v1"
MAX_RETRIES = 1
"""One more try, after Retry-After where it is given: the rules are better than a long wait."""
UNSUPPORTED = ("response_format", "json_schema")


class ModelAnswer(BaseModel):
    """What the model may say; anything else is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action
    confidence: float
    cause: str
    reasoning: str
    evidence: list[str]


class BoundedAnswer(Frozen):
    """The same within bounds; OpenAI's strict schemas cannot state all of them."""

    action: Action
    confidence: Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
    cause: Annotated[str, Field(min_length=1, max_length=1000)]
    reasoning: Annotated[str, Field(min_length=1, max_length=4000)]
    evidence: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=20)]


class AnalystSetup(Frozen):
    """Which model is asked, and how."""

    model: str
    base_url: str | None = None
    timeout_seconds: float = 20.0


class OpenAiAnalyst:
    """Fits `Analyst`."""

    def __init__(self, setup: AnalystSetup, api_key: SecretStr, meter: Meter | None = None) -> None:
        """Make a client; nothing is sent before `propose`, and the meter counts what is."""
        self._setup = setup
        self._client = OpenAI(
            api_key=api_key.get_secret_value(),
            # Named outright: the client would take an empty OPENAI_BASE_URL for an address.
            base_url=setup.base_url or OPENAI,
            timeout=setup.timeout_seconds,
            max_retries=MAX_RETRIES,
            http_client=meter.http_client() if meter else None,
        )

    def propose(self, facts: IncidentFacts) -> Proposal:
        """Ask the model once; raises ModelUnavailable or ModelAnswerInvalid."""
        try:
            completion = self._ask(facts)
        except openai.APITimeoutError as error:
            seconds = self._setup.timeout_seconds
            raise ModelUnavailable(f"no answer within {seconds:g} s") from error
        except openai.APIConnectionError as error:
            raise ModelUnavailable("the model's service cannot be reached") from error
        except openai.RateLimitError as error:
            raise ModelUnavailable("the model's service limits our rate or budget") from error
        except openai.APIStatusError as error:
            raise ModelUnavailable(f"the model's service answered {error.status_code}") from error
        except openai.OpenAIError as error:
            raise ModelUnavailable(f"{type(error).__name__}") from error
        except ValueError as error:
            raise ModelAnswerInvalid("the service's answer is not JSON") from error
        try:
            return self._proposal(completion)
        except (AttributeError, TypeError, ValueError) as error:
            # The client checks nothing: a gateway's answer may be any JSON, or a page of HTML.
            raise ModelAnswerInvalid("the answer has another shape") from error

    @property
    def address(self) -> str:
        """Where questions go."""
        return str(self._client.base_url)

    def close(self) -> None:
        """Give connections back."""
        self._client.close()

    def _ask(self, facts: IncidentFacts) -> ChatCompletion:
        messages = _messages(facts)
        try:
            return self._client.chat.completions.create(
                model=self._setup.model,
                messages=messages,
                max_completion_tokens=MAX_COMPLETION_TOKENS,
                response_format={
                    "type": "json_schema",
                    "json_schema": {
                        "name": "proposal",
                        "strict": True,
                        "schema": _strict_schema(),
                    },
                },
            )
        except openai.BadRequestError as error:
            if not all(word in str(error) for word in UNSUPPORTED):
                raise
        return self._client.chat.completions.create(
            model=self._setup.model,
            messages=messages,
            max_completion_tokens=MAX_COMPLETION_TOKENS,
            response_format={"type": "json_object"},
        )

    def _proposal(self, completion: ChatCompletion) -> Proposal:
        answer = read_answer(completion)
        usage = completion.usage
        return Proposal(
            action=answer.action,
            confidence=answer.confidence,
            cause=_plain(answer.cause, 1000),
            reasoning=_plain(answer.reasoning, 4000),
            evidence=tuple(_plain(item, 1000) for item in answer.evidence),
            made_by=Proposer.MODEL,
            model=_plain(completion.model or self._setup.model, 100),
            prompt_tokens=usage.prompt_tokens if usage else 0,
            completion_tokens=usage.completion_tokens if usage else 0,
        )


def _plain(text: str, limit: int) -> str:
    # Redaction may lengthen a text, so the limit is kept last.
    return clean_text(redact(text), limit)


def read_answer(completion: ChatCompletion) -> BoundedAnswer:
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
    try:
        return BoundedAnswer.model_validate_json(choice.message.content or "")
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['type']}" for e in error.errors()
        ]
        # A field's name is the model's text too, and people will read it.
        raise ModelAnswerInvalid(_plain("; ".join(problems[:5]), 300)) from None


def question_of(facts: IncidentFacts) -> Question:
    """Say how large a question about these facts is, and how often it may be sent."""
    sent = json.dumps([_messages(facts), _strict_schema()], ensure_ascii=False)
    return Question(
        size_bytes=len(sent.encode("utf-8", "replace")),
        answer_tokens=MAX_COMPLETION_TOKENS,
        requests=1 + MAX_RETRIES,
    )


def instructions() -> str:
    """Return all that is sent about every incident alike: when it changes, answers may."""
    return prompt() + json.dumps(_strict_schema(), sort_keys=True)


def _messages(facts: IncidentFacts) -> list[ChatCompletionMessageParam]:
    # A fact cannot close the quotation early: JSON leaves "<" as it is, so it is escaped here.
    data = facts.model_dump_json(indent=1).replace("<", "\\u003c")
    return [
        {"role": "system", "content": prompt()},
        {"role": "user", "content": f"<incident>\n{data}\n</incident>"},
    ]


def prompt() -> str:
    """Return the analyst's instructions."""
    return resources.files("qlik_monitor.prompts").joinpath("analyst.md").read_text("utf-8")


def _strict_schema() -> dict[str, object]:
    return {**ModelAnswer.model_json_schema(), "additionalProperties": False}
