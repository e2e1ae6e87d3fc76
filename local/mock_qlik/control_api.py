"""The control API: `Control` over HTTP, under `/_mock/`, without a login."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from local.mock_qlik.control import Control
from local.mock_qlik.request_log import as_body
from local.mock_qlik.responses import answered
from local.mock_qlik.vocabulary import Refusal

PREFIX = "/_mock/"

type Fields = dict[str, Any]
type Answer = Callable[[Control, Fields], object]


async def control_api(request: web.Request, control: Control) -> web.Response:
    """Answer one control call; a mistake in it is a 400 that says what is wrong."""
    name = request.path[len(PREFIX) :].strip("/")
    answer = _CALLS.get((request.method, name))
    if answer is None:
        known = ", ".join(f"{method} {PREFIX}{path}" for method, path in _CALLS)
        return answered({"error": f"There is no such call; there are: {known}"}, 404)
    try:
        fields = await _fields(request)
        return answered(answer(control, fields))
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError, Refusal) as error:
        return answered({"error": str(error)}, 400)


async def _fields(request: web.Request) -> Fields:
    """Take the arguments out of the query, or out of a JSON body."""
    fields: Fields = dict(request.query)
    if request.can_read_body and (body := await request.read()):
        fields |= json.loads(body)
    return fields


def _set_clock(control: Control, fields: Fields) -> object:
    if "speed" in fields:
        control.set_speed(float(fields["speed"]))
    control.advance(float(fields.get("advance", 0)))
    return control.clock()


def _requests(control: Control, fields: Fields) -> object:
    if "status" in fields:
        fields["status"] = int(fields["status"])
    return {"requests": [as_body(entry) for entry in control.requests(**fields)]}


def _clear_faults(control: Control, fields: Fields) -> object:
    control.clear_faults(int(fields["number"]) if "number" in fields else None)
    return {"faults": control.faults()}


def _done(method: Callable[..., None]) -> Answer:
    def answer(control: Control, fields: Fields) -> object:
        method(control, **fields)
        return {"done": True}

    return answer


_CALLS: Mapping[tuple[str, str], Answer] = {
    ("GET", "state"): lambda control, _fields: control.state(),
    ("GET", "task"): lambda control, fields: control.task(**fields),
    ("POST", "task"): _done(Control.become),
    ("POST", "server"): _done(Control.server_becomes),
    ("GET", "clock"): lambda control, _fields: control.clock(),
    ("POST", "clock"): _set_clock,
    ("POST", "reset"): _done(Control.reset),
    ("GET", "faults"): lambda control, _fields: {"faults": control.faults()},
    ("POST", "faults"): lambda control, fields: {"number": control.add_fault(**fields)},
    ("DELETE", "faults"): _clear_faults,
    ("DELETE", "sessions"): _done(Control.expire_sessions),
    ("POST", "spelling"): _done(Control.spell),
    ("GET", "requests"): _requests,
    ("DELETE", "requests"): _done(Control.clear_requests),
}
