"""The analyst that asks an OpenAI model, and takes its answer for data, never for orders.

A model with JSON-schema output is held to the schema by the API; one without is asked for JSON and
held to it by validation. Whatever is no valid answer raises ModelUnusable: then the rules answer.
"""

import json
from importlib import resources

import openai
from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam
from pydantic import SecretStr

from qlik_monitor.adapters.model_answer import plain, read_answer, strict_schema
from qlik_monitor.adapters.openai_meter import Meter
from qlik_monitor.domain.facts import IncidentFacts
from qlik_monitor.domain.handbook import actions_in_words, classes_in_words
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.model_budget import Question
from qlik_monitor.domain.proposal import Proposal, Proposer
from qlik_monitor.domain.quotation import quoted_share
from qlik_monitor.errors import ModelAnswerInvalid, ModelUnavailable

MAX_COMPLETION_TOKENS = 3000
"""An answer takes about 300; a reasoning model spends most of them on thinking."""
OPENAI = "https://api.openai.com/v1"
MAX_RETRIES = 1
"""One more try, after Retry-After where it is given: the rules are better than a long wait."""
UNSUPPORTED = ("response_format", "json_schema")


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
            return self._proposal(completion, facts)
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
                        "schema": strict_schema(),
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

    def _proposal(self, completion: ChatCompletion, facts: IncidentFacts) -> Proposal:
        answer = read_answer(completion, facts)
        usage = completion.usage
        evidence = tuple(answer.evidence)
        return Proposal(
            action=answer.action,
            confidence=answer.confidence,
            table=None if answer.table is None else plain(answer.table, 300),
            said_class=answer.error_class,
            quotes_found=round(quoted_share(evidence, facts), 3),
            cause=plain(answer.cause, 1000),
            reasoning=plain(answer.reasoning, 4000),
            evidence=tuple(plain(item, 1000) for item in evidence),
            made_by=Proposer.MODEL,
            model=plain(completion.model or self._setup.model, 100),
            prompt_tokens=usage.prompt_tokens if usage else 0,
            completion_tokens=usage.completion_tokens if usage else 0,
        )


def question_of(facts: IncidentFacts) -> Question:
    """Say how large a question about these facts is, and how often it may be sent."""
    sent = json.dumps([_messages(facts), strict_schema()], ensure_ascii=False)
    return Question(
        size_bytes=len(sent.encode("utf-8", "replace")),
        answer_tokens=MAX_COMPLETION_TOKENS,
        requests=1 + MAX_RETRIES,
    )


def instructions() -> str:
    """Return all that is sent about every incident alike: when it changes, answers may."""
    return prompt() + json.dumps(strict_schema(), sort_keys=True)


def _messages(facts: IncidentFacts) -> list[ChatCompletionMessageParam]:
    # A fact cannot close the quotation early: JSON leaves "<" as it is, so it is escaped here.
    data = facts.model_dump_json(indent=1).replace("<", "\\u003c")
    return [
        {"role": "system", "content": prompt()},
        {"role": "user", "content": f"<incident>\n{data}\n</incident>"},
    ]


def prompt() -> str:
    """Return the analyst's instructions: the reviewed file, with actions and classes from code."""
    text = resources.files("qlik_monitor.prompts").joinpath("analyst.md").read_text("utf-8")
    return text.replace("{actions}", actions_in_words()).replace("{classes}", classes_in_words())
