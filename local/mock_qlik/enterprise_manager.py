"""Enterprise Manager's REST API: finds the call that a request means, behind login and licence."""

from collections.abc import Callable, Mapping

from aiohttp import web

from local.mock_qlik import enterprise_manager_reads as reads
from local.mock_qlik import enterprise_manager_tables as tables
from local.mock_qlik import enterprise_manager_tasks as tasks
from local.mock_qlik.em_call import Call
from local.mock_qlik.request_log import Entry
from local.mock_qlik.responses import answered, empty, parts_of
from local.mock_qlik.sessions import may_log_in
from local.mock_qlik.vocabulary import ErrorCode, Refusal
from local.mock_qlik.world import World

PREFIX = "/attunityenterprisemanager/api/v1/"
SESSION = "EnterpriseManager.APISessionID"

type Answer = Callable[[Call], web.Response]

_TASK = "servers/*/tasks/*"
# What a path's shape and its `action=` mean: the method, the name in the log, the answer.
_CALLS: Mapping[tuple[str, str], tuple[str, str, Answer]] = {
    ("servers", ""): ("GET", "servers", reads.server_list),
    ("servers/*", ""): ("GET", "server", reads.server_details),
    ("servers/*/tasks", ""): ("GET", "tasks", reads.task_list),
    (_TASK, ""): ("GET", "task", reads.task_details),
    (_TASK, "export"): ("GET", "export", reads.export_task),
    (_TASK, "run"): ("POST", "run", tasks.run_task),
    (_TASK, "stop"): ("POST", "stop", tasks.stop_task),
    (f"{_TASK}/tables", ""): ("GET", "tables", tables.table_list),
    (f"{_TASK}/tables", "getstatus"): ("GET", "table_status", tables.table_list),
    (f"{_TASK}/tables", "reload"): ("POST", "reload_table", tables.reload_table),
    (f"{_TASK}/tables", "resume"): ("POST", "resume_table", tables.resume_table),
    ("servers/*/endpoints", ""): ("GET", "endpoints", reads.endpoint_list),
    ("servers/*/endpoints/*", "test"): ("GET", "test_endpoint", reads.test_endpoint),
}
_STATUSES: Mapping[ErrorCode, int] = {
    ErrorCode.UNAUTHORIZED_REQUEST: 401,
    ErrorCode.DESERIALIZE_TO_TYPE: 400,
}


async def enterprise_manager(request: web.Request, world: World, entry: Entry) -> web.Response:
    """Answer one request."""
    body = await request.read() if request.can_read_body else b""
    parts = parts_of(request.rel_url.raw_path[len(PREFIX) :])
    call = Call(
        world=world,
        method=request.method,
        parts=parts,
        query={name.lower(): value for name, value in request.query.items()},
        body=body,
        says_its_length="Content-Length" in request.headers
        or "Transfer-Encoding" in request.headers,
    )
    entry.server, entry.task = call.server_name, call.task_name
    try:
        return _answer(request, call, entry)
    except Refusal as refusal:
        return _refused(refusal, world)


def _answer(request: web.Request, call: Call, entry: Entry) -> web.Response:
    if call.shape == "login":
        entry.action = "login"
        return _login(request, call.world)
    session = request.headers.get(SESSION, "")
    if not call.world.sessions.renew(session):
        raise Refusal(ErrorCode.INVALID_SESSION_ID, "The session ID is invalid or has expired.")
    if call.shape == "logout":
        entry.action = "logout"
        call.world.sessions.end(session)
        return empty()
    if not call.world.scenario.licensed:
        raise Refusal(ErrorCode.LICENSE_NOT_FOUND, "A Replication Management license is required.")
    return _routed(call, entry)


def _login(request: web.Request, world: World) -> web.Response:
    if request.method not in {"GET", "POST"}:
        return empty(405, Allow="GET, POST")
    if not may_log_in(request.headers.get("Authorization", ""), world.scenario.credentials):
        raise Refusal(ErrorCode.UNAUTHORIZED_REQUEST, "The user name or password is incorrect.")
    return empty(200, **{SESSION: world.sessions.begin()})


def _routed(call: Call, entry: Entry) -> web.Response:
    found = _CALLS.get((call.shape, call.action))
    if found is None:
        return empty(404)
    method, entry.action, answer = found
    if call.method != method:
        return empty(405, Allow=method)
    if method == "POST" and not call.says_its_length:
        return empty(411)
    return answer(call)


def _refused(refusal: Refusal, world: World) -> web.Response:
    spelling = world.scenario.spelling
    # Sources show no status but 500 for an AEM code; so that is what the others get.
    status = _STATUSES.get(refusal.code, 500)
    if refusal.code is ErrorCode.INVALID_SESSION_ID:
        status = spelling.invalid_session_status
    return answered(
        {"error_code": refusal.code, "error_message": refusal.message},
        spelling.statuses.get(refusal.code, status),
    )
