"""What operators of Replicate know and do by hand, rule by rule: each has a test of its name.

The rules are those of Qlik's help on task states, stop reasons, resource control, error handling
and latency, and of what the counters of a task's details tell.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.anomaly import AnomalyKind, Subject, Where
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.finding import Memory, find
from qlik_monitor.domain.findings import Findings
from qlik_monitor.domain.policy import PolicySettings, decide
from qlik_monitor.domain.progress import TaskProgress
from qlik_monitor.domain.rules import propose_by_rules
from qlik_monitor.domain.task import (
    Backlog,
    Counters,
    FullLoad,
    StopReason,
    TaskSnapshot,
    TaskState,
    Throughput,
)
from qlik_monitor.domain.thresholds import Thresholds
from qlik_monitor.domain.verdict import TaskVerdict, judge
from tests.fakes.builders import (
    TASK,
    a_case,
    a_proposal,
    a_reading,
    a_server,
    a_snapshot,
    an_aborted,
    an_anomaly,
    an_incident,
    later,
    switched_on,
)
from tests.fakes.strategies import policies, proposals, quiet

ORDERS = Subject(server=TASK.server, task=TASK.task)
PROD = Subject(server=TASK.server)
NOTHING = {
    "accumulated_in_memory": 0,
    "accumulated_on_disk": 0,
    "applying_in_memory": 0,
    "applying_on_disk": 0,
    "records_in_progress": 0,
}


def findings_of(*readings: TaskSnapshot, minutes: int = 5) -> Findings:
    """What the last of these readings of one task shows."""
    memory: Memory = {}
    findings = Findings(of_tasks={}, anomalies={}, snapshots={}, progress={})
    for number, reading in enumerate(readings):
        at = reading.model_copy(update={"observed_at": later(minutes=minutes * number)})
        findings = find(a_reading(at), memory, Thresholds())
        memory = findings.progress
    return findings


def found(*readings: TaskSnapshot, minutes: int = 5) -> set[AnomalyKind]:
    anomalies = findings_of(*readings, minutes=minutes).anomalies
    return {anomaly.kind for each in anomalies.values() for anomaly in each}


def progress_of(*readings: TaskSnapshot, minutes: int = 5) -> TaskProgress:
    return findings_of(*readings, minutes=minutes).progress[TASK.server][TASK.task]


def verdict(*readings: TaskSnapshot, minutes: int = 5) -> TaskVerdict:
    return judge(progress_of(*readings, minutes=minutes).samples)


def where(*readings: TaskSnapshot) -> set[Where | None]:
    return {anomaly.where for anomaly in findings_of(*readings).anomalies[ORDERS]}


def stopped(reason: str) -> TaskSnapshot:
    return a_snapshot(state=TaskState.STOPPED, stop_reason=StopReason(reason), memory_mb=0)


def at(number: int, *, backlog: dict[str, int] | None = None, **changes: Any) -> TaskSnapshot:
    """Reading `number` of a task that moves; say what differs."""
    moving = {"counters": Counters(applied_inserts=100 * number)}
    waits = {"backlog": Backlog(**NOTHING | (backlog or {}))}
    return a_snapshot(**moving | waits | changes)


# ---- states and stop reasons


def test_a_task_that_a_person_stopped_is_never_an_incident_and_never_started() -> None:
    assert found(a_snapshot(), *[stopped("NORMAL")] * 300) == set()


@given(proposals, policies)
def test_no_proposal_starts_a_task_that_a_person_stopped(proposal: Any, policy: Any) -> None:
    case = a_case(proposal=proposal, snapshot=stopped("NORMAL"))
    assert decide(case, policy).kind in (DecisionKind.ESCALATE, DecisionKind.OBSERVE)


def test_recovery_is_left_alone_and_told_of_when_it_lasts() -> None:
    retrying = a_snapshot(state=TaskState.RECOVERY, stop_reason=StopReason.RECOVERABLE_ERROR)
    assert found(a_snapshot(), *[retrying] * 6) == set()
    assert found(a_snapshot(), *[retrying] * 7) == {AnomalyKind.RECOVERY_LASTING}


@given(proposals, policies)
def test_no_proposal_acts_on_a_task_in_recovery(proposal: Any, policy: Any) -> None:
    retrying = a_snapshot(state=TaskState.RECOVERY, stop_reason=StopReason.RECOVERABLE_ERROR)
    lasting = an_incident(anomalies=(an_anomaly(AnomalyKind.RECOVERY_LASTING),))
    case = a_case(incident=lasting, proposal=proposal, snapshot=retrying)
    assert decide(case, policy).kind is DecisionKind.ESCALATE


def test_a_fatal_error_is_classified_by_its_message_and_proposed_for_approval() -> None:
    assert found(an_aborted()) == {AnomalyKind.ABORTED}
    proposal = propose_by_rules(an_incident(), (), "no model")
    assert proposal.action is Action.RESUME
    assert decide(a_case(proposal=proposal), PolicySettings()).kind is DecisionKind.NEEDS_APPROVAL


@pytest.mark.parametrize(
    "reason",
    ["FULL_LOAD_ONLY_FINISHED", "STOPPED_AFTER_FULL_LOAD", "STOPPED_AFTER_CACHED_EVENTS"],
)
def test_an_end_by_design_is_healthy_and_stays_an_end(reason: str) -> None:
    assert found(a_snapshot(), *[stopped(reason)] * 50) == set()
    decision = decide(
        a_case(proposal=a_proposal(), snapshot=stopped(reason)),
        PolicySettings(switches=switched_on(0.0)),
    )
    assert decision.kind is DecisionKind.ESCALATE


def test_a_finished_full_load_is_checked_for_tables_in_error() -> None:
    finished = stopped("FULL_LOAD_ONLY_FINISHED").model_copy(
        update={"full_load": FullLoad(completed=True, tables_with_error=2)}
    )
    assert found(finished) == {AnomalyKind.TABLE_ERRORS}


def test_a_stop_after_a_schema_change_needs_a_person() -> None:
    assert found(stopped("STOPPED_AFTER_DDL_APPLY")) == {AnomalyKind.STOPPED_FOR_DDL}
    case = a_case(snapshot=stopped("STOPPED_AFTER_DDL_APPLY"))
    assert decide(case, PolicySettings()).kind is DecisionKind.ESCALATE


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("STOPPED_LOW_DISK_SPACE", "low_disk"), ("STOPPED_LOW_MEMORY", "low_memory")],
)
def test_a_stop_by_low_resources_is_the_servers_and_never_restarted(reason: str, kind: str) -> None:
    anomalies = findings_of(stopped(reason)).anomalies
    assert {subject: [a.kind.value for a in each] for subject, each in anomalies.items()} == {
        PROD: [kind]
    }
    assert decide(a_case(snapshot=stopped(reason)), PolicySettings()).kind is DecisionKind.ESCALATE


def test_a_licence_is_the_servers_and_never_restarted() -> None:
    limit = stopped("EXPRESS_LICENSE_LIMITS_REACHED")
    assert set(findings_of(limit).anomalies) == {PROD}
    assert decide(a_case(snapshot=limit), PolicySettings()).kind is DecisionKind.ESCALATE


def test_trouble_of_a_server_is_one_finding_and_not_one_for_each_of_its_200_tasks() -> None:
    fleet = [stopped("STOPPED_LOW_DISK_SPACE").model_copy(update={"id": one}) for one in names(200)]
    assert list(find(a_reading(*fleet), {}, Thresholds()).anomalies) == [PROD]


def names(count: int) -> list[Any]:
    return [TASK.model_copy(update={"task": f"t{number}"}) for number in range(count)]


# ---- which failures to resume, reload or refuse


@pytest.mark.parametrize(
    ("message", "action"),
    [
        ("Task 'orders' encountered a recoverable error", Action.RESUME),
        ("the connection to the target endpoint was lost", Action.RESUME),
        ("archived log 4711 is missing", Action.ESCALATE),
        ("the replication slot does not exist", Action.ESCALATE),
        ("the checkpoint file is corrupt", Action.ESCALATE),
        ("login failed for user", Action.ESCALATE),
        ("the licence has expired", Action.ESCALATE),
        ("the certificate has expired", Action.ESCALATE),
        ("duplicate key in table", Action.ESCALATE),
        ("something that nobody has seen before", Action.ESCALATE),
    ],
)
def test_only_what_passes_by_itself_is_worth_a_resume(message: str, action: Action) -> None:
    incident = an_incident(snapshot=an_aborted(message=message))
    assert propose_by_rules(incident, (), "no model").action is action


def test_tables_that_are_suspended_under_a_running_task_are_found() -> None:
    assert found(a_snapshot(full_load=FullLoad(tables_with_error=1))) == {AnomalyKind.TABLE_ERRORS}


def test_rising_data_errors_are_told_of_and_no_restart_is_proposed() -> None:
    assert found(a_snapshot(), a_snapshot(data_error_count=7)) == {AnomalyKind.DATA_ERRORS}
    rising = an_incident(anomalies=(an_anomaly(AnomalyKind.DATA_ERRORS),), snapshot=a_snapshot())
    assert propose_by_rules(rising, (), "no model").action is Action.ESCALATE


def test_one_by_one_apply_is_slow_and_not_stuck() -> None:
    usual = [at(n, cdc_throughput=Throughput(target_records=500)) for n in range(8)]
    slow = [
        at(
            n,
            cdc_throughput=Throughput(target_records=4),
            source_latency_seconds=2,
            total_latency_seconds=300 * (n - 7),
            backlog={"applying_on_disk": 100_000 * (n - 7)},
        )
        for n in range(8, 14)
    ]
    assert AnomalyKind.STUCK not in found(*usual, *slow)
    assert where(*usual, *slow) == {Where.ONE_BY_ONE}


# ---- what latency means


def test_a_large_transaction_raises_latency_and_is_no_illness() -> None:
    climbing = [
        at(
            0,
            total_latency_seconds=300 * n,
            backlog={"records_in_progress": 50_000 * n},
        )
        for n in range(1, 9)
    ]
    dropped = [at(n, total_latency_seconds=3) for n in range(1, 4)]
    assert all(found(*climbing[:n]) == set() for n in range(1, 9))
    assert found(*climbing, *dropped) == set()


def test_a_quiet_source_is_idle_and_not_stuck() -> None:
    assert found(*[quiet()] * 300) == set()
    assert verdict(*[quiet()] * 5) is TaskVerdict.IDLE


def test_source_latency_without_a_backlog_points_at_the_source() -> None:
    rising = [
        at(0, source_latency_seconds=300 * n, total_latency_seconds=300 * n + 2)
        for n in range(1, 9)
    ]
    assert where(*rising) == {Where.SOURCE}


def test_apply_latency_with_a_growing_backlog_points_at_the_target() -> None:
    rising = [
        at(
            n,
            source_latency_seconds=1,
            total_latency_seconds=300 * n,
            backlog={"applying_in_memory": 1000 * n},
        )
        for n in range(1, 9)
    ]
    assert where(*rising) == {Where.APPLY}


def test_two_clocks_that_differ_make_no_task_stuck() -> None:
    skewed = a_snapshot(source_latency_seconds=90, total_latency_seconds=90)
    assert found(*[skewed] * 50) == set()


# ---- what tells a stuck task


def test_a_backlog_that_does_not_move_is_stuck() -> None:
    frozen = a_snapshot(backlog=Backlog(**NOTHING | {"applying_in_memory": 500}))
    assert found(*[frozen] * 7) == {AnomalyKind.STUCK}


def test_a_full_load_whose_records_do_not_move_is_stuck() -> None:
    frozen = a_snapshot(full_load=FullLoad(completed=False, tables_loading=2))
    assert found(*[frozen] * 7) == {AnomalyKind.STUCK}


def test_totals_that_fall_are_a_restart_and_the_window_begins_anew() -> None:
    frozen = a_snapshot(backlog=Backlog(**NOTHING | {"applying_in_memory": 500}))
    restarted = frozen.model_copy(update={"counters": Counters(applied_inserts=0)})
    assert found(*[frozen] * 6, *[restarted] * 6) == set()
    assert verdict(*[frozen] * 6, restarted) is TaskVerdict.REWOUND
    assert len(progress_of(*[frozen] * 6, restarted).samples) == 1


def test_a_running_task_without_memory_has_a_stale_state() -> None:
    gone = a_snapshot(memory_mb=0)
    assert found(a_snapshot(), gone) == set()
    assert found(a_snapshot(), gone, gone) == {AnomalyKind.STALE_STATE}


def test_a_busy_machine_is_named_where_its_tasks_hurt() -> None:
    memory: Memory = {}
    findings = Findings(of_tasks={}, anomalies={}, snapshots={}, progress={})
    for n in range(1, 6):
        slow = at(n, total_latency_seconds=300 * n, observed_at=later(minutes=5 * n))
        reading = a_reading(slow, servers=(a_server(machine_cpu_percentage=99),))
        findings = find(reading, memory, Thresholds())
        memory = findings.progress
    assert [anomaly.where for anomaly in findings.anomalies[ORDERS]] == [Where.RESOURCES]


def test_a_task_that_goes_down_again_and_again_flaps() -> None:
    up_and_down = [a_snapshot(), an_aborted()] * 3
    assert found(*up_and_down[:4]) == {AnomalyKind.ABORTED}
    assert found(*up_and_down) == {AnomalyKind.ABORTED, AnomalyKind.FLAPPING}
    assert found(*up_and_down, a_snapshot()) == {AnomalyKind.FLAPPING}
    assert found(*up_and_down, *[a_snapshot()] * 25) == set()


# ---- unknown is never healthy

ILL = [
    at(
        0,
        total_latency_seconds=300 * n,
        source_latency_seconds=2,
        backlog={"applying_in_memory": 500 * n},
        cdc_throughput=Throughput(target_records=0),
        memory_mb=200,
    )
    for n in range(1, 10)
]
"""A task that has been stuck for three quarters of an hour."""
MASKS: dict[str, Any] = {
    "state": TaskState.UNKNOWN,
    "total_latency_seconds": None,
    "source_latency_seconds": None,
    "counters": Counters(),
    "backlog": Backlog(),
    "cdc_throughput": Throughput(),
    "memory_mb": None,
    "data_error_count": None,
    "full_load": FullLoad(),
}
NAMES = {"total_latency_seconds": "cdc_latency.total_latency", "state": "state"}
masks = st.sets(st.sampled_from(sorted(MASKS)))


def masked(snapshot: TaskSnapshot, hidden: set[str]) -> TaskSnapshot:
    """The same reading from a Qlik that did not send some fields, noted as the clients note it."""
    notes = tuple(f"{NAMES[name]}: missing" for name in sorted(hidden) if name in NAMES)
    changes = {name: MASKS[name] for name in hidden} | {"unknown_fields": notes}
    return snapshot.model_copy(update=changes)


@given(masks)
def test_no_unknown_fields_make_a_stuck_task_healthy(hidden: set[str]) -> None:
    assert found(*[masked(reading, hidden) for reading in ILL])


@given(masks)
def test_no_unknown_fields_make_an_aborted_task_healthy(hidden: set[str]) -> None:
    assert found(masked(an_aborted(), hidden))


@given(masks, proposals, policies)
def test_no_unknown_fields_restart_a_task_that_nobody_may_touch(
    hidden: set[str], proposal: Any, policy: Any
) -> None:
    for untouchable in (stopped("NORMAL"), a_snapshot(state=TaskState.RECOVERY)):
        case = a_case(proposal=proposal, snapshot=masked(untouchable, hidden))
        decision = decide(case, policy)
        assert decision.kind not in (DecisionKind.AUTO, DecisionKind.NEEDS_APPROVAL)


@given(masks, st.lists(st.sampled_from(["idle", "stuck", "aborted"]), min_size=3, max_size=9))
def test_what_cannot_be_told_is_never_called_healthy(hidden: set[str], kinds: list[str]) -> None:
    fleet = {"idle": quiet(), "stuck": ILL[-1], "aborted": an_aborted()}
    hidden |= {"backlog", "total_latency_seconds"}
    readings = [masked(fleet[kind], hidden) for kind in kinds]
    progress = progress_of(*readings)
    if progress.state is TaskState.RUNNING:
        assert judge(progress.samples) in (TaskVerdict.UNKNOWN, TaskVerdict.PROGRESSING)
        assert AnomalyKind.UNKNOWN in found(*readings)
