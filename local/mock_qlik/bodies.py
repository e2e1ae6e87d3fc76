"""The bodies of Enterprise Manager's responses, spelled as the wire spells them."""

from typing import Any

from local.mock_qlik.clock import Clock
from local.mock_qlik.fleet import SimulatedServer
from local.mock_qlik.scenario_parts import LicenseSpec, Spelling
from local.mock_qlik.task import SimulatedTask
from local.mock_qlik.vocabulary import LicenseState, ServerState, TaskState

type Body = dict[str, Any]

_REST_PAGE_LICENSES = {
    LicenseState.VALID_LICENSE: "LICENSE_VALID",
    LicenseState.INVALID_LICENSE_CHECKSUM: "LICENSE_INVALID_CHECKSUM",
    LicenseState.EXPIRED_LICENSE: "LICENSE_EXPIRED",
}


def spelled(state: TaskState, spelling: Spelling) -> str:
    """Write a task's state; sources disagree on how RECOVERY is written."""
    return spelling.recovery if state is TaskState.RECOVERY else state


def server_item(server: SimulatedServer, clock: Clock) -> Body:
    """Describe a server as GetServerList does."""
    now, spec = clock.now(), server.spec
    return {
        "$type": "ReplicateServerInfo",
        "name": spec.name,
        "description": spec.description,
        "host": _host(server),
        "port": "443",
        "state": server.state(now),
        "message": server.message(now),
        "platform": "LINUX",
        "version": spec.version,
        "last_connection": _last_connection(server, clock),
    }


def server_details(server: SimulatedServer, clock: Clock, spelling: Spelling) -> Body:
    """Describe a server as GetServerDetails does, in its wrapper."""
    now, spec = clock.now(), server.spec
    body = {
        "$type": "ReplicateServerDetails",
        "name": spec.name,
        "description": spec.description,
        "configuration": {
            "host": _host(server),
            "platform": "LINUX",
            "port": "443",
            spelling.user_name: "qem",
        },
        "state": server.state(now),
        "message": server.message(now),
        "version": spec.version,
        "license": _license(spec.licence, spelling),
        "last_connection": _last_connection(server, clock),
        "task_summary": _summary(server, now),
        "resource_utilization": _resources(server, now),
    }
    return {spelling.server_details: body}


def task_item(task: SimulatedTask, now: float, spelling: Spelling) -> Body:
    """Describe a task as GetTaskList does: here it is `stop_reason`."""
    symptoms = task.visible(now).symptoms
    return {
        "name": task.spec.name,
        "state": spelled(symptoms.state, spelling),
        "stop_reason": symptoms.stop_reason,
        "message": symptoms.message,
        "assigned_tags": task.spec.tags,
    }


def _host(server: SimulatedServer) -> str:
    return f"{server.spec.name.lower().replace(' ', '-')}.example"


def _license(license: LicenseSpec, spelling: Spelling) -> Body:
    state: str = license.state
    if spelling.license == "LICENSE_VALID":
        state = _REST_PAGE_LICENSES.get(license.state, state)
    return license.model_dump() | {"state": state}


def _last_connection(server: SimulatedServer, clock: Clock) -> str:
    monitored = server.state(clock.now()) is ServerState.MONITORED
    return clock.date(None if monitored else server.spec.onset_seconds)


def _summary(server: SimulatedServer, now: float) -> Body:
    readable = server.state(now) is ServerState.MONITORED
    count = server.summary(now) if readable else {}
    return {
        "total": sum(count.values()),
        "running": count.get(TaskState.RUNNING, 0),
        "stopped": count.get(TaskState.STOPPED, 0),
        "recovering": count.get(TaskState.RECOVERY, 0),
        "error": count.get(TaskState.ERROR, 0),
    }


def _resources(server: SimulatedServer, now: float) -> Body:
    running = _summary(server, now)["running"]
    return {
        "disk_usage_mb": server.spec.disk_usage_mb,
        "memory_mb": 512 + 180 * running,
        "attunity_cpu_percentage": min(90, running),
        "machine_cpu_percentage": min(95, 5 + running),
    }
