from datetime import UTC, datetime, timedelta

from local.alert_rules.reading import read_rules
from qlik_monitor.domain.applied_rules import AlertRules
from qlik_monitor.domain.explained_rules import OWN, ExplainedRules, Tags, explain, settings_of
from qlik_monitor.domain.task import TaskId
from qlik_monitor.domain.thresholds import Thresholds
from tests.contract.docs.markdown import ROOT
from tests.fakes.builders import a_snapshot

EXAMPLE = read_rules(ROOT / "docs" / "alert_rules.example.yaml", ROOT)
RULES = AlertRules(EXAMPLE.file, Thresholds())
TASK = TaskId(server="prod-eu-1", task="orders")
SATURDAY_NIGHT = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)


def explained(tags: Tags, at: datetime = SATURDAY_NIGHT) -> ExplainedRules:
    return explain(RULES, EXAMPLE.place.line_of, TASK, tags, at)


def test_of_unknown_tags_an_entry_that_asks_for_some_neither_applies_nor_does_not() -> None:
    found = {one.name: one for one in explained(None).rules}
    assert found["everything"].applies is True
    assert (found["gold on production"].applies, found["gold on production"].depends_on) == (
        None,
        ("gold",),
    )
    assert found["nightly loads"].applies is False


def test_tags_that_are_known_to_be_none_miss_it() -> None:
    found = {one.name: one for one in explained(()).rules}
    assert found["gold on production"].applies is False
    assert found["gold on production"].misses == ("tags: a task without tags is none of gold",)


def test_what_depends_on_unknown_tags_is_left_out_of_what_holds() -> None:
    assert explained(None).applied.thresholds.lag == timedelta(seconds=900)
    assert explained(("gold",)).applied.thresholds.lag == timedelta(seconds=120)


def test_each_setting_says_where_it_comes_from() -> None:
    said = {one.name: (one.value, one.source) for one in settings_of(explained(("gold",)).applied)}
    assert said["thresholds.lag_seconds"] == (
        "120",
        "rule 'gold on production', over 'everything' (900)",
    )
    assert said["thresholds.recovery_seconds"] == ("1800", OWN)
    assert said["severity.table_errors"] == ("critical", "rule 'everything'")


def test_a_window_says_until_when_it_lasts_and_when_it_comes_next() -> None:
    [patching, *_] = explained(()).maintenance
    assert patching.lasting is not None
    assert patching.lasting.holds(SATURDAY_NIGHT)
    assert patching.coming is not None
    assert patching.coming.begins == datetime(2026, 11, 28, 21, tzinfo=UTC)


def test_a_reading_whose_tags_could_not_be_read_keeps_automation_off() -> None:
    snapshot = a_snapshot(id=TASK, unknown_fields=("assigned_tags: not a list",))
    found = explain(RULES, EXAMPLE.place.line_of, snapshot, snapshot.tags, SATURDAY_NIGHT)
    assert "could not be read" in str(found.applied.automation_off)
