from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from qlik_monitor.adapters.qlik_enterprise_manager_fields import (
    described_server,
    details_in,
    is_compose,
    server_snapshot,
)
from qlik_monitor.adapters.qlik_enterprise_manager_task import listed_task, task_snapshot
from qlik_monitor.domain.task import (
    Backlog,
    Counters,
    Endpoint,
    FullLoad,
    ServerSnapshot,
    ServerState,
    StopReason,
    TaskId,
    TaskSnapshot,
    TaskState,
    Throughput,
)
from qlik_monitor.errors import QlikAnswerInvalid
from tests.integration.qlik.platforms import NOON

TASK = TaskId(server="Local Server", task="ORDERS")
DETAILS: dict[str, Any] = {
    "$type": "AemReplicateTaskInfoDetailed",
    "name": "ORDERS",
    "state": "RUNNING",
    "message": "all is well",
    "source_endpoint": {"name": "SRC", "type": "ORACLE"},
    "target_endpoint": {"name": "TGT", "type": "SNOWFLAKE"},
    "cdc_event_counters": {
        "applied_insert_count": 1,
        "applied_update_count": 2,
        "applied_delete_count": 3,
        "applied_ddl_count": 4,
    },
    "full_load_counters": {
        "tables_completed_count": 5,
        "tables_loading_count": 6,
        "tables_queued_count": 7,
        "tables_with_error_count": 8,
        "records_completed_count": 9,
        "estimated_records_for_all_tables_count": 10,
    },
    "full_load_completed": True,
    "full_load_throughput": {
        "source_throughput_records_count": 11,
        "source_throughput_volume": 12,
        "target_throughput_records_count": 13,
        "target_throughput_volume": 14,
    },
    "cdc_throughput": {
        "source_throughput_records_count": {"current": 15},
        "source_throughput_volume": {"current": 16},
        "target_throughput_records_count": {"current": 17},
        "target_throughput_volume": {"current": 18},
    },
    "cdc_transactions_counters": {
        "applied_transactions_in_progress_count": 19,
        "applied_records_in_progress_count": 20,
        "applied_comitted_transaction_count": 21,
        "applied_records_comitted_count": 22,
        "incoming_accumulated_changes_in_memory_count": 23,
        "incoming_accumulated_changes_on_disk_count": 24,
        "incoming_applying_changes_in_memory_count": 25,
        "incoming_applying_changes_on_disk_count": 26,
    },
    "cdc_latency": {"source_latency": "00:00:27", "total_latency": "123:04:05"},
    "task_stop_reason": "NONE",
    "memory_mb": 28,
    "disk_usage_mb": 29,
    "cpu_percentage": 30,
    "data_error_count": 31,
    "options": {"apply_changes_enabled": True, "store_changes_enabled": False},
    "assigned_tags": ["gold", "auto"],
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(alphabet=st.characters(exclude_categories=()), max_size=20)
    | st.sampled_from(["", "-00:00:01", "0", "NaN", "RUNNING", 10**400]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["current", "name", "type", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def a_snapshot(**changes: Any) -> TaskSnapshot:
    return task_snapshot(TASK, DETAILS | changes, NOON)


def test_complete_details_become_a_complete_snapshot() -> None:
    assert a_snapshot() == TaskSnapshot(
        id=TASK,
        observed_at=NOON,
        state=TaskState.RUNNING,
        stop_reason=StopReason.NONE,
        message="all is well",
        tags=("gold", "auto"),
        source_endpoint=Endpoint(name="SRC", type="ORACLE"),
        target_endpoint=Endpoint(name="TGT", type="SNOWFLAKE"),
        source_latency_seconds=27,
        total_latency_seconds=443045,
        counters=Counters(
            applied_inserts=1,
            applied_updates=2,
            applied_deletes=3,
            applied_ddls=4,
            applied_transactions=21,
            applied_records=22,
            full_load_records=9,
            full_load_tables=5,
        ),
        backlog=Backlog(
            accumulated_in_memory=23,
            accumulated_on_disk=24,
            applying_in_memory=25,
            applying_on_disk=26,
            transactions_in_progress=19,
            records_in_progress=20,
        ),
        cdc_throughput=Throughput(
            source_records=15, source_kilobytes=16, target_records=17, target_kilobytes=18
        ),
        full_load_throughput=Throughput(
            source_records=11, source_kilobytes=12, target_records=13, target_kilobytes=14
        ),
        full_load=FullLoad(
            completed=True,
            tables_completed=5,
            tables_loading=6,
            tables_queued=7,
            tables_with_error=8,
        ),
        memory_mb=28,
        disk_usage_mb=29,
        cpu_percentage=30,
        data_error_count=31,
    )


@pytest.mark.parametrize(
    ("word", "state"),
    [("RECOVERY", TaskState.RECOVERY), ("RECOVERING", TaskState.RECOVERY), ("error", "ERROR")],
)
def test_both_spellings_of_a_state_are_read(word: str, state: TaskState) -> None:
    snapshot = a_snapshot(state=word)

    assert (snapshot.state, snapshot.unknown_fields) == (state, ())


def test_a_state_that_nobody_documents_is_unknown_and_noted() -> None:
    snapshot = a_snapshot(state="STARTING", task_stop_reason=0)

    assert (snapshot.state, snapshot.stop_reason) == (TaskState.UNKNOWN, StopReason.UNKNOWN)
    assert snapshot.unknown_fields == ("state: 'STARTING'", "task_stop_reason: 0")


@pytest.mark.parametrize("name", ["task_stop_reason", "stop_reason"])
def test_the_reason_is_read_under_both_names(name: str) -> None:
    details = {key: value for key, value in DETAILS.items() if key != "task_stop_reason"}

    snapshot = task_snapshot(TASK, details | {name: "FATAL_ERROR"}, NOON)

    assert snapshot.stop_reason is StopReason.FATAL_ERROR


def test_a_mended_spelling_of_committed_is_read_too() -> None:
    counters = {"applied_committed_transaction_count": 5, "applied_records_committed_count": 6}

    snapshot = a_snapshot(cdc_transactions_counters=counters)

    assert snapshot.counters.applied_transactions == 5
    assert snapshot.counters.applied_records == 6


def test_what_the_details_leave_out_is_taken_from_the_list() -> None:
    item = {"name": "ORDERS", "state": "ERROR", "stop_reason": "FATAL_ERROR", "message": "ORA-1"}
    item_with_tags = item | {"assigned_tags": ["gold"]}

    snapshot = task_snapshot(TASK, {"name": "ORDERS", "state": None}, NOON, item_with_tags)

    assert snapshot.state is TaskState.ERROR
    assert snapshot.stop_reason is StopReason.FATAL_ERROR
    assert (snapshot.message, snapshot.tags) == ("ORA-1", ("gold",))


def test_the_details_prevail_over_the_list() -> None:
    item = {"state": "RUNNING", "stop_reason": "NONE", "message": "", "assigned_tags": []}

    snapshot = task_snapshot(TASK, {"state": "STOPPED", "task_stop_reason": "NORMAL"}, NOON, item)

    assert (snapshot.state, snapshot.stop_reason) == (TaskState.STOPPED, StopReason.NORMAL)


def test_an_entry_of_the_list_alone_says_that_details_were_not_read() -> None:
    snapshot = listed_task(
        TASK, {"name": "ORDERS", "state": "RUNNING", "stop_reason": "NONE"}, NOON
    )

    assert (snapshot.state, snapshot.details_read) == (TaskState.RUNNING, False)
    assert snapshot.total_latency_seconds is None
    assert snapshot.unknown_fields == ()


@pytest.mark.parametrize("latency", [None, {}, {"source_latency": "00:00:01"}])
def test_a_running_task_without_a_latency_is_noted(latency: object) -> None:
    snapshot = a_snapshot(cdc_latency=latency)

    assert snapshot.total_latency_seconds is None
    assert "cdc_latency.total_latency: missing" in snapshot.unknown_fields


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "STOPPED"},
        {"options": {"apply_changes_enabled": False, "store_changes_enabled": False}},
    ],
    ids=["stopped", "full load only"],
)
def test_a_task_that_has_no_latency_by_nature_is_not_noted(changes: dict[str, Any]) -> None:
    assert a_snapshot(cdc_latency=None, **changes).unknown_fields == ()


