import json
from typing import Any

import pytest

from tests.contract.mock_qlik.conftest import Start

INTEGER_GROUPS = {
    "cdc_event_counters": 4,
    "full_load_counters": 6,
    "full_load_throughput": 4,
    "cdc_transactions_counters": 13,
}


def test_the_server_list_is_camel_case_compact_and_typed(start: Start) -> None:
    answer = start().call("GET", "/servers")

    [server] = answer.json()["serverList"]
    assert server["name"] == "Local Server"
    assert server["$type"] == "ReplicateServerInfo"
    assert (server["state"], server["port"], server["message"]) == ("MONITORED", "443", "")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache, no-store"
    assert answer.headers["Server"] == "Microsoft-HTTPAPI/2.0"
    assert b": " not in answer.body


def test_server_details_are_wrapped_in_snake_case(start: Start) -> None:
    client = start({"name": "A"}, {"name": "B", "kind": "aborted"})

    details = client.call("GET", "/servers/Local%2520Server").json()["server_details"]

    assert details["configuration"]["user_name"]
    assert details["license"]["state"] == "VALID_LICENSE"
    assert isinstance(details["license"]["days_to_expiration"], int)
    assert details["task_summary"] == {
        "total": 2,
        "running": 1,
        "stopped": 0,
        "recovering": 0,
        "error": 1,
    }
    assert set(details["resource_utilization"]) == {
        "disk_usage_mb",
        "memory_mb",
        "attunity_cpu_percentage",
        "machine_cpu_percentage",
    }


def test_the_task_list_has_stop_reason_and_no_latency(start: Start) -> None:
    client = start({"name": "A", "kind": "aborted", "message": "Boom", "tags": ["gold"]})

    answer = client.call("GET", "/servers/Local%2520Server/tasks")

    assert answer.json() == {
        "taskList": [
            {
                "name": "A",
                "state": "ERROR",
                "stop_reason": "FATAL_ERROR",
                "message": "Boom",
                "assigned_tags": ["gold"],
            }
        ]
    }


def test_task_details_are_not_wrapped_and_spelled_as_on_the_wire(start: Start) -> None:
    details = start({"name": "A", "tags": ["gold"]}).details("A")

    assert (details["state"], details["task_stop_reason"], details["message"]) == (
        "RUNNING",
        "NONE",
        "",
    )
    assert "stop_reason" not in details
    assert "applied_comitted_transaction_count" in details["cdc_transactions_counters"]
    assert details["source_endpoint"] == {"name": "SRC", "type": "ORACLE"}
    assert set(details["options"]) == {
        "full_load_enabled",
        "apply_changes_enabled",
        "store_changes_enabled",
        "audit_changes_enabled",
    }
    for latency in details["cdc_latency"].values():
        assert [len(part) for part in latency.split(":")] == [2, 2, 2]
    for name in ("memory_mb", "disk_usage_mb", "cpu_percentage", "data_error_count"):
        assert isinstance(details[name], int)
    assert {"profile", "log_stream_staging", "full_load_start", "full_load_end"} < set(details)
    assert details["assigned_tags"] == ["gold"]


@pytest.mark.parametrize(("group", "size"), INTEGER_GROUPS.items(), ids=INTEGER_GROUPS.keys())
def test_counters_are_plain_integers(start: Start, group: str, size: int) -> None:
    counters = start({"name": "A"}).details("A")[group]

    assert len(counters) == size
    assert all(type(value) is int for value in counters.values())


def test_change_throughput_is_nested_where_full_load_throughput_is_flat(start: Start) -> None:
    details = start({"name": "A"}).details("A")

    assert set(details["cdc_throughput"]) == set(details["full_load_throughput"])
    assert all(set(value) == {"current"} for value in details["cdc_throughput"].values())


@pytest.mark.parametrize(
    "path",
    [
        "/servers/Local%2520Server/tasks/My%2520Task%252FA",
        "/servers/Local%20Server/tasks/My%20Task%2FA",
        "/servers/Local%2520Server/tasks/My%2520Task%252FA/",
        "/servers/local%20server/tasks/my%20task%2Fa/?",
    ],
    ids=["encoded twice", "encoded once", "slash at the end", "other case"],
)
def test_names_are_found_however_they_are_encoded(start: Start, path: str) -> None:
    answer = start({"name": "My Task/A"}).call("GET", path)

    assert answer.json()["name"] == "My Task/A"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/servers/Nowhere", "AEM_SERVER_NOT_FOUND"),
        ("/servers/Nowhere/tasks", "AEM_SERVER_NOT_FOUND"),
        ("/servers/Local%20Server/tasks/Nothing", "AEM_TASK_NOT_FOUND"),
    ],
)
def test_what_is_not_there_has_a_code_and_a_message(start: Start, path: str, code: str) -> None:
    answer = start().call("GET", path)

    assert answer.status == 500
    assert set(answer.json()) == {"error_code", "error_message"}
    assert answer.error_code == code


