import json
from datetime import timedelta
from typing import Any

import pytest

import functions.report_cycle.handler as report_cycle
from qlik_monitor.adapters.dynamodb_automation import DynamoDbAutomation
from qlik_monitor.adapters.dynamodb_model_usage import DynamoDbModelUsage
from qlik_monitor.composition import utc_now
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.model_budget import ModelBudget, Prices, Usage
from qlik_monitor.errors import NotificationFailed
from tests.fakes.aws import FakeStack, refused
from tests.fakes.running import run
from tests.integration.functions.conftest import Log

COUNTS = {"servers": 1, "tasks": 3, "unread": 0, "ill": 1, "opened": 1, "closed": 0, "deferred": 2}


def succeeded(began: timedelta = timedelta()) -> dict[str, Any]:
    started = (utc_now() + began).isoformat().replace("+00:00", "Z")
    event = {"execution": "cycle-1", "started": started, "cycle": COUNTS}
    return run(report_cycle.handler, event)


def failed(error: str = "QlikUnavailable", cause: str = "timed out") -> dict[str, Any]:
    body = json.dumps({"errorMessage": cause})
    event = {"execution": "cycle-1", "error": {"Error": error, "Cause": body}}
    return run(report_cycle.handler, event)


def kinds(stack: FakeStack) -> list[str]:
    return [told.kind for told in stack.told]


def test_the_counts_of_a_cycle_are_kept_and_nobody_is_told(stack: FakeStack) -> None:
    assert succeeded() == {"succeeded": True}
    [item] = stack.dump()
    report = CycleReport.model_validate_json(item["document"])
    assert report.model_dump(include=set(COUNTS)) == COUNTS
    assert stack.told == []


def test_what_the_model_took_today_stands_in_the_report_and_the_log(
    stack: FakeStack, log: Log
) -> None:
    spent = Prices.of_dollars(2.5, 10.0).usage(900, 120)
    budget = ModelBudget.of_dollars(10, 10_000, 1.0)
    DynamoDbModelUsage(stack.table).reserve(spent, budget, utc_now())
    succeeded()
    [item] = [item for item in stack.dump() if item["pk"].startswith("CYCLE#")]
    assert CycleReport.model_validate_json(item["document"]).model_today == spent
    [line] = [line for line in log() if line["message"] == "cycle reported"]
    assert line["model_today"] == {
        "calls": 1,
        "prompt_tokens": 900,
        "completion_tokens": 120,
        "micro_dollars": 3450,
    }


def test_a_day_without_a_question_took_nothing(stack: FakeStack) -> None:
    succeeded()
    assert CycleReport.model_validate_json(stack.dump()[0]["document"]).model_today == Usage()


def test_a_usage_that_cannot_be_read_is_unknown_and_the_cycle_is_reported(
    stack: FakeStack, log: Log
) -> None:
    with refused("GetItem", "MODEL#"):
        assert succeeded() == {"succeeded": True}
    assert CycleReport.model_validate_json(stack.dump()[0]["document"]).model_today is None
    assert "model usage not read" in [line["message"] for line in log()]


def test_a_failed_cycle_is_told_at_once_and_then_once_an_hour(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = utc_now()
    for minutes in (0, 5, 55, 61):
        moment = now + timedelta(minutes=minutes)
        monkeypatch.setattr(report_cycle, "utc_now", lambda at=moment: at)
        assert failed() == {"succeeded": False}
    assert kinds(stack) == ["cycle_failed", "cycle_failed"]
    assert "QlikUnavailable: timed out" in stack.told[0].body


def test_another_failure_is_told_as_well(stack: FakeStack) -> None:
    failed("QlikUnavailable")
    failed("QlikAccessDenied")
    assert kinds(stack) == ["cycle_failed", "cycle_failed"]


def test_a_cycle_that_began_before_the_failures_does_not_tell_their_end(stack: FakeStack) -> None:
    failed()
    succeeded(began=-timedelta(hours=4))
    assert kinds(stack) == ["cycle_failed"]


def test_the_end_of_failures_is_told_once(stack: FakeStack) -> None:
    failed()
    succeeded()
    succeeded()
    assert kinds(stack) == ["cycle_failed", "cycle_works_again"]
    assert "QlikUnavailable" in stack.told[-1].body


def test_a_failure_after_a_good_cycle_is_news_again(stack: FakeStack) -> None:
    failed()
    succeeded()
    failed()
    assert kinds(stack) == ["cycle_failed", "cycle_works_again", "cycle_failed"]


@pytest.mark.parametrize("good", [True, False], ids=["works again", "failed"])
def test_what_could_not_be_told_is_told_by_the_next_try(
    good: bool, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_args: object) -> None:
        raise NotificationFailed("SNS is away")

    if good:
        failed()
    report = succeeded if good else failed
    with monkeypatch.context() as patched:
        patched.setattr("qlik_monitor.adapters.sns.SnsNotifier.tell", failing)
        with pytest.raises(NotificationFailed):
            report()
    report()
    assert kinds(stack)[-1] == ("cycle_works_again" if good else "cycle_failed")


def test_a_failure_is_told_without_secrets(stack: FakeStack) -> None:
    failed(cause="GET https://me:hunter2@qem/servers: refused")
    assert "hunter2" not in stack.told[0].body


def test_everybody_hears_once_who_paused_the_agent_and_who_let_it_go_on(stack: FakeStack) -> None:
    switch = DynamoDbAutomation(stack.table)
    switch.pause("ada", "database upgrade", utc_now())
    succeeded()
    failed("States.Timeout")
    assert kinds(stack) == ["automation_paused", "cycle_failed"]
    assert "by ada: database upgrade" in stack.told[0].body
    switch.resume("bob", utc_now())
    succeeded()
    succeeded()
    assert kinds(stack).count("automation_resumed") == 1
    assert kinds(stack).count("automation_paused") == 1


def test_a_switch_that_was_turned_while_people_were_told_is_told_of_next_time(
    stack: FakeStack,
) -> None:
    switch = DynamoDbAutomation(stack.table)
    before = switch.pause("ada", "", utc_now())
    switch.resume("bob", utc_now())
    switch.told(before)
    assert switch.untold() == switch.state()
