import json
from typing import Any

import pytest

from local.mock_qlik.server import MockQlik
from tests.integration.monitor.running import HEALTHY, Monitor, a_fleet

TASK_KEYS = [
    "server",
    "task",
    "state",
    "stop_reason",
    "source_latency_seconds",
    "total_latency_seconds",
    "anomalies",
]


def test_the_object_has_exactly_the_agreed_keys(monitor: Monitor) -> None:
    fleet = a_fleet({"kind": "aborted"}, {"kind": "idle"})
    fleet["servers"].append({"name": "X", "state": "ERROR", "message": "lost"})
    with MockQlik(fleet) as qlik:
        ran = monitor(qlik.url, "--json")

    assert list(ran.json) == ["tasks", "unread"]
    ill, idle = ran.json["tasks"]
    assert list(ill) == list(idle) == TASK_KEYS
    assert (ill["server"], ill["task"]) == ("S", "T1")
    assert (ill["state"], ill["stop_reason"]) == ("ERROR", "FATAL_ERROR")
    assert ill["anomalies"] == [
        {"kind": "aborted", "severity": "critical", "summary": "stopped by an error"}
    ]
    assert idle["total_latency_seconds"] == 0
    assert idle["anomalies"] == []
    assert ran.json["unread"] == [
        {"server": "X", "task": None, "error": "its state is ERROR: lost"}
    ]


def test_a_number_that_is_unknown_is_null(monitor: Monitor) -> None:
    with MockQlik(HEALTHY) as qlik:
        qlik.control.add_fault(kind="status", status=403, path=r"/tasks/T\?")
        ran = monitor(qlik.url, "--json")

    task = ran.json["tasks"][0]
    assert (task["task"], task["state"]) == ("T", "RUNNING")
    assert task["source_latency_seconds"] is None
    assert task["total_latency_seconds"] is None
    assert [(one["server"], one["task"]) for one in ran.json["unread"]] == [("S", "T")]
    assert ran.code == 2


def test_a_task_whose_details_were_not_read_never_looks_healthy(monitor: Monitor) -> None:
    with MockQlik(a_fleet({}, {"kind": "aborted"}, {})) as qlik:
        qlik.control.add_fault(kind="status", status=403, path=r"/tasks/T[12]$")
        ran = monitor(qlik.url, "--json")

    assert ran.kinds("T1") == ["unknown"]
    assert ran.kinds("T2") == ["aborted"]
    assert ran.kinds("T3") == []


@pytest.mark.parametrize(
    "server",
    [
        {"state": "NOT_CONNECTED"},
        {"state": "ERROR"},
        {"refuses_with": "AEM_SERVER_NOT_CONNECTED"},
        {"state": "ERROR", "refuses_with": "AEM_SERVER_NOT_CONNECTED"},
    ],
    ids=str,
)
def test_a_server_that_cannot_be_read_is_unread_once(
    server: dict[str, Any], monitor: Monitor
) -> None:
    with MockQlik(a_fleet({}, {}, **server)) as qlik:
        ran = monitor(qlik.url, "--json")

    assert [(one["server"], one["task"]) for one in ran.json["unread"]] == [("S", None)]
    assert ran.json["tasks"] == []
    assert ran.code == 2


@pytest.mark.parametrize("state", ["NOT_CONNECTED", "ERROR", "DREAMING"])
def test_every_state_but_monitored_and_not_monitored_is_unread(
    state: str, monitor: Monitor
) -> None:
    servers = [{"name": "S", "state": state}, {"name": "N", "state": "NOT_MONITORED"}]
    with MockQlik({}) as qlik:
        body = json.dumps({"serverList": servers})
        qlik.control.add_fault(kind="malformed", path=r"/servers(\?|$)", body=body)
        ran = monitor(qlik.url, "--json")

    assert [(one["server"], one["task"]) for one in ran.json["unread"]] == [("S", None)]
    assert ran.code == 2


def test_a_server_that_was_taken_out_of_monitoring_is_neither_ill_nor_unread(
    monitor: Monitor,
) -> None:
    fleet = {"servers": [*HEALTHY["servers"], {"name": "N", "state": "NOT_MONITORED"}]}
    with MockQlik(fleet) as qlik:
        ran = monitor(qlik.url, "--json")
        shown = monitor(qlik.url)

    assert (ran.code, ran.json["unread"]) == (0, [])
    assert "not read: N" in shown.out


def test_a_task_stopped_by_its_server_shows_why_at_the_task(monitor: Monitor) -> None:
    with MockQlik(a_fleet({"kind": "low_disk"}, {})) as qlik:
        ran = monitor(qlik.url, "--json")

    assert ran.kinds("T1") == ["low_disk"]
    assert ran.kinds("T2") == []
    assert ran.code == 1


def test_an_expired_licence_of_a_server_is_ill_and_told_beside_the_object(
    monitor: Monitor,
) -> None:
    with MockQlik(a_fleet({}, license={"state": "EXPIRED_LICENSE"})) as qlik:
        ran = monitor(qlik.url, "--json")

    assert ran.code == 1
    assert ran.kinds("T1") == []
    assert ran.err == "S: license: the server's licence reads EXPIRED_LICENSE\n"


DETAILS: dict[str, Any] = {
    "name": "T",
    "state": "RUNNING",
    "task_stop_reason": "NONE",
    "cdc_latency": {"source_latency": "00:00:01", "total_latency": "00:00:02"},
}


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, []),
        ({"state": 7}, ["unknown"]),
        ({"state": "PAUSED"}, ["unknown"]),
        ({"task_stop_reason": []}, ["unknown"]),
        ({"cdc_latency": "soon"}, ["unknown"]),
        ({"cdc_latency": {}}, ["unknown"]),
        ({"cdc_latency": {"total_latency": "a lot"}}, ["unknown"]),
        ({"cdc_latency": {"total_latency": -1}}, ["unknown"]),
        ({"cdc_latency": {"total_latency": ""}}, ["unknown"]),
    ],
    ids=str,
)
def test_a_malformed_state_or_latency_is_never_healthy(
    changes: dict[str, Any], kinds: list[str], monitor: Monitor
) -> None:
    with MockQlik(HEALTHY) as qlik:
        body = json.dumps(DETAILS | changes)
        qlik.control.add_fault(kind="malformed", path=r"/tasks/T\?", body=body)
        ran = monitor(qlik.url, "--json")

    assert ran.kinds("T") == kinds
    assert ran.kinds("U") == []
    assert ran.code == bool(kinds)
