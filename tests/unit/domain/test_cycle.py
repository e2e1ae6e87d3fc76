from qlik_monitor.domain.cycle import CycleReport
from tests.fakes.builders import NOON


def test_a_report_without_counts_is_one_of_a_cycle_that_read_nothing() -> None:
    report = CycleReport(id="cycle-1", finished_at=NOON, succeeded=False, error="QlikUnavailable")
    assert (report.tasks, report.opened, report.deferred) == (0, 0, 0)
