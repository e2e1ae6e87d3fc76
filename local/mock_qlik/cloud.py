"""Qlik Cloud's data integration API over the same tasks that Enterprise Manager shows."""

import re
from collections.abc import Callable, Mapping
from uuid import NAMESPACE_URL, uuid5

from aiohttp import web

from local.mock_qlik import cloud_bodies as bodies
from local.mock_qlik.cloud_call import CloudCall, CloudError
from local.mock_qlik.request_log import Entry
from local.mock_qlik.responses import answered, empty
from local.mock_qlik.vocabulary import Refusal, RunOption
from local.mock_qlik.world import World

PREFIX = "/api/v1/di-projects"
_PATIENCE = 60.0
_START_OPTIONS: Mapping[str, RunOption] = {
    "PROCESS_CHANGES_FROM_TIMESTAMP": RunOption.RESUME_PROCESSING_FROM_TIMESTAMP,
    "PROCESS_CHANGES_FROM_POSITION": RunOption.RESUME_PROCESSING_FROM_POSITION,
    "RECOVER_USING_LOCALLY_STORED_CHECKPOINT": RunOption.RECOVER_USING_LOCALLY_STORED_CHECKPOINT,
}


async def cloud(request: web.Request, world: World, entry: Entry) -> web.Response:
    """Answer one request."""
    body = await request.read() if request.can_read_body else b""
    try:
        _must_bear_the_token(request, world)
        return _routed(request, world, entry, body)
    except CloudError as error:
        return _refused(error.status, error.code, error.detail)
    except Refusal as refusal:
        return _refused(400, refusal.code, refusal.message)


def _must_bear_the_token(request: web.Request, world: World) -> None:
    expected = f"Bearer {world.scenario.credentials.api_token}"
    if request.headers.get("Authorization") != expected:
        raise CloudError(401, "UNAUTHORIZED", "The bearer token is missing or wrong.")


def _refused(status: int, code: str, detail: str) -> web.Response:
    error = {"code": code, "title": code.replace("_", " ").capitalize(), "detail": detail}
    return answered({"errors": [error], "traceId": uuid5(NAMESPACE_URL, detail).hex}, status)


def _routed(request: web.Request, world: World, entry: Entry, body: bytes) -> web.Response:
    path = request.path[len(PREFIX) :].rstrip("/")
    for pattern, method, action, answer in _CALLS:
        if found := pattern.fullmatch(path):
            call = CloudCall(world, found.groupdict(), request.query, body)
            _name_in_log(call, entry)
            if request.method != method:
                raise CloudError(405, "METHOD_NOT_ALLOWED", f"Use {method}.")
            entry.action = action
            return answer(call)
    raise CloudError(404, "NOT_FOUND", "There is no such resource.")


def _name_in_log(call: CloudCall, entry: Entry) -> None:
    if "project" in call.ids:
        entry.server = call.server.spec.name
    if "task" in call.ids:
        entry.task = call.task.spec.name


def projects(call: CloudCall) -> web.Response:
    """List the projects, all of them in one space."""
    asked = call.query.get("spaceId", bodies.SPACE)
    shown = call.world.fleet.projects.values() if asked == bodies.SPACE else ()
    return answered({"projects": [bodies.project(server) for server in shown]})


def action_status(call: CloudCall) -> web.Response:
    """Say that an asynchronous action is done; the shape is ours, no source shows it."""
    return answered({"actionId": call.ids["action"], "state": "COMPLETED"})


def data_tasks(call: CloudCall) -> web.Response:
    """List a project's data tasks."""
    return answered({"dataTasks": [bodies.data_task(one) for one in call.server.tasks.values()]})


def data_task(call: CloudCall) -> web.Response:
    """Show one data task."""
    return answered(bodies.data_task(call.task))


def runtime_state(call: CloudCall) -> web.Response:
    """Show how a data task runs."""
    return answered(bodies.runtime_state(call.reachable_task, call.server, call.world.clock))


def datasets(call: CloudCall) -> web.Response:
    """Show the state of a data task's datasets."""
    return answered({"datasets": bodies.datasets(call.reachable_task, call.now)})


def start(call: CloudCall) -> web.Response:
    """Run a task."""
    task, payload = call.reachable_task, call.payload()
    wanted = payload.get("option")
    if wanted is not None and wanted not in _START_OPTIONS:
        raise CloudError(
            400, "INVALID_OPTION", f"option is not one of {', '.join(_START_OPTIONS)}."
        )
    option = _START_OPTIONS.get(wanted or "", RunOption.RESUME_PROCESSING)
    if option.needs_position and not payload.get("processChangesFrom"):
        raise CloudError(400, "INVALID_OPTION", f"{wanted} needs processChangesFrom.")
    call.server.must_be_licensed()
    task.run(call.now, option, _PATIENCE)
    return empty(204)


def stop(call: CloudCall) -> web.Response:
    """Stop a task."""
    call.reachable_task.stop(call.now, _PATIENCE)
    return empty(204)


def request_reload(call: CloudCall) -> web.Response:
    """Ask for a reload, which the next run does."""
    call.task.reload_next = True
    return answered({"success": True})


def asynchronous(call: CloudCall) -> web.Response:
    """Accept an action that runs in the background."""
    return answered({"actionId": f"{call.ids['action']}-{call.ids['task']}"}, 202)


_TASK = r"/(?P<project>[^/]+)/di-tasks/(?P<task>[^/]+)"
_CALLS: tuple[tuple[re.Pattern[str], str, str, Callable[[CloudCall], web.Response]], ...] = (
    (re.compile(""), "GET", "servers", projects),
    (re.compile(r"/actions/(?P<action>[^/]+)"), "GET", "action", action_status),
    (re.compile(r"/(?P<project>[^/]+)/di-tasks"), "GET", "tasks", data_tasks),
    (re.compile(_TASK), "GET", "task", data_task),
    (re.compile(_TASK + "/runtime/state"), "GET", "state", runtime_state),
    (re.compile(_TASK + "/runtime/state/datasets"), "GET", "tables", datasets),
    (re.compile(_TASK + "/runtime/actions/start"), "POST", "run", start),
    (re.compile(_TASK + "/runtime/actions/stop"), "POST", "stop", stop),
    (re.compile(_TASK + "/actions/request-reload"), "POST", "reload", request_reload),
    (
        re.compile(_TASK + "/actions/(?P<action>prepare|validate|recreate-datasets)"),
        "POST",
        "prepare",
        asynchronous,
    ),
)
