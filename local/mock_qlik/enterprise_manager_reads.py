"""Enterprise Manager's reading calls: servers, tasks, endpoints, export."""

import json

from aiohttp import web

from local.mock_qlik import bodies
from local.mock_qlik import task_details as details
from local.mock_qlik.em_call import Call
from local.mock_qlik.responses import answered
from local.mock_qlik.vocabulary import ErrorCode, Refusal


def server_list(call: Call) -> web.Response:
    """Answer GetServerList."""
    servers = call.world.fleet.servers.values()
    return answered({"serverList": [bodies.server_item(one, call.world.clock) for one in servers]})


def server_details(call: Call) -> web.Response:
    """Answer GetServerDetails."""
    world = call.world
    return answered(bodies.server_details(call.server, world.clock, world.scenario.spelling))


def task_list(call: Call) -> web.Response:
    """Answer GetTaskList."""
    spelling = call.world.scenario.spelling
    tasks = call.readable_server.tasks.values()
    return answered({"taskList": [bodies.task_item(one, call.now, spelling) for one in tasks]})


def task_details(call: Call) -> web.Response:
    """Answer GetTaskDetails."""
    world = call.world
    return answered(details.task_details(call.task, world.clock, world.scenario.spelling))


def endpoint_list(call: Call) -> web.Response:
    """Answer GetEndpointList."""
    found = call.readable_server.endpoints().values()
    return answered(
        {
            "endpointList": [
                {
                    "name": endpoint.name,
                    "description": "",
                    "role": role,
                    "type": endpoint.type,
                    "is_licensed": True,
                }
                for endpoint, role in found
            ]
        }
    )


def test_endpoint(call: Call) -> web.Response:
    """Answer TestEndpoint."""
    found = call.readable_server.endpoints().get(call.parts[3])
    if found is None:
        raise Refusal(
            ErrorCode.AEM_ENDPOINT_NOT_FOUND, f"Endpoint {call.parts[3]!r} was not found."
        )
    endpoint, _role = found
    return answered(
        {
            "status": endpoint.status,
            "message": endpoint.message,
            "detailed_message": endpoint.message,
        }
    )


def export_task(call: Call) -> web.Response:
    """Answer ExportTask: JSON, behind a comment line that clients have to take off."""
    spec = call.task.spec
    replication: dict[str, object] = {
        "tasks": [{"task": {"name": spec.name, "description": spec.description}}]
    }
    if call.query.get("withendpoints", "").lower() == "true":
        endpoints = (spec.source_endpoint, spec.target_endpoint)
        replication["databases"] = [{"name": one.name, "type_id": one.type} for one in endpoints]
    text = json.dumps({"cmd": {"replication_definition": replication}})
    host = f"// Host name: {call.server_name}, time: {call.world.clock.date()}\n"
    comment = host if call.world.scenario.spelling.export_comment else ""
    return web.Response(
        body=(comment + text).encode(), headers={"Content-Type": "application/octet-stream"}
    )
