from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.anomaly import Evidence, Subject
from qlik_monitor.domain.facts import MAX_PRECEDENTS, MAX_RESTARTS, MAX_TEXT, facts_of
from qlik_monitor.domain.restart import RestartOutcome
from qlik_monitor.domain.task import Endpoint, TaskId
from tests.fakes.builders import a_precedent, a_restart, an_aborted, an_anomaly, an_incident

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
    assert facts.class_meaning == "the way to an endpoint was lost or timed out"
    assert facts.sensible_actions == ("resume", "stop_and_resume", "wait", "escalate")


def test_endpoints_and_what_was_tried_before_are_told_with_its_confidence() -> None:
    snapshot = an_aborted(
        source_endpoint=Endpoint(name="ORA1", type="Oracle"), target_endpoint=Endpoint(name="Lake")
    )
    restarts = (a_restart(outcome=RestartOutcome.FAILED, confidence=0.9),)
    facts = facts_of(an_incident(snapshot=snapshot), restarts, (a_precedent(),))
    assert facts.endpoints == {"source": "ORA1 (Oracle)", "target": "Lake"}
    assert facts.restarts == ("2026-03-02T12:00:00+00:00 resume, confidence 0.90: failed ",)
    assert facts.precedents == (
        "2026-03-02 prod/customers (aborted): resume, confidence 0.80: recovered "
        "2 healthy readings in a row",
    )


def test_no_secret_is_told_to_a_model_from_anywhere() -> None:
    endpoint = Endpoint(name=LEAK, type=LEAK)
    incident = an_incident(
        subject=Subject(server=LEAK, task=LEAK),
        snapshot=an_aborted(
            message=LEAK, source_endpoint=endpoint, target_endpoint=endpoint, tags=(LEAK,)
        ),
        anomalies=(an_anomaly(summary=LEAK, evidence=(Evidence(name=LEAK, value=LEAK),)),),
    )
    known = a_precedent(task=TaskId(server=LEAK, task=LEAK), detail=LEAK)
    facts = facts_of(incident, (a_restart(detail=LEAK),), (known,))
    assert "hunter2" not in facts.model_dump_json()


def test_an_incident_of_a_server_has_no_state() -> None:
    facts = facts_of(an_incident(subject=Subject(server="prod"), snapshot=None), ())
    assert (facts.state, facts.message) == ("UNKNOWN", "")


@given(st.text(min_size=1, max_size=3000), st.integers(0, 30))
def test_the_facts_are_bounded(text: str, restarts: int) -> None:
    incident = an_incident(anomalies=(an_anomaly(summary=text),) * 30)
    precedents = (a_precedent(detail=text[:200]),) * restarts
    facts = facts_of(incident, (a_restart(detail=text),) * restarts, precedents)
    assert len(facts.restarts) <= MAX_RESTARTS
    assert len(facts.precedents) <= MAX_PRECEDENTS
    texts = (*facts.anomalies, *facts.restarts, *facts.precedents)
    assert all(len(item) <= MAX_TEXT for item in texts)
    assert len(facts.model_dump_json()) < 200_000
