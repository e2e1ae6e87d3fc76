"""The control API under `/_mock/`: what a test or a person asks of the mock itself."""

import json

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from local.mock_openai.scenario import Rule, explain
from local.mock_openai.state import STATE

PREFIX = "/_mock/"
RULES: TypeAdapter[tuple[Rule, ...]] = TypeAdapter(tuple[Rule, ...])


def routes() -> list[web.RouteDef]:
    """Every control call."""
    return [
        web.get("/_mock/state", _state),
        web.get("/_mock/requests", _requests),
        web.delete("/_mock/requests", _clear_requests),
        web.get("/_mock/answers", _rules),
        web.put("/_mock/answers", _replace_rules),
        web.post("/_mock/answers", _add_rules),
        web.delete("/_mock/answers", _clear_rules),
        web.post("/_mock/reset", _reset),
        web.post("/_mock/down", _down),
        web.post("/_mock/up", _up),
    ]


async def _state(request: web.Request) -> web.Response:
    state = request.app[STATE]
    return web.json_response(
        {
            "down": state.is_down,
            "requests": len(state.requests),
            "answers": state.rules.left(),
            "models": [model.model_dump() for model in state.scenario.models],
        }
    )


async def _requests(request: web.Request) -> web.Response:
    entries = [entry.model_dump(mode="json") for entry in request.app[STATE].requests]
    return web.json_response({"requests": entries})


async def _clear_requests(request: web.Request) -> web.Response:
    request.app[STATE].requests.clear()
    return web.Response(status=204)


async def _rules(request: web.Request) -> web.Response:
    return web.json_response({"answers": request.app[STATE].rules.left()})


async def _replace_rules(request: web.Request) -> web.Response:
    request.app[STATE].rules.replace(await _given_rules(request))
    return await _rules(request)


async def _add_rules(request: web.Request) -> web.Response:
    request.app[STATE].rules.add_first(await _given_rules(request))
    return await _rules(request)


async def _clear_rules(request: web.Request) -> web.Response:
    request.app[STATE].rules.replace(())
    return web.Response(status=204)


async def _given_rules(request: web.Request) -> tuple[Rule, ...]:
    try:
        body = await request.json()
        return RULES.validate_python(body["answers"])
    except ValidationError as error:
        problem = explain(error, "answers", root=Rule)
    except (ValueError, TypeError, KeyError):
        problem = 'the body must be {"answers": [...]}'
    raise web.HTTPBadRequest(text=json.dumps({"error": problem}), content_type="application/json")


async def _reset(request: web.Request) -> web.Response:
    request.app[STATE].reset()
    return web.Response(status=204)


async def _down(request: web.Request) -> web.Response:
    request.app[STATE].is_down = True
    return web.Response(status=204)


async def _up(request: web.Request) -> web.Response:
    request.app[STATE].is_down = False
    return web.Response(status=204)
