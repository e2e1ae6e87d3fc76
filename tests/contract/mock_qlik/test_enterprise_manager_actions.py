import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.contract.mock_qlik.conftest import Start
from tests.contract.mock_qlik.vendor_client import (
    PREFIX,
    SESSION,
    VendorClient,
    applied,
    total_latency,
)


def test_stop_answers_exactly_as_documented(start: Start) -> None:
    answer = start({"name": "T"}).stop("T")

    assert answer.status == 200
    assert answer.body == b'{"state":"STOPPED","error_message":""}'
    assert answer.headers["Content-Length"] == "38"


def test_run_answers_with_the_state_that_the_task_came_to(start: Start) -> None:
    client = start({"name": "T", "kind": "aborted"})

    assert client.run("T").json() == {"state": "RUNNING", "error_message": ""}


@pytest.mark.parametrize("slash", ["", "/"], ids=["?action=", "/?action="])
@pytest.mark.parametrize(
    "path",
    [
        "/servers/Local%2520Server/tasks/My%2520Task%252FA",
        "/servers/Local%20Server/tasks/My%20Task%2FA",
    ],
    ids=["quoted twice", "quoted once"],
)
def test_the_forms_that_vendors_and_exporters_use_reach_the_task(
    start: Start, path: str, slash: str
) -> None:
    client = start({"name": "My Task/A"}, stale_seconds=0)

    stopped = client.call("POST", f"{path}{slash}?action=stop&timeout=60")
    run = client.call("POST", f"{path}{slash}?action=run&option=RESUME_PROCESSING&timeout=60")

    assert (stopped.status, stopped.json()["state"]) == (200, "STOPPED")
    assert (run.status, run.json()["state"]) == (200, "RUNNING")
    told = client.qlik.control.task("Local Server", "My Task/A")
    assert (told["stops"], told["runs"]) == (1, 1)
    logged = client.qlik.control.requests(method="POST")
    assert [(one.action, one.task) for one in logged] == [
        ("stop", "My Task/A"),
        ("run", "My Task/A"),
    ]


def test_a_run_that_fails_at_once_is_200_with_the_error(start: Start) -> None:
    client = start(
        {
            "name": "T",
            "kind": "aborted_again",
            "message": "Position lost",
            "fails_again_after_seconds": 0,
        }
    )

    answer = client.run("T")

    assert answer.status == 200
    assert answer.json() == {"state": "ERROR", "error_message": "Position lost"}


@pytest.mark.parametrize("kind", ["healthy", "stuck", "recovery_lasts"])
def test_a_task_that_is_active_is_not_run(start: Start, kind: str) -> None:
    client = start({"name": "T", "kind": kind})

    assert client.run("T").error_code == "AEM_TASK_ALREADY_RUNNING"
    assert client.qlik.control.task("Local Server", "T")["runs"] == 0


def test_a_run_under_a_name_of_the_wrong_case_retries_for_ever(start: Start) -> None:
    client = start({"name": "Orders", "kind": "aborted"}, stale_seconds=0)

    assert client.run("ORDERS").json()["state"] == "RECOVERY"
    client.qlik.control.advance(250)
    assert client.details("Orders")["state"] == "RECOVERY"
    client.stop("Orders")
    assert client.run("Orders").json()["state"] == "RUNNING"


@pytest.mark.parametrize("kind", ["stopped_by_person", "aborted", "low_disk"])
def test_a_task_that_is_down_is_not_stopped(start: Start, kind: str) -> None:
    client = start({"name": "T", "kind": kind})

    assert client.stop("T").error_code == "AEM_TASK_ALREADY_STOPPED"


@pytest.mark.parametrize("action", ["run&option=RESUME_PROCESSING", "stop"])
def test_actions_are_refused_to_get(start: Start, action: str) -> None:
    client = start({"name": "T", "kind": "aborted"})

    answer = client.call("GET", f"{client.task_path('T')}?action={action}")

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert client.qlik.control.task("Local Server", "T")["commands"] == []


