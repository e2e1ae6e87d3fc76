"""An incident as a page shows it: titled sections of facts and sentences, redacted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.limits import LimitReading
from qlik_monitor.domain.proposal import Proposal
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.task import TaskId


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known, and what it is called."""

    label: str
    value: str | datetime | TaskId


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page; `nothing` says what an empty one means."""

    title: str
    facts: tuple[Fact, ...] = ()
    lines: tuple[str, ...] = ()
    nothing: str = ""


def sections_of(incident: Incident, restarts: Sequence[Restart]) -> tuple[Section, ...]:
    """Tell an incident's story in order: found, proposed, decided, done, ended."""
    return (
        Section("What is wrong", tuple(_findings(incident)), _texts(_summaries(incident))),
        Section(
            "What is proposed",
            tuple(_proposed(incident.proposal)) if incident.proposal else (),
            _texts(incident.proposal.evidence) if incident.proposal else (),
            "Nothing yet: the cycle that found it asks the model or the rules within minutes.",
        ),
        Section(
            "What was decided",
            tuple(_decided(incident)),
            _texts(incident.decision.reasons) if incident.decision else (),
            "Nothing yet.",
        ),
        Section(
            "Limits",
            lines=tuple(said_of(limit) for limit in incident.limits),
            nothing="No limit was consulted for this incident.",
        ),
        Section(
            "What was done",
            tuple(_done(restarts)),
            tuple(
                f"{one.task}: {one.fate.value}, {redact(one.detail)}" for one in incident.resumed
            ),
            "Nothing was restarted.",
        ),
        *_optional(incident),
    )


def said_of(limit: LimitReading) -> str:
    """Say how far a limit is used, and what it refuses."""
    said = f"{limit.name}: {limit.used} of {limit.allowed}"
    return f"{said}; {redact(limit.refuses)}" if limit.refuses else said


def _optional(incident: Incident) -> Iterator[Section]:
    if incident.past:
        past = tuple(
            Fact(f"Attempt {one.attempt}", redact(one.reason or "no reason was noted"))
            for one in incident.past
        )
        yield Section("Earlier attempts", past)
    if incident.members:
        yield Section("Tasks behind it", tuple(map(_member, incident.members)))
    if incident.closed_at:
        how = incident.outcome.value.replace("_", " ") if incident.outcome else "closed"
        yield Section("How it ended", (Fact("Closed", incident.closed_at), Fact("Outcome", how)))


def _findings(incident: Incident) -> Iterator[Fact]:
    yield Fact("Opened", incident.opened_at)
    yield Fact("Error class", incident.error_class.value.replace("_", " "))
    if snapshot := incident.snapshot:
        yield Fact("State", f"{snapshot.state.value} ({snapshot.stop_reason.value})")
        if snapshot.source_endpoint:
            yield Fact("Source", snapshot.source_endpoint.name)
        if snapshot.target_endpoint:
            yield Fact("Target", snapshot.target_endpoint.name)
        if snapshot.message:
            yield Fact("Last message", redact(snapshot.message))
    for anomaly in incident.anomalies:
        if anomaly.where:
            yield Fact("Where it hurts", anomaly.where.value)
        for reading in anomaly.evidence:
            yield Fact(reading.name.capitalize(), redact(reading.value))


def _summaries(incident: Incident) -> tuple[str, ...]:
    return tuple(
        f"{one.kind.value.replace('_', ' ')} ({one.severity.value}): {one.summary}"
        for one in incident.anomalies
    )


def _proposed(proposal: Proposal) -> Iterator[Fact]:
    yield Fact("Action", proposal.action.value.replace("_", " "))
    if proposal.table:
        yield Fact("Table", proposal.table)
    yield Fact("Confidence", f"{proposal.confidence:.0%}")
    if proposal.stated_confidence is not None:
        yield Fact("Stated confidence", f"{proposal.stated_confidence:.0%}")
    for part in proposal.parts:
        yield Fact(f"Evidence: {part.name}", f"{part.value:.0%}, {redact(part.because)}")
    maker = f"{proposal.made_by.value} ({proposal.model})" if proposal.model else proposal.made_by
    yield Fact("Made by", f"{maker}{', from memory' if proposal.cached else ''}")
    if proposal.rules_because:
        yield Fact("The model did not", redact(proposal.rules_because))
    yield Fact("Cause", redact(proposal.cause))
    yield Fact("Reasoning", redact(proposal.reasoning))


def _decided(incident: Incident) -> Iterator[Fact]:
    if decision := incident.decision:
        yield Fact("Decision", decision.kind.value.replace("_", " "))
        yield Fact("Action", decision.action.value.replace("_", " "))
    if incident.decide_again_at:
        yield Fact("Decided anew", incident.decide_again_at)


def _done(restarts: Sequence[Restart]) -> Iterator[Fact]:
    for one in restarts:
        detail = f", {redact(one.detail)}" if one.detail else ""
        label = f"Attempt {one.attempt}: {one.action.value.replace('_', ' ')}"
        yield Fact(label, f"{one.outcome.value}{detail}")
        yield Fact("Requested", one.requested_at)


def _member(name: str) -> Fact:
    return Fact("Task", TaskId.parse(name)) if "/" in name else Fact("Task", name)


def _texts(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(redact(line) for line in lines)
