"""The end of an explanation: what happens next, and what a person can do."""

from collections.abc import Mapping

from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.explanation_parts import Account, Section, section
from qlik_monitor.domain.explanation_words import moment
from qlik_monitor.domain.incident import Incident, IncidentStatus

WITH_PEOPLE = (
    "It is yours: the agent does nothing more about it, unless it gets worse, which is decided "
    "anew. It closes by itself once two readings in a row show no trouble."
)
LOST = "The cycle that worked on it is lost: the next cycle hands it over to people."
STEPS: Mapping[IncidentStatus, str] = {
    IncidentStatus.AWAITING_APPROVAL: (
        "A person answers: by the link in the message, on the console, or with `make approve` or "
        "`make reject`. Before acting, the agent reads again and does nothing if the task has "
        "changed. Without an answer nothing is done."
    ),
    IncidentStatus.EXECUTING: (
        "The action is called in Qlik once; then the agent looks whether it helped."
    ),
    IncidentStatus.VERIFYING: (
        "The agent keeps looking: healthy readings in a row close it, anything else is decided "
        "anew or handed over."
    ),
    IncidentStatus.ESCALATED: WITH_PEOPLE,
    IncidentStatus.REJECTED: WITH_PEOPLE,
    IncidentStatus.CLOSED: "Nothing: new trouble of the same task is a new incident.",
}
"""What follows each status by itself; the other two depend on more."""
DECIDED: Mapping[DecisionKind, str] = {
    DecisionKind.AUTO: "The action is carried out, if the task is still as it was judged.",
    DecisionKind.NEEDS_APPROVAL: "A person is asked by a link.",
    DecisionKind.OBSERVE: "It is watched.",
    DecisionKind.ESCALATE: "People are told.",
}


def next_step(account: Account) -> Section:
    """Tell what happens next."""
    rows = [("Next", _next(account)), ("If nothing is heard", _lease(account))]
    return section("next", "What happens next", rows)


def _next(account: Account) -> str:
    incident = account.incident
    if incident.is_lost(account.now):
        return LOST
    if incident.status is IncidentStatus.OPEN:
        return _of_an_open_one(incident)
    if incident.status is IncidentStatus.OBSERVED:
        return _of_an_observed_one(account)
    return STEPS[incident.status]


def _of_an_open_one(incident: Incident) -> str:
    if incident.decision is None:
        waited = "after the pause that follows a failed restart" if incident.attempt > 1 else "now"
        return f"An action is proposed and decided on, {waited}."
    return DECIDED[incident.decision.kind]


def _of_an_observed_one(account: Account) -> str:
    again = account.incident.decide_again_at
    if again:
        return f"It is decided anew {moment(again, account.now)}, or closed when it is well."
    return (
        "It is watched: closed when it is well, decided anew when it gets worse or has lasted for "
        "hours."
    )


def _lease(account: Account) -> str:
    incident = account.incident
    if not incident.is_worked_on_by(incident.cycle) or incident.is_lost(account.now):
        return ""
    until = moment(incident.lease_until, account.now)
    return f"the cycle counts as lost {until}, and people are told"
