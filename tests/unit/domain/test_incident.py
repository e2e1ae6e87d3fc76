from datetime import timedelta

import pytest

from qlik_monitor.domain.anomaly import Anomaly, AnomalyKind, Severity
from qlik_monitor.domain.incident import IN_FLIGHT, WITH_PEOPLE, IncidentStatus
from qlik_monitor.domain.limits import LimitReading
from tests.fakes.builders import NOON, an_anomaly, an_incident, in_status, later

LAG = an_anomaly(AnomalyKind.LAGGING, severity=Severity.WARNING)
BAD_LAG = an_anomaly(AnomalyKind.LAGGING, severity=Severity.CRITICAL)
STUCK = an_anomaly(AnomalyKind.STUCK)


@pytest.mark.parametrize("status", IncidentStatus)
def test_only_an_incident_that_a_cycle_works_on_can_be_lost(status: IncidentStatus) -> None:
    incident = in_status(status)
    assert incident.is_lost(later(minutes=30)) is (status in IN_FLIGHT)
    assert not incident.is_lost(later(minutes=29))


def test_every_status_belongs_to_a_cycle_to_people_or_to_the_past() -> None:
    assert set(IncidentStatus) == IN_FLIGHT | WITH_PEOPLE | {IncidentStatus.CLOSED}
    assert not IN_FLIGHT & WITH_PEOPLE


@pytest.mark.parametrize(
    ("before", "now", "worse"),
    [
        ((LAG,), (LAG,), False),
        ((LAG,), (), False),
        ((LAG,), (BAD_LAG,), True),
        ((LAG,), (LAG, STUCK), True),
        ((LAG, STUCK), (STUCK,), False),
        ((BAD_LAG,), (LAG,), False),
    ],
    ids=["same", "gone", "more severe", "a new kind", "one less", "milder"],
)
def test_an_incident_got_worse_by_a_new_kind_or_a_higher_severity(
    before: tuple[Anomaly, ...], now: tuple[Anomaly, ...], worse: bool
) -> None:
    assert an_incident(anomalies=before).got_worse(now) is worse


def test_the_severity_is_that_of_the_worst_finding() -> None:
    assert an_incident(anomalies=(LAG, STUCK)).severity is Severity.CRITICAL
    assert an_incident(anomalies=(LAG,)).severity is Severity.WARNING


def test_a_move_renews_the_lease_and_keeps_the_version_it_was_read_with() -> None:
    incident = an_incident(version=4)
    moved = incident.moved_to(
        IncidentStatus.EXECUTING, later(hours=1), lease=timedelta(hours=3), attempt=2
    )
    assert (moved.status, moved.attempt, moved.version) == (IncidentStatus.EXECUTING, 2, 4)
    assert (moved.updated_at, moved.lease_until) == (later(hours=1), later(hours=4))
    assert incident.updated_at == NOON


def test_a_past_attempt_keeps_only_the_limits_that_refused() -> None:
    spent = [LimitReading(name=f"cap {n}", used=1, allowed=1, refuses="spent") for n in range(99)]
    free = LimitReading(name="attempts", used=0, allowed=3)
    past = an_incident(limits=(free, *spent)).with_past("it did not help", NOON).past
    assert [one.name for one in past[0].limits] == [f"cap {n}" for n in range(10)]
