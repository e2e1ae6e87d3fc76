from datetime import UTC, datetime
from typing import Any

from qlik_monitor.domain.console_health import cost_of, is_overdue, troubles
from qlik_monitor.domain.cycle import CycleReport
from qlik_monitor.domain.model_budget import Usage, days_of_month
from tests.fakes.builders import NOON, later


def a_cycle(minutes: float, **changes: Any) -> CycleReport:
    return CycleReport.model_validate(
        {"id": f"c{minutes}", "finished_at": later(minutes=minutes)} | changes
    )


def failed(minutes: float, error: str) -> CycleReport:
    return a_cycle(minutes, succeeded=False, error=error)


CYCLES = [a_cycle(-minutes) for minutes in range(0, 60, 5)]


def test_cycles_are_overdue_after_three_of_their_intervals() -> None:
    assert not is_overdue(CYCLES, later(minutes=15))
    assert is_overdue(CYCLES, later(minutes=16))


def test_cycles_that_never_came_are_overdue() -> None:
    assert is_overdue([], NOON)


def test_of_a_single_cycle_the_default_interval_is_assumed() -> None:
    assert not is_overdue([a_cycle(0)], later(minutes=15))
    assert is_overdue([a_cycle(0)], later(minutes=15.1))


def test_failures_of_a_day_are_counted_by_their_names_with_the_newest_text() -> None:
    reports = [
        failed(-5, "QlikUnavailable: timeout"),
        a_cycle(-10),
        failed(-15, "TimedOut"),
        failed(-20, "QlikUnavailable: refused: twice"),
        failed(-24 * 60, "Old: one"),
    ]
    found = [(one.name, one.times, one.newest, one.text) for one in troubles(reports, NOON)]
    assert found == [
        ("QlikUnavailable", 2, later(minutes=-5), "timeout"),
        ("TimedOut", 1, later(minutes=-15), ""),
    ]


def test_a_month_is_summed_and_days_without_a_question_are_not_counted() -> None:
    spent = Usage(calls=2, prompt_tokens=10, completion_tokens=5, micro_dollars=7)
    cost = cost_of([spent, None, Usage(), spent])
    assert (cost.today, cost.month, cost.days) == (
        spent,
        Usage(calls=4, prompt_tokens=20, completion_tokens=10, micro_dollars=14),
        2,
    )


def test_a_day_that_nothing_is_kept_of_took_nothing() -> None:
    assert cost_of([Usage(calls=1), None]).today == Usage()


def test_a_month_s_days_end_with_today_in_utc() -> None:
    assert days_of_month(datetime(2026, 3, 3, tzinfo=UTC)) == (
        "2026-03-01",
        "2026-03-02",
        "2026-03-03",
    )
    ahead = datetime.fromisoformat("2026-03-01T00:30:00+02:00")
    assert days_of_month(ahead)[-1] == "2026-02-28"
