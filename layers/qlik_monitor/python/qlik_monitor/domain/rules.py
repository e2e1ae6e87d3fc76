"""Rules: the proposal that is made when no model can be asked."""

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.anomaly import AnomalyKind
from qlik_monitor.domain.error_class import CURABLE, ErrorClass
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.proposal import Proposal, Proposer
from qlik_monitor.domain.restart import Restart, RestartOutcome

SLOW_KINDS = frozenset(
    {AnomalyKind.LAGGING, AnomalyKind.THROUGHPUT_COLLAPSE, AnomalyKind.LAG_FORECAST}
)
WAITING_KINDS = frozenset({AnomalyKind.RECOVERY_LASTING})


def propose_by_rules(incident: Incident, history: tuple[Restart, ...], because: str) -> Proposal:
    """Propose what an operator's handbook says; `because` tells why the model did not."""
    action, confidence, reasoning = _judge(incident, history)
    return Proposal(
        action=action,
        confidence=confidence,
        cause=_cause(incident),
        reasoning=reasoning,
        evidence=tuple(anomaly.summary[:1000] for anomaly in incident.anomalies),
        made_by=Proposer.RULES,
        rules_because=because,
    )


def _judge(incident: Incident, history: tuple[Restart, ...]) -> tuple[Action, float, str]:
    kinds = incident.kinds
    if AnomalyKind.FLAPPING in kinds:
        return Action.ESCALATE, 0.7, "It goes down again and again: a person has to find out why."
    if kinds & {AnomalyKind.ABORTED, AnomalyKind.ERROR}:
        return _judge_abort(incident, history)
    if kinds <= WAITING_KINDS:
        return (
            Action.ESCALATE,
            0.6,
            "Replicate keeps retrying; someone should look at its endpoint.",
        )
    if AnomalyKind.STUCK in kinds:
        return (
            Action.STOP_AND_RESUME,
            0.7,
            "Work waits and nothing moves: a restart often frees it.",
        )
    if kinds <= SLOW_KINDS:
        return Action.WAIT, 0.6, "The task is slow but moves; a restart would only lose time."
    return Action.ESCALATE, 0.6, "A restart does not cure this; a person has to look."


def _judge_abort(incident: Incident, history: tuple[Restart, ...]) -> tuple[Action, float, str]:
    if incident.error_class in CURABLE:
        confidence = confidence_in_resume(incident.error_class, history)
        return Action.RESUME, confidence, "The error is of a kind that passes; a resume picks up."
    if incident.error_class is ErrorClass.UNKNOWN:
        return Action.ESCALATE, 0.5, "The error is of no known kind; a person has to judge it."
    return (
        Action.ESCALATE,
        0.8,
        f"An error of class {incident.error_class.value} has to be mended by a person first.",
    )


def confidence_in_resume(error_class: ErrorClass, history: tuple[Restart, ...]) -> float:
    """Say how sure it is that a resume helps once the cause has passed; failed ones lower it."""
    failed = sum(1 for restart in history if restart.outcome is RestartOutcome.FAILED)
    return max(0.3, 0.8 - 0.2 * failed) if error_class in CURABLE else 0.3


def _cause(incident: Incident) -> str:
    return f"{incident.error_class.value}: {incident.anomalies[0].summary}"[:1000]
