"""Hypothesis strategies: any task, any proposal, any past."""

from datetime import timedelta

from hypothesis import strategies as st

from qlik_monitor.domain.actions import AUTOMATABLE, Action
from qlik_monitor.domain.anomaly import AnomalyKind, Severity
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.limits import Limits
from qlik_monitor.domain.policy import PolicySettings
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.domain.restart import Restart, RestartOutcome
from qlik_monitor.domain.switches import Switches
from qlik_monitor.domain.task import (
    Backlog,
    Counters,
    FullLoad,
    StopReason,
    TaskSnapshot,
    TaskState,
    Throughput,
)
from tests.fakes.builders import (
    NOON,
    TASK,
    a_proposal,
    a_restart,
    a_snapshot,
    an_anomaly,
    an_incident,
    classified,
)

counts = st.none() | st.integers(0, 10**6)
names = st.text(min_size=1, max_size=60)

backlogs = st.builds(Backlog, accumulated_in_memory=counts, records_in_progress=counts)
counters = st.builds(Counters, applied_inserts=counts, applied_records=counts)
throughputs = st.builds(Throughput, target_records=counts)
full_loads = st.builds(FullLoad, tables_loading=counts, tables_with_error=counts)


def snapshots(
    states: st.SearchStrategy[TaskState] | None = None,
) -> st.SearchStrategy[TaskSnapshot]:
    """Any reading of one task."""
    return st.builds(
        TaskSnapshot,
        id=st.just(TASK),
        observed_at=st.just(NOON),
        state=st.sampled_from(TaskState) if states is None else states,
        stop_reason=st.sampled_from(StopReason),
        message=st.sampled_from(["", "ORA-03113", "login failed", "licence", "strange"]),
        source_latency_seconds=counts,
        total_latency_seconds=counts,
        counters=counters,
        backlog=backlogs,
        cdc_throughput=throughputs,
        full_load=full_loads,
        memory_mb=counts,
        data_error_count=counts,
        details_read=st.booleans(),
    ).map(classified)


proposals: st.SearchStrategy[Proposal] = st.builds(
    lambda action, confidence: a_proposal(action, confidence=confidence),
    st.sampled_from(Action),
    st.floats(0, 1),
)
anomalies = st.builds(
    lambda kind, severity: an_anomaly(kind, severity=severity),
    st.sampled_from(AnomalyKind),
    st.sampled_from(Severity),
)
incidents: st.SearchStrategy[Incident] = st.builds(
    lambda found, error_class: an_incident(anomalies=tuple(found), error_class=error_class),
    st.lists(anomalies, min_size=1, max_size=4),
    st.sampled_from(ErrorClass),
)
restarts: st.SearchStrategy[Restart] = st.builds(
    lambda hours, outcome: a_restart(requested_at=NOON - timedelta(hours=hours), outcome=outcome),
    st.integers(0, 48),
    st.sampled_from(RestartOutcome),
)
histories = st.lists(restarts, max_size=5).map(tuple)
policies = st.builds(
    PolicySettings,
    switches=st.builds(
        Switches,
        auto_restart_enabled=st.booleans(),
        servers=st.sampled_from([(), ("*",), ("other",)]),
        actions=st.frozensets(st.sampled_from(sorted(AUTOMATABLE))),
        min_confidence=st.floats(0, 1),
        destructive_actions_enabled=st.booleans(),
    ),
    limits=st.builds(Limits, attempts=st.integers(1, 5)),
)
"""Any switches, the most permissive ones included."""


def any_running() -> st.SearchStrategy[TaskSnapshot]:
    """Any reading of a running task."""
    return snapshots(st.just(TaskState.RUNNING))


def quiet() -> TaskSnapshot:
    """A task that runs on a source where nothing happens."""
    return a_snapshot(
        source_latency_seconds=0,
        total_latency_seconds=0,
        cdc_throughput=Throughput(source_records=0, target_records=0),
    )
