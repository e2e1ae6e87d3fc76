from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.adapters.alert_rules_errors import Place
from qlik_monitor.adapters.cel_expressions import expressions_of
from qlik_monitor.domain.alert_rules import AlertRulesFile, Level
from qlik_monitor.domain.anomaly import Anomaly, AnomalyKind, Severity, Subject
from qlik_monitor.domain.applied_rules import AlertRules
from qlik_monitor.domain.custom_findings import (
    EVERY_KIND,
    Evaluation,
    RuledFindings,
    apply_rules,
    apply_server_rules,
)
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.expressions import Budget
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.limits_consulted import Spent, consult
from qlik_monitor.domain.policy import Case, PolicySettings, decide
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.task import TaskSnapshot
from qlik_monitor.domain.thresholds import Thresholds
from tests.fakes.builders import NOON, a_snapshot, an_anomaly
from tests.fakes.strategies import histories, incidents, policies, proposals, snapshots

LAGGING = an_anomaly(AnomalyKind.LAGGING)
ABORTED = an_anomaly(AnomalyKind.ABORTED)
ACTS = (DecisionKind.AUTO, DecisionKind.NEEDS_APPROVAL)


class Ticking:
    """A clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def a_rule(*whens: str, **fields: Any) -> dict[str, Any]:
    said = [
        {"name": f"e{at}", "when": when, "severity": "warning", "summary": f"summary {at}"}
        for at, when in enumerate(whens)
    ]
    return {"name": "mine", "expressions": said} | fields


def ruled(
    content: dict[str, Any],
    snapshot: TaskSnapshot,
    *found: Anomaly,
    evaluation: Evaluation | None = None,
) -> RuledFindings:
    file = AlertRulesFile.model_validate({"version": 1} | content)
    applied = AlertRules(file, Thresholds()).for_task(snapshot, NOON)
    return apply_rules(found, snapshot, applied, evaluation or an_evaluation(content), NOON)


def an_evaluation(content: dict[str, Any], seconds: float = 100) -> Evaluation:
    expressions = expressions_of(content, Place("alert_rules.yaml", {}))
    return Evaluation(expressions, Budget(Ticking(), timedelta(seconds=seconds)))


def test_rules_rank_findings_anew_and_drop_what_they_ignore() -> None:
    content = {"rules": [{"name": "r", "severity": {"lagging": "warning", "stuck": "ignore"}}]}
    stuck = an_anomaly(AnomalyKind.STUCK)
    found = ruled(content, a_snapshot(), LAGGING, stuck, ABORTED)
    assert [(one.kind.value, one.severity) for one in found.anomalies] == [
        ("lagging", Severity.WARNING),
        ("aborted", ABORTED.severity),
    ]
    assert not found.unjudged


def test_an_expression_that_holds_is_a_finding_with_its_evidence() -> None:
    when = "task.waiting > 3 && task.state == 'RUNNING'"
    found = ruled(
        {"rules": [a_rule(when)]}, a_snapshot(backlog={"accumulated_in_memory": 4}), LAGGING
    )
    kept, custom = found.anomalies
    assert kept == LAGGING
    assert custom.kind is AnomalyKind.CUSTOM
    assert custom.severity is Severity.WARNING
    assert custom.summary == "summary 0 (rule 'mine', expression 'e0')"
    assert {one.name: one.value for one in custom.evidence} == {
        "expression": when,
        "task.waiting": "4",
        "task.state": "RUNNING",
    }


def test_an_expression_that_does_not_hold_adds_nothing() -> None:
    assert ruled({"rules": [a_rule("task.memory_mb > 999")]}, a_snapshot()) == RuledFindings()


def test_an_expression_over_something_unknown_is_no_finding_and_no_health_either() -> None:
    content = {"rules": [a_rule("task.memory_mb > 999", "true")]}
    evaluation = an_evaluation(content)
    found = ruled(content, a_snapshot(memory_mb=None), evaluation=evaluation)
    assert [one.summary[:9] for one in found.anomalies] == ["summary 1"]
    assert found.unjudged == {AnomalyKind.CUSTOM}
    assert evaluation.unknown == {"prod": 1}
    assert not list(evaluation.anomalies())


def test_what_a_spent_budget_leaves_out_is_told_as_a_finding_of_the_server() -> None:
    content = {"rules": [a_rule("true", "1 == 1", "2 == 2", "3 == 3")]}
    evaluation = an_evaluation(content, seconds=2)
    found = ruled(content, a_snapshot(), evaluation=evaluation)
    assert len(found.anomalies) == 2
    assert found.unjudged == {AnomalyKind.CUSTOM}
    ((subject, anomaly),) = evaluation.anomalies()
    assert subject == Subject(server="prod")
    assert anomaly.kind is AnomalyKind.UNKNOWN
    assert anomaly.summary == "alerting rules took too long: 2 expressions were not evaluated"


def test_a_task_in_maintenance_is_not_judged() -> None:
    window = {"days": ["mon"], "from": "12:00", "to": "13:00"}
    content = {
        "rules": [a_rule("true")],
        "maintenance": [{"name": "m", "time_zone": "UTC", "weekly": window}],
    }
    assert ruled(content, a_snapshot(), LAGGING) == RuledFindings(unjudged=EVERY_KIND)
    file = AlertRulesFile.model_validate({"version": 1} | content)
    applied = AlertRules(file, Thresholds()).for_server("prod", NOON)
    assert apply_server_rules((ABORTED,), applied) == RuledFindings(unjudged=EVERY_KIND)


def test_a_servers_findings_are_ranked_too() -> None:
    low = an_anomaly(AnomalyKind.LOW_DISK)
    content = {"version": 1, "rules": [{"name": "r", "severity": {"low_disk": "ignore"}}]}
    applied = AlertRules(AlertRulesFile.model_validate(content), Thresholds()).for_server("p", NOON)
    assert apply_server_rules((low, ABORTED), applied).anomalies == (ABORTED,)


severities = st.dictionaries(
    st.sampled_from([kind for kind in AnomalyKind if kind is not AnomalyKind.CUSTOM]),
    st.sampled_from(Level),
)


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """Any rules: severities, expressions that hold or not, opt-outs, at times a window."""
    entries = [
        a_rule(
            *draw(st.lists(st.sampled_from(["true", "false", "task.memory_mb > 9"]), max_size=2)),
            name=f"rule {number}",
            severity={kind.value: level.value for kind, level in draw(severities).items()},
        )
        for number in range(draw(st.integers(0, 3)))
    ]
    window = {"days": ["mon"], "from": "12:00", "to": "13:00"}
    entry = {"name": "m", "time_zone": "UTC", "weekly": window}
    return {
        "rules": entries,
        "maintenance": [entry] if draw(st.booleans()) else [],
        "opt_out_tags": draw(st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True)),
    }


@given(
    content=contents(),
    incident=incidents,
    proposal=proposals,
    snapshot=snapshots(),
    history=histories,
    settings=policies,
    tag=st.sampled_from("abc"),
)
def test_whatever_the_rules_say_they_never_raise_what_the_agent_does(
    *,
    content: dict[str, Any],
    incident: Incident,
    proposal: Proposal,
    snapshot: TaskSnapshot,
    history: tuple[Restart, ...],
    settings: PolicySettings,
    tag: str,
) -> None:
    without = tuple(one for one in incident.anomalies if one.kind is not AnomalyKind.CUSTOM)
    snapshot = snapshot.model_copy(update={"tags": (tag,)})
    found = ruled(content, snapshot, *without).anomalies
    if not found:
        return  # no incident, and so no action
    opt_outs = settings.model_copy(update={"opt_out_tags": frozenset(content["opt_out_tags"])})

    spent = Spent(task=snapshot.id, restarts=history)
    limits = consult(proposal.action, spent, settings.limits, None, NOON)

    def decided(anomalies: tuple[Anomaly, ...], policy: PolicySettings) -> DecisionKind:
        judged = incident.model_copy(update={"anomalies": anomalies})
        case = Case(incident=judged, proposal=proposal, snapshot=snapshot, limits=limits)
        return decide(case, policy).kind

    with_rules = decided(found, opt_outs)
    if tag in content["opt_out_tags"] or not without:
        assert with_rules not in ACTS
    else:
        ranks = [DecisionKind.NEEDS_APPROVAL, DecisionKind.AUTO]
        before = decided(without, settings)
        assert with_rules not in ACTS or ranks.index(with_rules) <= (
            ranks.index(before) if before in ACTS else -1
        )
