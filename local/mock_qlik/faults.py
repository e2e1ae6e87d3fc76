"""Disturbances: which requests they hit, and what they do to them."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from aiohttp import web

from local.mock_qlik.responses import JSON
from local.mock_qlik.scenario_parts import Fault
from local.mock_qlik.sessions import Sessions

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_TORN_JSON = '{"taskList":[{"name":"ORD'


@dataclass
class ActiveFault:
    """A fault with its place in the book and what it has done so far."""

    number: int
    fault: Fault
    begins: float
    matched: int = 0
    used: int = 0

    def strikes(self, method: str, target: str, now: float) -> bool:
        """Tell whether this request is hit, and count it."""
        if not self._is_on(now) or self.fault.method not in {None, method}:
            return False
        # "$" ends the path of a request without a query too.
        if not any(re.search(self.fault.path, one) for one in (target, target.removesuffix("?"))):
            return False
        self.matched += 1
        if self.matched % self.fault.every:
            return False
        self.used += 1
        return True

    def _is_on(self, now: float) -> bool:
        lasts = self.fault.lasts_seconds
        over = lasts is not None and now >= self.begins + lasts
        spent = self.fault.times is not None and self.used >= self.fault.times
        return now >= self.begins and not over and not spent


class FaultBook:
    """The faults that were asked for."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._next = 1
        self.active: list[ActiveFault] = []
        for fault in faults:
            self.add(fault, now=0.0)

    def add(self, fault: Fault, now: float) -> int:
        """Put a fault in the book, from now on if it names no time; return its number."""
        begins = now if fault.at_seconds is None else fault.at_seconds
        self.active.append(ActiveFault(self._next, fault, begins))
        self._next += 1
        return self._next - 1

    def clear(self, number: int | None = None) -> None:
        """Strike one fault out, or all of them."""
        self.active = [one for one in self.active if number not in {None, one.number}]

    def striking(self, method: str, target: str, now: float) -> list[Fault]:
        """List the faults that hit a request; `target` is the decoded path with the query."""
        return [one.fault for one in self.active if one.strikes(method, target, now)]


class Dropped(Exception):
    """The connection was cut; nothing more can be said on it."""


async def disturbed(
    request: web.Request, handler: Handler, faults: list[Fault], sessions: Sessions
) -> web.StreamResponse:
    """Answer a request as its faults have it."""
    answer: web.StreamResponse | None = None
    for fault in faults:
        if not fault.after_the_call:
            answer = await _inflicted(request, fault, sessions) or answer
    # A client that went away meanwhile does not stop what it asked for.
    answer = answer or await handler(request)
    for fault in faults:
        if fault.after_the_call:
            answer = await _inflicted(request, fault, sessions) or answer
    return answer


async def _inflicted(
    request: web.Request, fault: Fault, sessions: Sessions
) -> web.StreamResponse | None:
    """Do what a fault does; return the response that it puts in the place of the right one."""
    match fault.kind:
        case "slow":
            await asyncio.sleep(fault.delay_seconds)
        case "expire_sessions":
            sessions.expire_all()
        case "drop":
            if request.transport is not None:
                request.transport.abort()
            raise Dropped
        case "status":
            return _status(fault)
        case "malformed":
            body = _TORN_JSON if fault.body is None else fault.body
            return web.Response(body=body.encode(), headers={"Content-Type": JSON})
    return None


def _status(fault: Fault) -> web.Response:
    headers = {"Content-Type": "text/html"}
    if fault.retry_after_seconds is not None:
        headers["Retry-After"] = str(fault.retry_after_seconds)
    return web.Response(status=fault.status, body=(fault.body or "").encode(), headers=headers)