@pytest.mark.parametrize("text", ["", "abc", "-00:00:01", "1:2", 0])
def test_a_malformed_latency_is_unknown_and_noted(text: object) -> None:
    snapshot = a_snapshot(cdc_latency={"total_latency": text})

    assert snapshot.total_latency_seconds is None
    assert [note.partition(":")[0] for note in snapshot.unknown_fields] == [
        "cdc_latency.total_latency"
    ]


def test_a_message_is_bounded_and_cleaned() -> None:
    snapshot = a_snapshot(message="a\x00\u202eb" + "x" * 5000)

    assert snapshot.message.startswith("a bxxx")
    assert len(snapshot.message) == 2000


@pytest.mark.parametrize("details", [DETAILS, {"task": DETAILS}])
def test_details_are_found_with_and_without_a_wrapper(details: dict[str, Any]) -> None:
    assert details_in(details, TASK) == DETAILS


@pytest.mark.parametrize(
    "details", [{}, {"task": {}}, {"task": "ORDERS"}, {"taskList": []}, {"name": "CUSTOMERS"}]
)
def test_details_of_nothing_or_of_another_task_are_invalid(details: dict[str, Any]) -> None:
    with pytest.raises(QlikAnswerInvalid, match="Local Server/ORDERS"):
        details_in(details, TASK)


