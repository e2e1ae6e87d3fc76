import pytest

from qlik_monitor.domain.evidence import evidence_of
from qlik_monitor.domain.task import Backlog, FullLoad, TaskSnapshot, TaskState
from tests.fakes.builders import a_snapshot

ZEROS = {
    "total_latency_seconds": 0,
    "source_latency_seconds": 0,
    "memory_mb": 0,
    "data_error_count": 0,
    "full_load": {"tables_with_error": 0},
    "cdc_throughput": {"target_records": 0},
}


def told(snapshot: TaskSnapshot) -> dict[str, str]:
    return {one.name: one.value for one in evidence_of(snapshot)}


@pytest.mark.parametrize("state", [TaskState.ERROR, TaskState.STOPPED])
def test_the_zeros_of_a_task_that_is_down_are_no_figures(state: TaskState) -> None:
    values = told(a_snapshot(state=state, **ZEROS))
    assert not [value for value in values.values() if value.startswith("0")]
    for name in ("total latency", "source latency", "target throughput", "memory"):
        assert values[name] == "not running"
    for name in ("changes waiting", "tables with error", "data errors"):
        assert values[name] == "unknown"


def test_what_waits_and_what_failed_is_told_of_a_task_that_is_down() -> None:
    values = told(
        a_snapshot(
            state=TaskState.ERROR,
            backlog=Backlog(accumulated_on_disk=7),
            full_load=FullLoad(tables_with_error=2),
            data_error_count=3,
        )
    )
    assert values["changes waiting"] == "7 records"
    assert (values["tables with error"], values["data errors"]) == ("2", "3")


def test_the_zeros_of_a_task_that_runs_are_told() -> None:
    values = told(a_snapshot(**ZEROS))
    assert (values["total latency"], values["memory"]) == ("0 s", "0 MB")
    assert (values["changes waiting"], values["data errors"]) == ("0 records", "0")
