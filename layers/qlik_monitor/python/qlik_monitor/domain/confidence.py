"""Confidence: the lower of what a proposer states and what the evidence carries.

The evidence's score is its lowest part, as one good reason to doubt is enough; see
docs/decisions/0006-confidence.md.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from qlik_monitor.domain.actions import EXECUTABLE, Action
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.handbook import sensible_for
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.precedent import Precedent
from qlik_monitor.domain.proposal import ConfidencePart, Proposal, Proposer
from qlik_monitor.domain.restart import Restart, RestartOutcome
from qlik_monitor.domain.words import percent

PRIORS: Mapping[tuple[ErrorClass, Action], float] = MappingProxyType(
    {
        (ErrorClass.CONNECTION, Action.RESUME): 0.95,
        (ErrorClass.CONNECTION, Action.STOP_AND_RESUME): 0.8,
        (ErrorClass.ENDPOINT_RESTART, Action.RESUME): 0.95,
        (ErrorClass.ENDPOINT_RESTART, Action.STOP_AND_RESUME): 0.8,
        # Whatever it is, it may well come again: a person should have a look.
        (ErrorClass.UNKNOWN, Action.RESUME): 0.4,
        # A stall has no message; a fresh process frees most of them.
        (ErrorClass.UNKNOWN, Action.STOP_AND_RESUME): 0.7,
        (ErrorClass.CHECKPOINT, Action.RESUME_FROM_CHECKPOINT): 0.6,
        (ErrorClass.CHECKPOINT, Action.RELOAD_TARGET): 0.8,
        (ErrorClass.LOG_POSITION_LOST, Action.RELOAD_TARGET): 0.8,
        # The same row meets the same target again, unless somebody has mended one of them.
        (ErrorClass.DATA, Action.RELOAD_TABLE): 0.5,
        (ErrorClass.SCHEMA, Action.RELOAD_TABLE): 0.7,
        (ErrorClass.TABLE_SUSPENDED, Action.RELOAD_TABLE): 0.7,
    }
)
"""How often an action helps before anything is known of this estate: a guess, which
`make calibration` holds against what came of it."""
PRIOR_WORTH = 5
"""Incidents that a prior weighs as much as; after so many, what happened here counts for half."""
NOT_SENSIBLE = 0.05
LOOK_BACK = timedelta(days=7)
"""Restarts of the same task that still say something of the next one."""
AFTER_A_FAILURE = 0.5
AFTER_A_RETURN = 0.95
"""For each restart that helped, and the illness is back: three within a week still pass 0.85."""
DETAILS_UNREAD = 0.5
FIELDS_UNKNOWN = 0.8
ANOTHER_CLASS = 0.5


def weighed(
    proposal: Proposal,
    incident: Incident,
    history: Sequence[Restart],
    precedents: Sequence[Precedent],
) -> Proposal:
    """Return a proposal with the confidence that counts, and the parts that it comes from.

    What only leaves the task alone is not weighed: there is nothing that could help or fail.
    Weighed again, a proposal is the same as weighed once.
    """
    stated = proposal.confidence
    if proposal.stated_confidence is not None:
        stated = proposal.stated_confidence
    parts = _parts(proposal, incident, history, precedents)
    score = min((part.value for part in parts), default=1.0)
    update = {"stated_confidence": stated, "parts": parts, "confidence": min(stated, score)}
    return proposal.model_copy(update=update)


def _parts(
    proposal: Proposal,
    incident: Incident,
    history: Sequence[Restart],
    precedents: Sequence[Precedent],
) -> tuple[ConfidencePart, ...]:
    if proposal.action not in EXECUTABLE:
        return ()
    parts = [_by_class(proposal.action, incident.error_class, precedents)]
    # What the tasks of a group went through is in their rules' confidence, and all were read.
    if not incident.candidates:
        parts += [_by_history(proposal.action, incident, history), _by_reading(incident)]
    if proposal.made_by is Proposer.MODEL:
        parts.append(_by_agreement(proposal, incident.error_class))
    return tuple(parts)


def _by_class(
    action: Action, error_class: ErrorClass, precedents: Sequence[Precedent]
) -> ConfidencePart:
    """Update the prior by what came of the same action: the mean of a Beta-binomial posterior."""
    what = f"{action.value} for an error of class {error_class.value}"
    if action not in sensible_for(error_class):
        return _part("class", NOT_SENSIBLE, f"{what} makes no sense")
    prior = PRIORS[error_class, action]
    shares = _helped_by_incident(action, error_class, precedents)
    value = (prior * PRIOR_WORTH + sum(shares)) / (PRIOR_WORTH + len(shares))
    seen = f", and in {len(shares)} incidents here {sum(shares):.3g} times" if shares else ""
    return _part("class", value, f"{what} helps {percent(prior)} as a rule{seen}")


def _helped_by_incident(
    action: Action, error_class: ErrorClass, precedents: Sequence[Precedent]
) -> list[float]:
    # Attempts and tasks of one incident share its cause: together they are one observation.
    incidents: dict[str, list[bool]] = {}
    for one in precedents:
        if (one.action, one.error_class) == (action, error_class):
            incidents.setdefault(one.incident_id, []).append(one.helped)
    return [sum(helped) / len(helped) for helped in incidents.values()]


def _by_history(action: Action, incident: Incident, history: Sequence[Restart]) -> ConfidencePart:
    since = _looked_at(incident) - LOOK_BACK
    if incident.counts_from is not None:
        since = max(since, incident.counts_from)
    same = [one for one in history if one.action is action and one.requested_at >= since]
    helped = sum(1 for one in same if one.outcome is RestartOutcome.RECOVERED)
    failed = len(same) - helped  # one whose outcome nobody saw is not known to have helped
    value = AFTER_A_FAILURE**failed * AFTER_A_RETURN**helped
    if not same:
        return _part("history", value, f"no {action.value} of it in the last {LOOK_BACK.days} days")
    because = f"{action.value} in the last {LOOK_BACK.days} days: {failed} did not help"
    return _part("history", value, f"{because}, {helped} did and it is ill again")


def _looked_at(incident: Incident) -> datetime:
    return incident.snapshot.observed_at if incident.snapshot else incident.updated_at


def _by_reading(incident: Incident) -> ConfidencePart:
    snapshot = incident.snapshot
    if snapshot is None or not snapshot.details_read:
        return _part("reading", DETAILS_UNREAD, "the task's details could not be read")
    if unknown := len(snapshot.unknown_fields):
        return _part("reading", FIELDS_UNKNOWN, f"{unknown} readings have an unknown form")
    return _part("reading", 1.0, "the task was read whole")


def _by_agreement(proposal: Proposal, error_class: ErrorClass) -> ConfidencePart:
    found = 0.0 if proposal.quotes_found is None else proposal.quotes_found
    quotes = f"{percent(found)} of what it quotes stands in the facts"
    if proposal.said_class is error_class:
        return _part("agreement", found, f"the model reads the same class, and {quotes}")
    said = proposal.said_class.value if proposal.said_class else "none"
    because = f"the model reads class {said} and the catalogue {error_class.value}; {quotes}"
    return _part("agreement", found * ANOTHER_CLASS, because)


def _part(name: str, value: float, because: str) -> ConfidencePart:
    return ConfidencePart(name=name, value=round(value, 3), because=because)
