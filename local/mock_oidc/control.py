"""The control API under `/_mock/`: what a test or a person asks of the mock itself."""

from aiohttp import web

from local.mock_oidc.state import STATE, Fault

PREFIX = "/_mock/"


def routes() -> list[web.RouteDef]:
    """Every control call."""
    return [
        web.get("/_mock/state", _state),
        web.put("/_mock/fault", _fault),
        web.post("/_mock/rotate", _rotate),
        web.post("/_mock/down", _down),
        web.post("/_mock/up", _up),
    ]


async def _state(request: web.Request) -> web.Response:
    state = request.app[STATE]
    return web.json_response(
        {
            "down": state.is_down,
            "fault": state.fault,
            "keys": [key.kid for key in state.keys],
            "users": [user.login for user in state.users],
            "requests": state.asked,
        }
    )


async def _fault(request: web.Request) -> web.Response:
    try:
        request.app[STATE].fault = Fault((await request.json())["fault"])
    except (ValueError, TypeError, KeyError):
        allowed = ", ".join(Fault)
        problem = {"error": f'the body must be {{"fault": name}}; names are {allowed}'}
        return web.json_response(problem, status=400)
    return await _state(request)


async def _rotate(request: web.Request) -> web.Response:
    request.app[STATE].rotate()
    return await _state(request)


async def _down(request: web.Request) -> web.Response:
    request.app[STATE].is_down = True
    return web.Response(status=204)


async def _up(request: web.Request) -> web.Response:
    request.app[STATE].is_down = False
    return web.Response(status=204)
