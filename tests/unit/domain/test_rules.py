import pytest
from hypothesis import given

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.error_class import CURABLE, ErrorClass
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.proposal import Proposer
from qlik_monitor.domain.restart import Restart, RestartOutcome
from qlik_monitor.domain.rules import propose_by_rules
from tests.fakes.builders import a_restart, an_anomaly, an_incident
from tests.fakes.strategies import histories, incidents


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["aborted"], Action.RESUME),
        (["error"], Action.RESUME),
        (["stuck"], Action.STOP_AND_RESUME),
        (["stuck", "lagging"], Action.STOP_AND_RESUME),
        (["lagging"], Action.WAIT),
        (["lagging", "throughput_collapse"], Action.WAIT),
        (["recovery_lasting"], Action.ESCALATE),
        (["low_disk"], Action.ESCALATE),
        (["unknown"], Action.ESCALATE),
        (["data_errors"], Action.ESCALATE),
        (["stale_state"], Action.ESCALATE),
        (["custom"], Action.ESCALATE),
        (["lagging", "custom"], Action.ESCALATE),
    ],
    ids=" and ".join,
)
def test_the_rules_say_what_the_handbook_says(kinds: list[str], expected: Action) -> None:
    anomalies = tuple(an_anomaly(AnomalyKind(kind)) for kind in kinds)
    assert propose_by_rules(an_incident(anomalies=anomalies), (), "").action is expected


@pytest.mark.parametrize("error_class", [one for one in ErrorClass if one not in CURABLE])
def test_an_abort_that_a_resume_does_not_cure_goes_to_a_person(error_class: ErrorClass) -> None:
    proposal = propose_by_rules(an_incident(error_class=error_class), (), "")
    assert proposal.action is Action.ESCALATE


def test_each_failed_restart_lowers_the_confidence() -> None:
    failed = a_restart(outcome=RestartOutcome.FAILED)
    confidences = [propose_by_rules(an_incident(), (failed,) * n, "").confidence for n in range(5)]
    assert confidences == sorted(confidences, reverse=True)
    assert confidences[0] == 0.8


@given(incidents, histories)
def test_the_rules_always_answer_say_why_and_never_ask_for_a_reload(
    incident: Incident, history: tuple[Restart, ...]
) -> None:
    proposal = propose_by_rules(incident, history, "the model is down")
    assert proposal.made_by is Proposer.RULES
    assert proposal.rules_because == "the model is down"
    assert proposal.action is not Action.RELOAD_TARGET
    assert proposal.cause
    assert proposal.reasoning
