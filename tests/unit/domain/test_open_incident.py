from itertools import permutations

from qlik_monitor.domain.anomaly import AnomalyKind, Severity
from qlik_monitor.domain.incident import IncidentStatus
from qlik_monitor.domain.open_incident import MOST_SUMMARY, OpenIncident, most_urgent
from tests.fakes.builders import an_anomaly, an_incident


def test_what_waits_for_an_answer_comes_first_then_what_is_critical_then_what_is_old() -> None:
    warning = (an_anomaly(AnomalyKind.LAGGING, severity=Severity.WARNING),)
    waits = IncidentStatus.AWAITING_APPROVAL
    ordered = [
        OpenIncident.of(incident)
        for incident in (
            an_incident(id="4", status=waits),
            an_incident(id="3", status=waits, anomalies=warning),
            an_incident(id="2"),
            an_incident(id="5"),
            an_incident(id="1", anomalies=warning),
        )
    ]
    for order in permutations(ordered):
        assert sorted(order, key=most_urgent) == ordered


def test_a_line_stays_short_whatever_a_finding_says() -> None:
    told = OpenIncident.of(an_incident(anomalies=(an_anomaly(summary="x" * 5000),)))
    assert told.summary == "x" * MOST_SUMMARY
    assert len(told.model_dump_json()) < 600
