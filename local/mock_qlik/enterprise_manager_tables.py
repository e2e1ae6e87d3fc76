"""Enterprise Manager's calls about a task's tables.

No source shows the shape of the table lists; this one is ours: schema, table and state.
"""

from fnmatch import fnmatchcase

from aiohttp import web

from local.mock_qlik.em_call import Call, malformed
from local.mock_qlik.responses import answered, empty
from local.mock_qlik.vocabulary import ErrorCode, Refusal

SCHEMA = "SALES"


def table_list(call: Call) -> web.Response:
    """Answer GetTableList and GetTableStatuses; queued and loading tables are never there."""
    task = call.task
    suspended = task.suspended(call.now)
    states = {
        table: "error" if table in suspended else "change_processing" for table in task.tables
    }
    shown = [
        {"schema": SCHEMA, "table": table, "state": state}
        for table, state in states.items()
        if _wanted(call, table, state)
    ]
    return answered({"tableList": shown})


def _wanted(call: Call, table: str, state: str) -> bool:
    # Releases differ in the wildcard: `*` in older ones, `%` in newer.
    patterns = {"schema": SCHEMA, "table": table}
    for name, value in patterns.items():
        pattern = call.query.get(name, "*").replace("%", "*")
        if not fnmatchcase(value, pattern):
            return False
    flag = "include" + state.replace("_", "")
    return call.query.get(flag, "true").lower() != "false"


def reload_table(call: Call) -> web.Response:
    """Answer ReloadTable: only a running task with full load can do it."""
    task = call.task
    if not task.spec.full_load_enabled:
        raise Refusal(ErrorCode.AEM_INVALID_TASK_NOT_FL, "The task is not a full load task.")
    return _mended(call)


def resume_table(call: Call) -> web.Response:
    """Answer ResumeTable (UnsuspendTable)."""
    return _mended(call)


def _mended(call: Call) -> web.Response:
    task, table = call.task, call.query.get("table", "")
    if table not in task.tables or call.query.get("schema") != SCHEMA:
        raise malformed("schema= and table= must name a table of the task; case matters.")
    if not task.actual(call.now).symptoms.state.active:
        raise Refusal(ErrorCode.AEM_RELOAD_TABLE_ERR, "The task is not running.")
    task.mend_table(call.now, table)
    return empty()
