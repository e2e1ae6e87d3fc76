"""How one case is evaluated: the one place that follows what `evaluate_proposal` does.

case ──▶ incident and restarts ──▶ foregone? rules │ model (or rules) ──▶ policy ──▶ decision
"""

from benchmarks.evals.building import NOW, history_of, incident_of
from benchmarks.evals.case import EvalCase
from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.confidence import weighed
from qlik_monitor.domain.decision import Decision
from qlik_monitor.domain.facts import facts_of
from qlik_monitor.domain.limits import LimitReading
from qlik_monitor.domain.limits_consulted import Spent, consult
from qlik_monitor.domain.policy import Case, PolicySettings, decide, foregone
from qlik_monitor.domain.ports import Analyst
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.domain.rules import propose_by_rules
from qlik_monitor.domain.task import TaskId
from qlik_monitor.errors import ModelUnusable
from qlik_monitor.settings import EvaluateProposalSettings

_NEEDED = {
    "TABLE_NAME": "evals",
    "QLIK_API_ENDPOINT": "https://qem.example.com",
    "QLIK_SECRET_ARN": "none",
}
_ALL_ON = {
    "AUTO_RESTART_ENABLED": "true",
    "AUTO_RESTART_SERVERS": "*",
    "AUTO_RESTART_ACTIONS": "resume,stop_and_resume",
    "AUTO_RESTART_MIN_CONFIDENCE": "0",
    "DESTRUCTIVE_ACTIONS_ENABLED": "true",
}


def policies_of(case: EvalCase) -> dict[str, PolicySettings]:
    """Return the policies that every case is decided by: all switches on, and as installed."""
    made = {"permissive": _NEEDED | _ALL_ON, "default": _NEEDED}
    return {
        name: EvaluateProposalSettings.from_environment(variables).policy(case.opt_out_tags)
        for name, variables in made.items()
    }


def evaluate(case: EvalCase, analyst: Analyst, policy: PolicySettings) -> tuple[Proposal, Decision]:
    """Propose and decide as production does."""
    if settled := settled_by(case, policy):
        because = f"nothing to ask: {settled}"
        proposal = _weighed(case, propose_by_rules(incident_of(case), history_of(case), because))
    else:
        proposal = ask(case, analyst)
    return proposal, decided(case, proposal, policy)


def settled_by(case: EvalCase, policy: PolicySettings) -> str | None:
    """Say why no model is asked about a case, or None when one is."""
    return foregone(incident_of(case), limits_of(case, None, policy), policy)


def limits_of(
    case: EvalCase, action: Action | None, policy: PolicySettings
) -> tuple[LimitReading, ...]:
    """Consult the limits: a task counts as seen healthy for a whole window before that."""
    if case.task is None:
        return ()
    spent = Spent(task=TaskId.parse(case.task), restarts=history_of(case))
    return consult(action, spent, policy.limits, NOW - policy.limits.window, NOW)


def ask(case: EvalCase, analyst: Analyst) -> Proposal:
    """Ask the model, or the rules where it cannot answer, and weigh the evidence for that."""
    incident, history = incident_of(case), history_of(case)
    try:
        proposal = analyst.propose(facts_of(incident, history))
    except ModelUnusable as error:
        proposal = propose_by_rules(incident, history, str(error))
    return _weighed(case, proposal)


def _weighed(case: EvalCase, proposal: Proposal) -> Proposal:
    return weighed(proposal, incident_of(case), history_of(case), ())


def decided(case: EvalCase, proposal: Proposal, policy: PolicySettings) -> Decision:
    """Decide about a proposal, whoever made it."""
    incident = incident_of(case)
    return decide(
        Case(
            incident=incident,
            proposal=proposal,
            snapshot=incident.snapshot,
            limits=limits_of(case, proposal.action, policy),
            maintenance=case.maintenance,
        ),
        policy,
    )
