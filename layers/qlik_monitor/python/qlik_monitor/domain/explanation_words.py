"""Words of an explanation: what each name of the domain means to a person who has just woken up."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum

from qlik_monitor.domain.actions import Action, Consent, Effect, Risk
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.error_class import ErrorClass
from qlik_monitor.domain.incident import IncidentStatus, Outcome
from qlik_monitor.domain.member import Fate
from qlik_monitor.domain.restart import RestartOutcome

SO_WHAT: Mapping[ErrorClass, str] = {
    ErrorClass.CONNECTION: "once it is back, a resume picks up",
    ErrorClass.ENDPOINT_RESTART: "once it is up, a resume picks up",
    ErrorClass.AUTHENTICATION: "a person mends the credentials",
    ErrorClass.LICENSE: "a person renews it",
    ErrorClass.CERTIFICATE: "a person replaces it",
    ErrorClass.LOG_POSITION_LOST: "no resume can work",
    ErrorClass.CHECKPOINT: "a plain resume would meet the same files",
    ErrorClass.RESOURCE: "a restart would meet the same shortage",
    ErrorClass.DATA: "a resume would meet the same rows",
    ErrorClass.SCHEMA: "a person decides which of them is right",
    ErrorClass.TABLE_SUSPENDED: "the task runs, and this table does not",
    ErrorClass.UNKNOWN: "what would help is not known either",
}
"""What follows from a class of error; what it means stands in the handbook."""
DECISIONS: Mapping[DecisionKind, str] = {
    DecisionKind.AUTO: "carry it out without a person",
    DecisionKind.NEEDS_APPROVAL: "ask a person first",
    DecisionKind.ESCALATE: "hand over to people, do nothing",
    DecisionKind.OBSERVE: "watch, do nothing",
}
CONSENTS: Mapping[Consent, str] = {
    Consent.NOBODY: "nobody: nothing is carried out",
    Consent.SWITCHES: "nobody: all switches for automatic restarts are on",
    Consent.PERSON: "a person",
    Consent.STRONG: "a person, who also types what is to be rewritten",
}
RISKS: Mapping[Risk, str] = {
    Risk.NONE: "none: it calls nothing",
    Risk.LOW: "low: the task goes on where it left off, at worst it stops again",
    Risk.MODERATE: "moderate: a running task is stopped, at worst it does not start again",
    Risk.HIGH: "high: it goes on from an older position, changes may be applied twice",
    Risk.DESTRUCTIVE: "destructive: it rewrites tables of the target and cannot be undone",
}
EFFECTS: Mapping[Effect, str] = {
    Effect.RUNS_AGAIN: "the task runs again",
    Effect.TABLE_LOADED: "the table is loaded anew",
    Effect.TARGET_LOADED: "the whole target is loaded anew",
    Effect.NOTHING_CHANGES: "nothing changes",
    Effect.PERSON_TAKES_OVER: "a person takes over",
}
OUTCOMES: Mapping[RestartOutcome, str] = {
    RestartOutcome.REQUESTED: "unknown: written down before the call, and nothing since",
    RestartOutcome.ACCEPTED: "Qlik took it; whether it helped is not known yet",
    RestartOutcome.REFUSED: "refused, by Qlik or before the call",
    RestartOutcome.UNKNOWN: "unknown: the answer of Qlik was lost, so it was not repeated",
    RestartOutcome.RECOVERED: "it helped: the task was seen healthy",
    RestartOutcome.FAILED: "it did not help",
}
FATES: Mapping[Fate, str] = {
    Fate.STARTED: "started",
    Fate.STALE: "left alone: it had changed since the question",
    Fate.REFUSED: "not started",
    Fate.NOT_BEGUN: "not begun: time ran out",
}
ENDINGS: Mapping[Outcome, str] = {
    Outcome.RESTARTED: "healed by a restart of the agent",
    Outcome.RECOVERED_BY_ITSELF: "recovered by itself",
    Outcome.HANDED_OVER_AND_HEALTHY: "handed over to people, and seen healthy since",
}
STATUSES: Mapping[IncidentStatus, str] = {
    IncidentStatus.OPEN: "being decided",
    IncidentStatus.AWAITING_APPROVAL: "waiting for a person's answer",
    IncidentStatus.EXECUTING: "being carried out",
    IncidentStatus.VERIFYING: "carried out, being verified",
    IncidentStatus.OBSERVED: "being watched, without an action",
    IncidentStatus.ESCALATED: "handed over to people",
    IncidentStatus.REJECTED: "a person said no",
    IncidentStatus.CLOSED: "over",
}
MINUTE, HOUR, DAY = 60, 3600, 86_400


def named(value: Enum) -> str:
    """Write a name of the domain as words."""
    return str(value.value).replace("_", " ")


def doing(action: Action, table: str | None = None) -> str:
    """Name an action, with the table that it is about."""
    return f"{named(action)} of {table}" if table else named(action)


def moment(at: datetime, now: datetime) -> str:
    """Write a moment in UTC, and how far it is from now."""
    seconds = (now - at).total_seconds()
    distance = f"{duration(seconds)} ago" if seconds >= 0 else f"in {duration(-seconds)}"
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC ({distance})"


def duration(seconds: float) -> str:
    """Write a duration in the unit that fits: `45 s`, `12 min`, `5 h`, `3 d`."""
    for unit, length in (("d", DAY), ("h", HOUR), ("min", MINUTE)):
        if seconds >= 2 * length:
            return f"{int(seconds // length)} {unit}"
    return f"{int(seconds)} s"


def counted(number: int, what: str) -> str:
    """Write a number with what it counts: `1 task`, `3 tasks`."""
    return f"{number} {plural(what, number)}"


def plural(word: str, number: int) -> str:
    """Write a word as it stands behind a number of things that is shown by itself."""
    return word if number == 1 else f"{word}s"
