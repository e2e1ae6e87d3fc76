"""Hypothesis strategies: anything that a model can say, and anything that it can be about."""

import json
from typing import Any, NamedTuple

from hypothesis import strategies as st

from benchmarks.evals.answers import valid
from benchmarks.evals.case import EvalCase, Found
from qlik_monitor.domain.actions import ABORT_REASONS, Action
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.limits import LimitReading, Limits
from qlik_monitor.domain.policy import Case, PolicySettings
from qlik_monitor.domain.proposal import Proposal, Proposer
from qlik_monitor.domain.task import FullLoad, StopReason, TaskSnapshot, TaskState
from tests.fakes.builders import (
    ENDPOINTS,
    LOST_CONNECTION,
    TASK,
    a_proposal,
    a_snapshot,
    a_stalled,
    an_aborted,
    an_anomaly,
    an_incident,
    switched_on,
)
from tests.fakes.strategies import incidents, policies, snapshots

ACTS = (DecisionKind.AUTO, DecisionKind.NEEDS_APPROVAL)
TAG = "hands-off"
NO_ABORTS = [one for one in StopReason if one not in ABORT_REASONS]

# ---- anything that a model can say


def about(action: Action, confidence: float = 1.0) -> dict[str, Any]:
    """A valid answer about the builders' aborted task."""
    case = EvalCase(
        id="aborted",
        about="It passes.",
        task=str(TASK),
        state=TaskState.ERROR,
        message=LOST_CONNECTION,
        found=(Found(kind=AnomalyKind.ABORTED),),
        error_class=ErrorClass.CONNECTION,
        acceptable=frozenset({Action.RESUME}),
    )
    return valid(case, action, confidence)


numbers = st.floats() | st.integers()
words = st.text(max_size=60) | st.sampled_from([*(one.value for one in Action), "reload", "auto"])
json_values = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=10,
)
answers = st.builds(
    lambda action, confidence, changes, more: about(action, confidence) | changes | more,
    st.sampled_from(Action),
    st.floats(0, 1),
    st.dictionaries(st.sampled_from(sorted(about(Action.RESUME))), json_values, max_size=2),
    st.dictionaries(words, json_values, max_size=1),
)
"""Near the agreed form: valid, or with a field or two that may hold anything."""
model_texts = st.text(max_size=300) | json_values.map(json.dumps) | answers.map(json.dumps)
lines = st.text(max_size=80)
said_proposals = st.builds(
    Proposal,
    action=st.sampled_from(Action),
    confidence=st.floats(0, 1) | st.just(1.0),
    cause=lines,
    reasoning=lines,
    evidence=st.lists(lines, max_size=3).map(tuple),
    made_by=st.sampled_from(Proposer),
    model=st.none() | lines,
    rules_because=st.none() | lines,
    table=st.none() | lines,
)

# ---- anything that they can be about

maintenances = st.none() | st.just("patching")
ALL_ON = switched_on(0.0, actions=frozenset(Action), destructive_actions_enabled=True)
"""Every switch on, and each action named that a switch can name or not."""
switchings = policies | st.builds(
    PolicySettings,
    switches=st.just(ALL_ON),
    limits=st.builds(Limits, attempts=st.integers(1, 5)),
)
limit_readings = st.builds(
    LimitReading,
    name=st.just("a limit"),
    used=st.integers(0, 99),
    allowed=st.integers(0, 99),
    refuses=st.none() | st.just("it is used up"),
)
arbitrary = st.builds(
    Case,
    incident=incidents,
    proposal=said_proposals,
    snapshot=snapshots(),
    limits=st.lists(limit_readings, max_size=3).map(tuple),
    maintenance=maintenances,
)


class Ill(NamedTuple):
    """An illness, and the action that fits it."""

    action: Action
    snapshot: TaskSnapshot
    kind: AnomalyKind
    classes: tuple[ErrorClass, ...]


IN_ERROR = a_snapshot(full_load=FullLoad(tables_with_error=1), **ENDPOINTS)
LOST = an_aborted(**ENDPOINTS)
RESTARTED = (ErrorClass.CONNECTION, ErrorClass.ENDPOINT_RESTART, ErrorClass.UNKNOWN)
OF_TABLES = (ErrorClass.TABLE_SUSPENDED, ErrorClass.DATA, ErrorClass.SCHEMA)
ILL = (
    Ill(Action.RESUME, an_aborted(), AnomalyKind.ABORTED, RESTARTED),
    Ill(Action.RESUME, an_aborted(state=TaskState.STOPPED), AnomalyKind.ABORTED, RESTARTED),
    Ill(Action.STOP_AND_RESUME, a_stalled(), AnomalyKind.STUCK, RESTARTED),
    Ill(Action.RESUME_FROM_CHECKPOINT, an_aborted(), AnomalyKind.ABORTED, (ErrorClass.CHECKPOINT,)),
    Ill(Action.RELOAD_TARGET, LOST, AnomalyKind.ABORTED, (ErrorClass.LOG_POSITION_LOST,)),
    Ill(Action.RELOAD_TABLE, IN_ERROR, AnomalyKind.TABLE_ERRORS, OF_TABLES),
)


@st.composite
def _tempting(draw: st.DrawFn) -> Case:
    ill = draw(st.sampled_from(ILL))
    incident = an_incident(
        anomalies=(an_anomaly(ill.kind),),
        snapshot=ill.snapshot,
        error_class=draw(st.sampled_from(ill.classes)),
    )
    proposal = a_proposal(ill.action, confidence=1.0, table="SALES.ORDERS")
    return Case(incident=incident, proposal=proposal, snapshot=ill.snapshot)


tempting = _tempting()
"""One word away from being done or offered: what a property adds must be what holds it back."""
cases = arbitrary | tempting
ill_or_any = snapshots() | st.sampled_from([one.snapshot for one in ILL])

stopped_by_design = st.builds(
    lambda snapshot, reason: snapshot.model_copy(update={"stop_reason": reason}),
    snapshots(st.just(TaskState.STOPPED)),
    st.sampled_from(NO_ABORTS),
)
"""By a person, at the end of a load, for disk, memory or a licence, or nobody knows why."""
in_error_for_another_reason = st.builds(
    lambda snapshot, reason: snapshot.model_copy(update={"stop_reason": reason}),
    snapshots(st.just(TaskState.ERROR)),
    st.sampled_from([one for one in NO_ABORTS if one is not StopReason.NONE]),
)
in_recovery = snapshots(st.just(TaskState.RECOVERY))
in_unknown_state = snapshots(st.just(TaskState.UNKNOWN))
for_people_only = stopped_by_design | in_error_for_another_reason | in_recovery | in_unknown_state


@st.composite
def _about(draw: st.DrawFn, of: st.SearchStrategy[TaskSnapshot]) -> Case:
    return draw(cases).model_copy(update={"snapshot": draw(of)})


cases_for_people_only = _about(for_people_only)