def test_details_in_another_case_are_those_of_the_task() -> None:
    assert details_in({"name": "Orders"}, TASK) == {"name": "Orders"}


def leaves(value: object, path: str = "") -> dict[str, object]:
    if isinstance(value, BaseModel):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if not isinstance(value, dict):
        return {path: value}
    return {name: leaf for key, one in value.items() for name, leaf in leaves(one, key).items()}


@given(details=st.dictionaries(st.sampled_from([*DETAILS, "task", "stop_reason"]), JSON))
def test_any_details_whatsoever_give_a_snapshot(details: dict[str, Any]) -> None:
    snapshot = task_snapshot(TASK, details, NOON)

    TaskSnapshot.model_validate_json(snapshot.model_dump_json())


@given(st.data())
def test_what_is_no_number_never_becomes_zero(data: st.DataObject) -> None:
    not_a_number = JSON.filter(lambda value: type(value) is not int)
    section = data.draw(st.sampled_from([k for k, v in DETAILS.items() if isinstance(v, dict)]))
    values = {name: data.draw(not_a_number) for name in DETAILS[section]}
    nested = {name: {} if isinstance(value, dict) else value for name, value in values.items()}

    snapshot = task_snapshot(TASK, {"state": "STOPPED", section: nested}, NOON)

    zeros = [name for name, leaf in leaves(snapshot).items() if type(leaf) is int and leaf == 0]
    clocks = [v for v in values.values() if isinstance(v, str) and v.replace("0", "") == "::"]
    assert not zeros or clocks


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("MONITORED", ServerState.MONITORED),
        ("NOT_MONITORED", ServerState.NOT_MONITORED),
        ("NOT_CONNECTED", ServerState.NOT_CONNECTED),
        ("ERROR", ServerState.ERROR),
    ],
)
def test_a_server_s_state_is_read(word: str, state: ServerState) -> None:
    assert server_snapshot("S", {"state": word, "message": ""}) == ServerSnapshot(
        name="S", state=state
    )


@pytest.mark.parametrize(("word", "seen"), [("ASLEEP", "'ASLEEP'"), (None, "missing"), (1, "1")])
def test_a_server_s_unknown_state_is_told(word: object, seen: str) -> None:
    server = server_snapshot("S", {"state": word, "message": "hm"})

    assert (server.state, server.message) == (ServerState.UNKNOWN, f"state: {seen}; hm")


@pytest.mark.parametrize("wrapper", ["server_details", "serverDetails", None])
@pytest.mark.parametrize("word", ["EXPIRED_LICENSE", "LICENSE_EXPIRED"])
def test_a_licence_is_read_in_every_spelling(wrapper: str | None, word: str) -> None:
    details = {"license": {"state": word, "days_to_expiration": -3}}
    listed = ServerSnapshot(name="S", state=ServerState.MONITORED)

    server = described_server(listed, {wrapper: details} if wrapper else details)

    assert (server.license_state, server.license_days_left) == ("EXPIRED_LICENSE", -3)


@pytest.mark.parametrize("document", [{}, {"server_details": 3}, {"server_details": {}}])
def test_a_licence_that_is_not_told_is_unknown(document: dict[str, object]) -> None:
    listed = ServerSnapshot(name="S", state=ServerState.MONITORED)

    assert described_server(listed, document) == listed


def test_a_compose_server_is_told_from_a_replicate_server() -> None:
    assert is_compose({"$type": "ComposeServerInfo"})
    assert not is_compose({"$type": "ReplicateServerInfo"})
    assert not is_compose({})
