"""A group's restart: whether each approved task may still be run, and what came of them all."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.decision import Decision, DecisionKind
from qlik_monitor.domain.fingerprint import print_of
from qlik_monitor.domain.history import HistoryPoint
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.interlude import interlude
from qlik_monitor.domain.member import NEED_PEOPLE, Candidate, Fate, Resumed, listed, named
from qlik_monitor.domain.policy import hands_off, opted_out, refusal_of
from qlik_monitor.domain.redaction import redact
from qlik_monitor.domain.restart import Restart
from qlik_monitor.domain.task import TaskId, TaskSnapshot
from qlik_monitor.domain.verification import (
    Verdict,
    Verification,
    VerificationSettings,
    verify,
)

MAX_REASON = 200
"""A member's reason is kept so short: the document holds up to fifty of them."""
MAX_SUMMARY = 2000


def not_a_group_restart(incident: Incident) -> str | None:
    """Say why no group may be resumed on this decision, or None when a person was asked."""
    decision = incident.decision
    if decision is None or decision.kind is not DecisionKind.NEEDS_APPROVAL:
        return "a group of tasks is never resumed without a person"
    if decision.action is not Action.RESUME:
        return f"a group of tasks is only ever resumed, and {decision.action.value} was decided"
    return None


def stale_candidate(
    judged: Candidate,
    fresh: TaskSnapshot,
    opt_out_tags: frozenset[str],
    readings: Sequence[HistoryPoint] = (),
) -> str | None:
    """Say how a task has changed since its resume was proposed, or None when it is the same.

    `readings` are those stored of it since people were asked.
    """
    if (judged.state, judged.stop_reason) != (fresh.state, fresh.stop_reason):
        was, now = (f"{one.state.value}/{one.stop_reason.value}" for one in (judged, fresh))
        return f"the task was {was} and is {now} now"
    same_error = print_of(fresh.message) == judged.error_print
    if fresh.error_class is not judged.error_class or not same_error:
        return "the task's error is another one now"
    before = HistoryPoint(fresh.observed_at, judged.state, judged.stop_reason)
    return (
        interlude(before, readings)
        or hands_off(fresh)
        or opted_out(with_tags(fresh, judged.tags), opt_out_tags)
        or refusal_of(Action.RESUME, fresh, judged.error_class)
    )


def with_tags(snapshot: TaskSnapshot, tags: tuple[str, ...]) -> TaskSnapshot:
    """Return it with tags seen earlier too: details may leave them out."""
    return snapshot.model_copy(update={"tags": tuple(dict.fromkeys((*snapshot.tags, *tags)))})


def restart_of_candidate(incident: Incident, task: TaskId, now: datetime) -> Restart:
    """Make the write-ahead record of one task's resume: its own place in its own budget."""
    judged = next((one for one in incident.candidates if one.task == task), None)
    proposal = incident.proposal
    return Restart(
        task=task,
        incident_id=incident.id,
        attempt=incident.attempt,
        action=Action.RESUME,
        requested_at=now,
        approval_id=incident.approval_id,
        error_class=judged.error_class if judged else incident.error_class,
        confidence=proposal.confidence if proposal else None,
        made_by=proposal.made_by.value if proposal else "",
        endpoints=next((one.endpoints for one in incident.candidates if one.task == task), ()),
    )


def to_look_at(resumed: tuple[Resumed, ...]) -> tuple[TaskId, ...]:
    """Name the tasks that were started and have not failed; a healthy one may fall again."""
    return tuple(one.task for one in resumed if one.verification and not _failed(one))


def looked(
    resumed: tuple[Resumed, ...],
    readings: Mapping[TaskId, TaskSnapshot | None],
    settings: VerificationSettings,
) -> tuple[Resumed, ...]:
    """Judge one more reading of each of them; None stands for one that could not be read."""
    return tuple(_looked(one, readings, settings) for one in resumed)


def _looked(
    one: Resumed, readings: Mapping[TaskId, TaskSnapshot | None], settings: VerificationSettings
) -> Resumed:
    if one.verification is None or _failed(one):
        return one
    after = verify(one.verification, readings.get(one.task), settings)
    after = after.model_copy(update={"reason": redact(after.reason)[:MAX_REASON]})
    return one.model_copy(update={"verification": after})


def _failed(one: Resumed) -> bool:
    return one.verification is not None and one.verification.verdict is Verdict.FAILED


def is_ahead(resumed: tuple[Resumed, ...], before: Verification) -> bool:
    """Tell whether a look was stored that the workflow does not know: the step runs again."""
    return max((one.verification.checks for one in resumed if one.verification), default=0) > (
        before.checks
    )


def verdict_of(resumed: tuple[Resumed, ...], before: Verification) -> Verification:
    """Say how the group fares: done when each of its tasks is, healed when all of them are."""
    verdicts = [one.verification.verdict for one in resumed if one.verification]
    if Verdict.NOT_YET in verdicts:
        verdict = Verdict.NOT_YET
    elif Verdict.FAILED in verdicts or any(one.fate in NEED_PEOPLE for one in resumed):
        verdict = Verdict.FAILED
    else:
        verdict = Verdict.RECOVERED
    update = {"checks": before.checks + 1, "verdict": verdict, "reason": summary(resumed)[:500]}
    return before.model_copy(update=update)


def decide_after_failure(incident: Incident) -> Decision:
    """Hand a group over that one resume did not heal: there is no second attempt."""
    reasons = (f"endpoint {incident.subject.endpoint}: {summary(incident.resumed)}",)
    return Decision(kind=DecisionKind.ESCALATE, action=Action.ESCALATE, reasons=reasons)


def summary(resumed: tuple[Resumed, ...]) -> str:
    """Name what was resumed and what came of it, and what was not resumed and why."""
    started = [one for one in resumed if one.verification]
    parts = [f"{len(started)} of {len(resumed)} tasks resumed"]
    for verdict, words in _WORDS.items():
        names = [str(one.task) for one in started if _verdict(one) is verdict]
        parts += [f"{len(names)} {words}: {listed(names)}"] if names else []
    failed = [(o.task, o.verification.reason) for o in started if o.verification and _failed(o)]
    parts += [f"because {named(failed)}"] if failed else []
    for fate in (Fate.REFUSED, Fate.STALE, Fate.NOT_BEGUN):
        pairs = [(one.task, one.detail) for one in resumed if one.fate is fate]
        parts += [f"{len(pairs)} {fate.value.replace('_', ' ')}: {named(pairs)}"] if pairs else []
    return "; ".join(parts)[:MAX_SUMMARY]


_WORDS = {
    Verdict.RECOVERED: "recovered",
    Verdict.NOT_YET: "not recovered yet",
    Verdict.FAILED: "did not recover",
}


def _verdict(one: Resumed) -> Verdict | None:
    return one.verification.verdict if one.verification else None