def test_an_action_without_content_length_is_refused(start: Start) -> None:
    client = start({"name": "T"})
    where = urlsplit(client.qlik.url)
    request = (
        f"POST {PREFIX}{client.task_path('T')}?action=stop HTTP/1.1\r\nHost: qlik\r\n"
        f"{SESSION}: {client.headers[SESSION]}\r\nConnection: close\r\n\r\n"
    )

    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        connection.sendall(request.encode())
        status_line = connection.makefile().readline()

    assert " 411 " in status_line


@pytest.mark.parametrize("option", ["", "NONE", "RESTART"])
def test_an_unknown_option_is_refused(start: Start, option: str) -> None:
    answer = start({"name": "T", "kind": "aborted"}).run("T", option)

    assert answer.error_code == "DESERIALIZE_TO_TYPE"


@pytest.mark.parametrize(
    "option",
    [
        "RESUME_PROCESSING_FROM_TIMESTAMP",
        "RESUME_PROCESSING_FROM_POSITION",
        "RECOVER_USING_CHECKPOINT_STORED_ON_TARGET",
    ],
)
def test_options_that_need_a_position_are_refused_without(start: Start, option: str) -> None:
    client = start({"name": "T", "kind": "aborted"})
    body = {"$type": "AemRunTaskReq", "cdcposition": "2017-03-07T11:19:03"}

    assert client.run("T", option).error_code == "DESERIALIZE_TO_TYPE"
    assert client.run("T", option, '{"cdcposition":null}').error_code == "DESERIALIZE_TO_TYPE"
    assert client.run("T", option, json.dumps(body)).status == 200


@pytest.mark.parametrize("body", ['{"$type":"X","cdcposition":null}', "{}", ""])
def test_a_resume_takes_any_json_body(start: Start, body: str) -> None:
    assert start({"name": "T", "kind": "aborted"}).run("T", body=body).status == 200


@pytest.mark.parametrize("body", ["{", "[]", "text"])
def test_a_body_that_is_no_object_is_refused(start: Start, body: str) -> None:
    answer = start({"name": "T", "kind": "aborted"}).run("T", body=body)

    assert answer.error_code == "DESERIALIZE_TO_TYPE"


def test_a_slow_stop_times_out_and_goes_on(start: Start) -> None:
    client = start({"name": "T", "stop_takes_seconds": 90, "stale_seconds": 0})

    assert client.stop("T", timeout=60).error_code == "AEM_STOP_TASK_TIMEOUT"
    assert client.details("T")["state"] == "RUNNING"
    client.qlik.control.advance(91)
    assert client.details("T")["state"] == "STOPPED"


def test_a_stop_that_hangs_never_stops(start: Start) -> None:
    client = start({"name": "T", "stop_takes_seconds": float("inf"), "stale_seconds": 0})

    assert client.stop("T").error_code == "AEM_STOP_TASK_TIMEOUT"
    client.qlik.control.advance(200)
    assert client.details("T")["state"] == "RUNNING"


def test_a_slow_run_times_out_and_goes_on(start: Start) -> None:
    client = start(
        {
            "name": "T",
            "kind": "aborted",
            "run_takes_seconds": 90,
            "stale_seconds": 0,
        }
    )

    assert client.run("T").error_code == "AEM_RUN_TASK_TIMEOUT"
    assert client.run("T").error_code == "AEM_TASK_ALREADY_RUNNING"
    client.qlik.control.advance(91)
    assert client.details("T")["state"] == "RUNNING"


def test_readings_are_stale_for_some_seconds_after_an_action(start: Start) -> None:
    client = start({"name": "T", "kind": "aborted"}, stale_seconds=10)

    client.run("T")

    states = []
    for pause in (0, 9, 2):
        client.qlik.control.advance(pause)
        states.append(client.details("T")["state"])
    assert states == ["ERROR", "ERROR", "RUNNING"]


def test_a_stop_in_a_stale_reading_is_judged_by_the_truth(start: Start) -> None:
    client = start({"name": "T"}, stale_seconds=10)
    client.stop("T")

    assert client.details("T")["state"] == "RUNNING"
    assert client.stop("T").error_code == "AEM_TASK_ALREADY_STOPPED"
    assert client.run("T").status == 200


