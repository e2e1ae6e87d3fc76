"""The endpoints under `/v1`."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

from aiohttp import web

from local.mock_openai import chat, responses
from local.mock_openai.errors import ApiError, unknown_model
from local.mock_openai.faults import fail_on_the_wire
from local.mock_openai.reply import reply_to
from local.mock_openai.scenario import Model, Outcome
from local.mock_openai.state import LOGGED, STATE, LoggedRequest

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Any fixed day does; models are older than the program that asks.
MODELS_CREATED = 1_715_367_049


def routes() -> list[web.RouteDef]:
    """Every endpoint of the API."""
    return [
        web.post("/v1/chat/completions", _answering(chat)),
        web.post("/v1/responses", _answering(responses)),
        web.get("/v1/models", _list_models),
        web.get("/v1/models/{model:.+}", _one_model),
    ]


def _answering(api: ModuleType) -> Handler:
    """The handler for one of the two APIs: each module can read, check and write."""

    async def answer(request: web.Request) -> web.Response:
        started, state = time.perf_counter(), request.app[STATE]
        body = await _body(request)
        prompt = api.read(body)
        model = state.scenario.model(prompt.model)
        if model is None:
            raise unknown_model(prompt.model)
        api.check(body, prompt, model)
        outcome = state.outcome_for(prompt.user_text)
        _note(request[LOGGED], prompt.user_text, outcome)
        await _think(outcome, state.scenario.latency_seconds)
        await fail_on_the_wire(outcome, request, prompt.model)
        reply = reply_to(prompt, outcome, model)
        headers = {"openai-processing-ms": str(round((time.perf_counter() - started) * 1000))}
        return web.json_response(api.write(body, prompt, reply), headers=headers)

    return answer


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ApiError(400, "We could not parse the JSON body of your request.")
    return body


def _note(entry: LoggedRequest, user_text: str, outcome: Outcome) -> None:
    said = [name for name in ("answer", "text", "refusal") if getattr(outcome, name) is not None]
    entry.user_text = user_text
    entry.outcome = outcome.fault or next(iter(said), "default")


async def _think(outcome: Outcome, latency: float) -> None:
    delay = latency if outcome.delay_seconds is None else outcome.delay_seconds
    if outcome.fault != "timeout" and delay:
        await asyncio.sleep(delay)


def _described(model: Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "object": "model",
        "created": MODELS_CREATED,
        "owned_by": "system",
    }


async def _list_models(request: web.Request) -> web.Response:
    models = [_described(model) for model in request.app[STATE].scenario.models]
    return web.json_response({"object": "list", "data": models})


async def _one_model(request: web.Request) -> web.Response:
    name = request.match_info["model"]
    model = request.app[STATE].scenario.model(name)
    if model is None:
        raise unknown_model(name)
    return web.json_response(_described(model))
