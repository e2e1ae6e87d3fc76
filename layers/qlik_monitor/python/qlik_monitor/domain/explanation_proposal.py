"""The middle parts of an explanation: what was proposed, and what code made of it."""

from collections.abc import Iterator

from qlik_monitor.domain.actions import EXECUTABLE, RULES, Consent
from qlik_monitor.domain.decision import Decision, DecisionKind
from qlik_monitor.domain.explanation_parts import Account, Section, section
from qlik_monitor.domain.explanation_words import (
    CONSENTS,
    DECISIONS,
    EFFECTS,
    RISKS,
    counted,
    doing,
    moment,
    named,
)
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.limits import BACKOFF, PAUSE, LimitReading
from qlik_monitor.domain.proposal import Proposal, Proposer
from qlik_monitor.domain.words import percent

Rows = Iterator[tuple[str, str]]
IDLE = {PAUSE: "not paused", BACKOFF: "no pause lasts"}
"""What a limit without a count says while it allows a restart."""


def proposal(account: Account) -> Section:
    """Tell what was proposed, by whom, how sure they were, and on what grounds."""
    incident, made = account.incident, account.incident.proposal
    title = "What was proposed"
    if made is None:
        return section(
            "proposal", title, empty="nothing yet: neither model nor rules have answered"
        )
    tasks = [
        f"{one.task} ({one.state.value}/{one.stop_reason.value}, {named(one.error_class)})"
        for one in incident.candidates
    ]
    lists = {
        f"One answer for all {counted(len(tasks), 'task')}": tasks,
        "It relies on": made.evidence,
        "What the evidence carries": [
            f"{part.name}: {percent(part.value)}, {part.because}" for part in made.parts
        ],
    }
    return section("proposal", title, _proposed(made, incident.attempt), lists)


def _proposed(made: Proposal, attempt: int) -> Rows:
    yield "Action", f"{doing(made.action, made.table)}, attempt {attempt}"
    yield "Made by", proposer_of(made)
    if made.made_by is Proposer.MODEL:
        yield "Cost", _cost(made)
    yield "Confidence", confidence_of(made)
    yield "Cause", made.cause
    yield "Reasoning", made.reasoning
    yield "Expected", EFFECTS[RULES[made.action].effect]
    yield "Risk", RISKS[RULES[made.action].risk]


def proposer_of(made: Proposal) -> str:
    """Name who proposed; where it was the rules, say why no model did."""
    if made.made_by is Proposer.MODEL:
        return f"model ({made.model or 'of unknown name'})"
    because = made.rules_because or "the reason is not stored"
    return f"rules, because no answer of a model was used: {because}"


def _cost(made: Proposal) -> str:
    if made.cached:
        return "none: the model had said so earlier, about the same illness"
    tokens = f"{made.prompt_tokens} tokens in the question, {made.completion_tokens} in the answer"
    return tokens if made.prompt_tokens else "unknown: the answer told no count of tokens"


def confidence_of(made: Proposal) -> str:
    """Write the confidence that counts, and where it comes from."""
    used, stated = made.confidence, made.stated_confidence
    if stated is None:
        return f"{percent(used)}, as stated; no evidence was weighed against it"
    if used < stated:
        return f"{percent(used)}: lowered by code from the stated {percent(stated)}"
    return f"{percent(used)}, as stated: the evidence carries it"


def decision(account: Account) -> Section:
    """Tell what code decided, each reason, and what it lowered or refused."""
    incident = account.incident
    title, decided = "What code decided", incident.decision
    if decided is None:
        return section("decision", title, empty="nothing yet: there is no proposal to decide on")
    rows = (
        ("Decision", f"{named(decided.kind)}: {DECISIONS[decided.kind]}"),
        ("About", named(decided.action)),
        ("Against the proposal", lowered(decided)),
        ("Who must agree", CONSENTS[decided.consent]),
    )
    return section("decision", title, rows, {"Because": decided.reasons})


def lowered(decided: Decision) -> str:
    """Say what code took away from a proposal, if anything: it never adds."""
    carried_out = decided.action in EXECUTABLE
    match decided.kind:
        case DecisionKind.AUTO:
            return "nothing lowered: it may run without a person"
        case DecisionKind.NEEDS_APPROVAL if RULES[decided.action].consent is Consent.SWITCHES:
            return "lowered: it could run without a person, and does not"
        case DecisionKind.NEEDS_APPROVAL:
            return f"nothing lowered: {named(decided.action)} is never done without a person"
        case DecisionKind.ESCALATE if carried_out:
            return f"refused: {named(decided.action)} is not carried out"
        case DecisionKind.OBSERVE if carried_out:
            return f"refused for now: {named(decided.action)} is not carried out"
        case _:
            return "nothing lowered: nothing was to be carried out"


def limits(account: Account) -> Section:
    """Tell which limits were consulted, and what each said."""
    incident = account.incident
    rows = ((limit_name(one), limit_words(one, account)) for one in incident.limits)
    return section("limits", "Limits consulted", rows, empty=_no_limits(incident))


def _no_limits(incident: Incident) -> str:
    if incident.decision is None:
        return "none yet: nothing is decided"
    if incident.decision.action not in EXECUTABLE:
        return "none: nothing was to be carried out"
    return "none is stored with this decision: what stands against it, or for it, is told above"


def limit_name(one: LimitReading) -> str:
    """Name a limit, and what it is about where there is one of it for each."""
    return f"{one.name.replace('_', ' ')}{f' of {one.of}' if one.of else ''}"


def limit_used(one: LimitReading) -> str:
    """Write what is used up of a limit; nothing is of one that either holds or does not."""
    return "" if one.name in IDLE else f"{one.used} of {one.allowed} used; "


def limit_words(one: LimitReading, account: Account) -> str:
    """Write a limit as it was consulted."""
    if one.refuses is None:
        return IDLE.get(one.name, f"{limit_used(one)}allows one more")
    return f"{limit_used(one)}REFUSES: {one.refuses}{_ends(one, account)}"


def _ends(one: LimitReading, account: Account) -> str:
    if one.until:
        return f"; by itself it allows one again {moment(one.until, account.now)}"
    if one.name == PAUSE:
        return "; `make resume-automation` ends it"
    return "; ends once the task is healthy for RESTART_WINDOW_SECONDS without a break"
