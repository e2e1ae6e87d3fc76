from qlik_monitor.adapters.dynamodb_cycles import DynamoDbCycles
from qlik_monitor.domain.cycle import CycleReport
from tests.fakes.aws import FakeStack
from tests.fakes.builders import NOON, later


def test_a_report_is_kept_for_two_weeks(cycles: DynamoDbCycles, stack: FakeStack) -> None:
    cycles.record(CycleReport(id="cycle-1", finished_at=NOON, tasks=7))
    [item] = stack.dump()
    assert item["pk"] == "CYCLE#2026-03-02"
    assert CycleReport.model_validate_json(item["document"]).tasks == 7
    assert item["expires_at"] == int(later(days=14).timestamp())


def test_a_failure_is_news_once_an_hour(cycles: DynamoDbCycles) -> None:
    minutes = (0, 5, 59, 60, 65, 120)
    news = [cycles.failure_is_news("QlikUnavailable", later(minutes=m)) for m in minutes]
    assert news == [True, False, False, True, False, True]


def test_each_kind_of_failure_is_news(cycles: DynamoDbCycles) -> None:
    assert cycles.failure_is_news("QlikUnavailable", NOON)
    assert cycles.failure_is_news("StoreUnavailable", NOON)
    assert cycles.failures(later(hours=1)) == ("QlikUnavailable", "StoreUnavailable")


def test_a_forgotten_failure_is_news_again(cycles: DynamoDbCycles) -> None:
    cycles.failure_is_news("QlikUnavailable", NOON)
    cycles.failure_is_news("StoreUnavailable", NOON)
    cycles.forget(("QlikUnavailable",))
    assert cycles.failures(later(hours=1)) == ("StoreUnavailable",)
    assert cycles.failure_is_news("QlikUnavailable", later(minutes=1))


def test_only_failures_before_a_moment_are_listed(cycles: DynamoDbCycles) -> None:
    cycles.failure_is_news("QlikUnavailable", later(minutes=5))
    assert cycles.failures(NOON) == ()
    assert cycles.failures(later(minutes=5)) == ("QlikUnavailable",)


def test_nothing_is_forgotten_where_nothing_failed(cycles: DynamoDbCycles) -> None:
    cycles.forget(())
    assert cycles.failures(later(hours=1)) == ()
