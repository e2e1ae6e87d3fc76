from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.anomaly import Evidence, Subject
from qlik_monitor.domain.facts import MAX_RESTARTS, MAX_TEXT, facts_of
from qlik_monitor.domain.restart import RestartOutcome
from tests.fakes.builders import a_restart, an_aborted, an_anomaly, an_incident

LEAK = "password=hunter2-secret"


def test_the_facts_are_what_an_engineer_would_look_at() -> None:
    history = (a_restart(outcome=RestartOutcome.FAILED, detail="the same error"),)
    facts = facts_of(an_incident(attempt=2), history)
    assert (facts.subject, facts.state, facts.stop_reason) == (
        "prod/orders",
        "ERROR",
        "FATAL_ERROR",
    )
    assert facts.kinds == ("aborted",)
    assert facts.error_class == "connection"
    assert facts.readings == {"state": "ERROR"}
    assert facts.attempt == 2
    assert facts.restarts == ("2026-03-02T12:00:00+00:00 resume: failed the same error",)


def test_no_secret_is_told_to_a_model() -> None:
    incident = an_incident(
        subject=Subject(server="prod", task=LEAK),
        snapshot=an_aborted(message=LEAK),
        anomalies=(
            an_anomaly(summary=LEAK, evidence=(Evidence(name="last message", value=LEAK),)),
        ),
    )
    facts = facts_of(incident, (a_restart(detail=LEAK),))
    assert "hunter2" not in facts.model_dump_json()


def test_an_incident_of_a_server_has_no_state() -> None:
    facts = facts_of(an_incident(subject=Subject(server="prod"), snapshot=None), ())
    assert (facts.state, facts.message) == ("UNKNOWN", "")


@given(st.text(min_size=1, max_size=3000), st.integers(0, 30))
def test_the_facts_are_bounded(text: str, restarts: int) -> None:
    incident = an_incident(anomalies=(an_anomaly(summary=text),) * 30)
    facts = facts_of(incident, (a_restart(detail=text),) * restarts)
    assert len(facts.restarts) <= MAX_RESTARTS
    assert all(len(item) <= MAX_TEXT for item in (*facts.anomalies, *facts.restarts))
    assert len(facts.model_dump_json()) < 200_000