def test_a_stopped_task_uses_no_memory_and_keeps_its_counters(start: Start) -> None:
    client = start({"name": "T"}, stale_seconds=0)
    before = client.details("T")

    client.stop("T")
    after = client.details("T")

    assert (after["state"], after["task_stop_reason"]) == ("STOPPED", "NORMAL")
    assert (before["memory_mb"] > 0, after["memory_mb"]) == (True, 0)
    assert applied(after) == applied(before)
    assert total_latency(after) == 0


def test_a_resume_sets_counters_back_and_drains_what_piled_up(start: Start) -> None:
    client = start({"name": "T", "kind": "aborted", "onset_seconds": -600}, stale_seconds=0)
    before = client.details("T")
    client.run("T")

    latencies, counts = [], []
    for pause in (1, 60, 60):
        client.qlik.control.advance(pause)
        latencies.append(total_latency(client.details("T")))
        counts.append(applied(client.details("T")))

    assert applied(before) > counts[-1] > counts[0]
    assert 590 < latencies[0] < 610
    assert latencies[2] < 10


def test_a_reload_loads_all_tables_before_changes_go_on(start: Start) -> None:
    client = start({"name": "T", "kind": "aborted_again", "tables": 4}, stale_seconds=0)

    client.run("T", "RELOAD_TARGET")
    client.qlik.control.advance(60)
    during = client.details("T")
    client.qlik.control.advance(100)
    after = client.details("T")

    assert during["full_load_completed"] is False
    assert during["full_load_counters"]["tables_completed_count"] == 2
    assert during["full_load_counters"]["tables_loading_count"] == 1
    assert during["full_load_throughput"]["target_throughput_records_count"] > 0
    assert (after["state"], after["full_load_completed"]) == ("RUNNING", True)


def tables_in_state(client: VendorClient, flags: str = "") -> dict[str, str]:
    path = f"{client.task_path('T')}/tables?action=getstatus{flags}"
    listed = client.call("GET", path).json()["tableList"]
    return {one["table"]: one["state"] for one in listed}


@pytest.mark.parametrize("action", ["reload", "Resume"])
def test_a_suspended_table_is_taken_up_again(start: Start, action: str) -> None:
    client = start({"name": "T", "kind": "suspended_table", "tables": 2})
    assert tables_in_state(client, "&includechangeprocessing=false") == {"TABLE_001": "error"}

    answer = client.call(
        "POST", f"{client.task_path('T')}/tables?action={action}&schema=SALES&table=TABLE_001"
    )

    assert (answer.status, answer.body) == (200, b"")
    assert set(tables_in_state(client).values()) == {"change_processing"}
    assert client.details("T")["full_load_counters"]["tables_with_error_count"] == 0


def test_a_table_of_a_task_without_full_load_is_not_reloaded(start: Start) -> None:
    client = start({"name": "T", "full_load_enabled": False})

    answer = client.call(
        "POST", f"{client.task_path('T')}/tables?action=reload&schema=SALES&table=TABLE_001"
    )

    assert (answer.status, answer.error_code) == (500, "AEM_INVALID_TASK_NOT_FL")


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("EXPIRED_LICENSE", "AEM_SERVER_LICENSE_EXPIRED"),
        ("INVALID_LICENSE", "AEM_SERVER_INVALID_LICENSE"),
    ],
)
def test_without_a_licence_nothing_is_run(start: Start, state: str, code: str) -> None:
    task = {"name": "T", "kind": "licence"}
    server = {"name": "Local Server", "license": {"state": state}, "tasks": [task]}

    assert start(servers=[server]).run("T").error_code == code


def test_commands_are_counted_with_what_was_refused(start: Start) -> None:
    client = start({"name": "T"})
    client.run("T")
    client.stop("T")
    client.run("T")

    told = client.qlik.control.task("Local Server", "T")

    assert (told["runs"], told["stops"]) == (1, 1)
    assert [one["refused"] for one in told["commands"]] == ["AEM_TASK_ALREADY_RUNNING", "", ""]
