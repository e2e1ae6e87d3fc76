"""The web application: the log around the faults, around Qlik's two APIs."""

from aiohttp import web

from local.mock_qlik import cloud, control_api, enterprise_manager
from local.mock_qlik.control import Control
from local.mock_qlik.faults import Dropped, disturbed
from local.mock_qlik.request_log import Entry
from local.mock_qlik.responses import decoded, empty
from local.mock_qlik.served import Served
from local.mock_qlik.world import World


class Application:
    """Answers every request to the mock server."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.control = Control(world)
        self.served = Served()

    def web_application(self) -> web.Application:
        """Wrap into aiohttp's application: one handler, for paths are decoded by ourselves."""
        application = web.Application(client_max_size=16 * 2**20)
        application.router.add_route("*", "/{path:.*}", self._answer)
        return application

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith(control_api.PREFIX):
            return await control_api.control_api(request, self.control)
        entry = self._entry(request)
        self.world.log.add(entry)
        faults = self.world.faults.striking(
            request.method, f"{entry.path}?{request.query_string}", entry.at
        )
        entry.faults = tuple(fault.kind for fault in faults)

        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._qlik(request, entry)

        try:
            response = await disturbed(request, answer, faults, self.world.sessions)
        except Dropped:
            return empty(500)  # reaches nobody; aiohttp wants a response all the same
        entry.status = response.status
        self.served.note(response)
        return response

    async def _qlik(self, request: web.Request, entry: Entry) -> web.StreamResponse:
        # Windows' HTTP server, where Enterprise Manager lives, does not care for a path's case.
        if request.rel_url.raw_path.lower().startswith(enterprise_manager.PREFIX):
            entry.api = "enterprise_manager"
            return await enterprise_manager.enterprise_manager(request, self.world, entry)
        if request.path.startswith(cloud.PREFIX):
            entry.api = "cloud"
            return await cloud.cloud(request, self.world, entry)
        return empty(404)

    def _entry(self, request: web.Request) -> Entry:
        return Entry(
            at=self.world.clock.now(),
            method=request.method,
            raw_path=request.rel_url.raw_path,
            path=decoded(request.rel_url.raw_path),
            query=dict(request.query),
            authorization=request.headers.get("Authorization", "").partition(" ")[0],
        )
