from datetime import timedelta
from typing import Any

import pytest

from qlik_monitor.domain.alert_rules import AlertRulesFile
from qlik_monitor.domain.anomaly import AnomalyKind, Severity
from qlik_monitor.domain.applied_rules import AlertRules, AppliedRules
from qlik_monitor.domain.task import TaskId
from qlik_monitor.domain.thresholds import Thresholds
from tests.fakes.builders import NOON, TASK, a_snapshot, later

BASE = Thresholds(lag=timedelta(seconds=600))
NOON_TO_ONE = {"days": ["mon"], "from": "12:00", "to": "13:00"}


def rules(*entries: dict[str, Any], **fields: Any) -> AlertRules:
    named = [{"name": f"rule {number}"} | entry for number, entry in enumerate(entries)]
    return AlertRules(AlertRulesFile.model_validate({"version": 1, "rules": named} | fields), BASE)


def lag(applied: AppliedRules) -> float:
    return applied.thresholds.lag.total_seconds()


@pytest.mark.parametrize(
    ("match", "applies"),
    [
        ({}, True),
        ({"servers": ["prod"]}, True),
        ({"servers": ["pro?"], "tasks": ["ord*"]}, True),
        ({"servers": ["dev", "[pq]rod"]}, True),
        ({"tasks": ["[!p]*"]}, True),
        ({"tags": ["silver", "gold"]}, True),
        ({"servers": ["PROD"]}, False),
        ({"servers": ["pro"]}, False),
        ({"servers": ["prod"], "tasks": ["ORD*"]}, False),
        ({"tags": ["Gold"]}, False),
        ({"tags": ["gol*"]}, False),
        ({"servers": ["prod"], "tags": ["silver"]}, False),
    ],
    ids=str,
)
def test_a_task_fits_that_fits_every_matcher_given(match: dict[str, Any], applies: bool) -> None:
    one = rules({"match": match, "thresholds": {"lag_seconds": 5}})
    assert lag(one.for_task(a_snapshot(tags=("gold", "eu")), NOON)) == (5 if applies else 600)


def test_later_rules_win_setting_by_setting() -> None:
    found = rules(
        {"thresholds": {"lag_seconds": 1, "stuck_seconds": 2}, "severity": {"lagging": "ignore"}},
        {"thresholds": {"lag_seconds": 3}, "severity": {"stuck": "warning"}},
        {"match": {"tasks": ["other"]}, "thresholds": {"lag_seconds": 4}},
        {"severity": {"lagging": "critical"}},
    ).for_task(a_snapshot(), NOON)
    assert found.thresholds == BASE.model_copy(
        update={"lag": timedelta(seconds=3), "stuck": timedelta(seconds=2)}
    )
    assert found.severity_of == {
        AnomalyKind.LAGGING: Severity.CRITICAL,
        AnomalyKind.STUCK: Severity.WARNING,
    }
    assert "thresholds.lag_seconds = 3: rule 'rule 1', over 'rule 0' (1)" in found.because
    assert "severity.lagging = critical: rule 'rule 3', over 'rule 0' (ignore)" in found.because


def test_an_expression_of_the_same_name_replaces_an_earlier_one() -> None:
    one = {"name": "slow", "when": "true", "severity": "warning", "summary": "Slow"}
    found = rules({"expressions": [one]}, {"expressions": [one | {"when": "false"}]})
    applied = found.for_task(a_snapshot(), NOON).expressions
    assert [(e.rule, e.expression.when) for e in applied] == [("rule 1", "false")]


def test_without_rules_every_task_has_one_and_the_same_answer() -> None:
    none = rules()
    first = none.for_task(a_snapshot(), NOON)
    assert first is none.for_task(a_snapshot(task="other"), later(hours=1))
    assert first is none.for_server("prod", NOON)
    assert first == AppliedRules(thresholds=BASE)


def test_tasks_that_the_same_rules_fit_share_one_answer() -> None:
    some = rules({"match": {"tasks": ["orders*"]}, "thresholds": {"lag_seconds": 5}})
    first = some.for_task(a_snapshot(), NOON)
    assert first is some.for_task(a_snapshot(task="orders_eu"), NOON)
    assert first is some.for_task(a_snapshot(), later(minutes=5))
    assert first is not some.for_task(a_snapshot(task="payments"), NOON)


def test_a_changed_tag_is_seen_at_once() -> None:
    gold = rules({"match": {"tags": ["gold"]}, "thresholds": {"lag_seconds": 5}})
    assert lag(gold.for_task(a_snapshot(), NOON)) == 600
    assert lag(gold.for_task(a_snapshot(tags=("gold",)), NOON)) == 5
    assert lag(gold.for_task(a_snapshot(), NOON)) == 600


def test_more_tasks_than_are_remembered_are_all_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qlik_monitor.domain.applied_rules.MAX_REMEMBERED", 3)
    some = rules({"match": {"tasks": ["t*1"]}, "thresholds": {"lag_seconds": 5}})
    found = [lag(some.for_task(a_snapshot(task=f"t{number}"), NOON)) for number in range(12)]
    assert found == [5 if str(number).endswith("1") else 600 for number in range(12)]


def test_a_window_lasts_for_the_tasks_that_match() -> None:
    entry = {"name": "patching", "time_zone": "UTC", "weekly": NOON_TO_ONE}
    some = rules(maintenance=[entry | {"match": {"tasks": ["orders"]}}])
    assert some.for_task(a_snapshot(), NOON).maintenance == "patching"
    assert "maintenance: 'patching' lasts" in some.for_task(a_snapshot(), NOON).because
    assert some.for_task(a_snapshot(task="other"), NOON).maintenance is None
    assert some.for_task(a_snapshot(), later(hours=1)).maintenance is None


def test_a_server_is_meant_by_entries_that_name_neither_tasks_nor_tags() -> None:
    entry = {"name": "patching", "time_zone": "UTC", "weekly": NOON_TO_ONE}
    some = rules(
        {"severity": {"license": "warning"}},
        {"match": {"tasks": ["*"]}, "severity": {"low_disk": "ignore"}},
        {"match": {"servers": ["dev"]}, "severity": {"server_unreachable": "ignore"}},
        maintenance=[entry | {"match": {"servers": ["prod"]}}],
    )
    found = some.for_server("prod", NOON)
    assert found.severity_of == {AnomalyKind.LICENSE: Severity.WARNING}
    assert found.maintenance == "patching"
    assert some.for_server("dev", NOON).maintenance is None


def test_an_opt_out_tag_switches_automation_off_and_nothing_else() -> None:
    some = rules({"thresholds": {"lag_seconds": 5}}, opt_out_tags=["hands-off"])
    found = some.for_task(a_snapshot(tags=("gold", "hands-off")), NOON)
    assert found.automation_off == "the task is opted out of automation by its tag hands-off"
    assert lag(found) == 5
    assert some.for_task(a_snapshot(tags=("gold",)), NOON).automation_off is None


def test_tags_that_could_not_be_read_may_hold_the_one_that_opts_out() -> None:
    unread = a_snapshot(unknown_fields=("assigned_tags: a number",))
    assert rules(opt_out_tags=["hands-off"]).for_task(unread, NOON).automation_off
    assert rules({"severity": {}}).for_task(unread, NOON).automation_off is None


def test_a_pattern_that_would_make_others_backtrack_ends_at_once() -> None:
    some = rules({"match": {"tasks": ["*a" * 60 + "b"]}})
    long = TaskId(server=TASK.server, task="a" * 200)
    assert not some.for_task(a_snapshot(id=long), NOON).because