def test_a_path_that_is_no_call_is_404(start: Start) -> None:
    assert start().call("GET", "/planets").status == 404


UNREADABLE = {
    "not monitored": ({"state": "NOT_MONITORED"}, "NOT_MONITORED", "AEM_SERVER_NOT_MONITORED"),
    "not connected": (
        {"state": "NOT_CONNECTED", "message": "The connection was lost"},
        "NOT_CONNECTED",
        "AEM_SERVER_NOT_CONNECTED",
    ),
    "unreachable": (
        {"state": "ERROR", "message": "No route to host"},
        "ERROR",
        "AEM_SERVER_NOT_CONNECTED",
    ),
    "monitored but not connected": (
        {"refuses_with": "AEM_SERVER_NOT_CONNECTED"},
        "MONITORED",
        "AEM_SERVER_NOT_CONNECTED",
    ),
}


@pytest.mark.parametrize(("server", "state", "code"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_tasks_of_an_unreadable_server_are_refused(
    start: Start, server: dict[str, Any], state: str, code: str
) -> None:
    client = start(servers=[{"name": "S", "tasks": [{"name": "T"}]} | server])

    [listed] = client.call("GET", "/servers").json()["serverList"]

    assert (listed["state"], listed["message"]) == (state, server.get("message", ""))
    for method, path in [
        ("GET", "/servers/S/tasks"),
        ("GET", "/servers/S/tasks/T"),
        ("POST", "/servers/S/tasks/T?action=stop"),
    ]:
        assert client.call(method, path).error_code == code
    assert client.call("GET", "/servers/S").status == 200


def test_a_server_goes_away_and_comes_back(start: Start) -> None:
    outage = {"state": "ERROR", "onset_seconds": 60, "lasts_seconds": 60}
    client = start(servers=[{"name": "S"} | outage])

    statuses = []
    for pause in (0, 60, 60):
        client.qlik.control.advance(pause)
        statuses.append(client.call("GET", "/servers/S/tasks").status)

    assert statuses == [200, 500, 200]


@pytest.mark.parametrize(
    ("spelling", "path", "found"),
    [
        ({"recovery": "RECOVERING"}, "/tasks/T", ["state"]),
        ({"task_wrapper": True, "recovery": "RECOVERING"}, "/tasks/T", ["task", "state"]),
        ({"server_details": "serverDetails", "license": "LICENSE_VALID"}, "", None),
        ({"details_type": "type"}, "/tasks/T", None),
    ],
    ids=["RECOVERING", "task wrapper", "server details and licence", "type"],
)
def test_the_scenario_chooses_disputed_spellings(
    start: Start, spelling: dict[str, Any], path: str, found: list[str] | None
) -> None:
    task = {"name": "T", "kind": "recovery_lasts"}
    body = start(task, spelling=spelling).call("GET", "/servers/Local%20Server" + path).json()

    if found:
        for key in found:
            body = body[key]
        assert body == "RECOVERING"
    elif path:
        assert body["type"] == "AemReplicateTaskInfoDetailed"
    else:
        assert body["serverDetails"]["license"]["state"] == "LICENSE_VALID"


def test_a_server_out_of_licence_says_so(start: Start) -> None:
    client = start({"name": "T", "kind": "licence"})

    details = client.call("GET", "/servers/Local%20Server").json()["server_details"]

    assert details["license"]["state"] == "EXPIRED_LICENSE"
    assert details["license"]["days_to_expiration"] < 0


def test_endpoints_are_listed_and_tested(start: Start) -> None:
    broken = {"name": "DWH", "type": "SNOWFLAKE", "status": "ERROR", "message": "No login"}
    client = start({"name": "T", "target_endpoint": broken})

    listed = client.call("GET", "/servers/Local%20Server/endpoints").json()["endpointList"]
    tested = [
        client.call("GET", f"/servers/Local%20Server/endpoints/{one['name']}/?action=test").json()
        for one in listed
    ]

    assert [(one["name"], one["role"]) for one in listed] == [("SRC", "SOURCE"), ("DWH", "TARGET")]
    assert [one["status"] for one in tested] == ["CONNECTED", "ERROR"]
    assert tested[1]["message"] == "No login"


@pytest.mark.parametrize("comment", [True, False])
def test_an_export_may_begin_with_a_comment_line(start: Start, comment: bool) -> None:
    client = start({"name": "T"}, spelling={"export_comment": comment})

    text = client.call(
        "GET", client.task_path("T") + "?action=export&withendpoints=true"
    ).body.decode()

    assert text.startswith("//") is comment
    definition = json.loads(text.splitlines()[-1])["cmd"]["replication_definition"]
    assert definition["tasks"][0]["task"]["name"] == "T"
    assert [one["name"] for one in definition["databases"]] == ["SRC", "TGT"]
