"""The last parts of an explanation: who answered, what was done, what came of it, what is next."""

from collections.abc import Iterator

from qlik_monitor.domain.approval import Answer, Approval, ApprovalStatus
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.decision import DecisionKind
from qlik_monitor.domain.explanation_parts import Account, Section, section
from qlik_monitor.domain.explanation_proposal import (
    confidence_of,
    limit_name,
    limit_words,
    proposer_of,
)
from qlik_monitor.domain.explanation_words import (
    CONSENTS,
    ENDINGS,
    FATES,
    OUTCOMES,
    STATUSES,
    counted,
    doing,
    moment,
    named,
)
from qlik_monitor.domain.incident import Incident, PastAttempt
from qlik_monitor.domain.member import Resumed
from qlik_monitor.domain.restart import Restart

Rows = Iterator[tuple[str, str]]
WORDS = {
    ApprovalStatus.APPROVED: "yes",
    ApprovalStatus.REJECTED: "no",
    ApprovalStatus.VOID: "yes, too late",
}
"""What somebody said, by the status of their answer."""
NOT_READ = "unknown: it could not be read just now"
GONE = "unknown: it is not stored any more"
NOBODY_NAMED = "whoever has the link"


def approval(account: Account) -> Section:
    """Tell who was asked, what they answered, and when."""
    title, incident = "Who answered", account.incident
    if incident.approval_id is None:
        return section("approval", title, empty=_nobody_asked(incident))
    if account.approvals is None:
        return section("approval", title, empty=NOT_READ)
    asked = account.approvals.get(incident.approval_id)
    if asked is None:
        return section("approval", title, empty=GONE)
    return section("approval", title, _answer(asked, account))


def _nobody_asked(incident: Incident) -> str:
    if incident.decision is None:
        return "nobody was asked yet: nothing is decided"
    if incident.decision.kind is DecisionKind.NEEDS_APPROVAL:
        return "nobody yet: the question was not sent"
    if incident.decision.kind is DecisionKind.AUTO:
        return "nobody was asked: the switches let this run without a person"
    return "nobody was asked: nothing was to be carried out"


def _answer(asked: Approval, account: Account) -> Rows:
    yield "Answer", answer_words(asked, account)
    yield "Why it is void", asked.void_because
    for one in asked.answers:
        yield f"{who(one.by)} said", _said(one, account)
    yield "Asked", f"{', '.join(map(who, asked.approvers))}; {_needed(asked)}"
    yield "Asked at", moment(asked.requested_at, account.now)
    yield "Open until", moment(asked.expires_at, account.now)
    if decided := account.incident.decision:
        yield "Kind of consent", CONSENTS[decided.consent]
    if asked.status is not ApprovalStatus.PENDING:
        taken = "the workflow took the answer"
        yield "Handed on", taken if asked.delivered else "not yet: nothing was done by this answer"


def who(name: str) -> str:
    """Name an approver, or say that nobody is named."""
    return NOBODY_NAMED if name == ANYONE else name


def _said(one: Answer, account: Account) -> str:
    comment = f": {one.comment}" if one.comment else ""
    return f"{WORDS[one.status]}, by {one.way.value}, {moment(one.at, account.now)}{comment}"


def _needed(asked: Approval) -> str:
    if asked.needed == 1:
        return "one yes is enough"
    return f"{asked.needed} of {len(asked.approvers)} have to say yes"


def answer_words(asked: Approval, account: Account) -> str:
    """Say what was answered, or that nobody did."""
    if asked.status is not ApprovalStatus.PENDING:
        return asked.status.value
    some = f"{len(asked.agreed)} of {asked.needed} said yes" if asked.agreed else "none"
    if account.now >= asked.expires_at:
        missed = "too few" if asked.agreed else "nobody"
        return f"{some}: {missed} answered in time, so nothing was done"
    return f"{some} yet"


def deeds(account: Account) -> Section:
    """Tell what was done in Qlik, and what it answered."""
    title, incident = "What was done", account.incident
    restarts = account.own_restarts()
    group = {f"The {counted(len(incident.resumed), 'task')}": map(_fate, incident.resumed)}
    if restarts is None:
        done = section("deeds", title, [("Restarts", NOT_READ)], group)
        return done
    rows = [row for one in restarts for row in _deed(one, account)]
    nothing = "nothing: no action of this incident has been called in Qlik"
    return section("deeds", title, rows, group, empty=nothing)


def _deed(restart: Restart, account: Account) -> Rows:
    task = "" if account.incident.subject.task else f" of {restart.task}"
    yield (
        f"Attempt {restart.attempt}{task}",
        f"{doing(restart.action, restart.table)}, written down before the call: "
        f"{moment(restart.requested_at, account.now)}",
    )
    yield "What came of it", OUTCOMES[restart.outcome]
    yield "In detail", restart.detail
    if restart.finished_at:
        yield "Last written", moment(restart.finished_at, account.now)


def _fate(one: Resumed) -> str:
    seen = one.verification
    verdict = f"; {named(seen.verdict)}: {seen.reason or 'not looked at yet'}" if seen else ""
    return f"{one.task}: {FATES[one.fate]}, {one.detail}{verdict}"


def outcome(account: Account) -> Section:
    """Tell how it stands now, or how it ended."""
    incident = account.incident
    closed = moment(incident.closed_at, account.now) if incident.closed_at else ""
    rows = (
        ("Status", f"{named(incident.status)}: {STATUSES[incident.status]}"),
        ("Why", incident.reason),
        ("How it ended", ENDINGS[incident.outcome] if incident.outcome else ""),
        ("Closed", closed),
        ("Last written", moment(incident.updated_at, account.now)),
    )
    return section("outcome", "What came of it", rows)


def past(account: Account) -> Section:
    """Tell the attempts before the present one, oldest first."""
    rows = ((f"Attempt {one.attempt}", _past(one, account)) for one in account.incident.past)
    return section("past", "Earlier attempts", rows, empty="none: this is the first decision")


def _past(one: PastAttempt, account: Account) -> str:
    parts = [f"ended {moment(one.ended_at, account.now)}"]
    if made := one.proposal:
        parts.append(f"{doing(made.action, made.table)} proposed by {proposer_of(made)}")
        parts.append(f"confidence {confidence_of(made)}")
    if one.decision:
        parts.append(f"decided {named(one.decision.kind)} ({', '.join(one.decision.reasons)})")
    parts += [
        f"{limit_name(limit)}: {limit_words(limit, account)}"
        for limit in one.limits
        if limit.refuses
    ]
    if one.approval_id:
        parts.append(f"answer: {_past_answer(one.approval_id, account)}")
    parts.append(f"came of it: {one.reason or 'not told'}")
    return "; ".join(parts)


def _past_answer(approval_id: str, account: Account) -> str:
    if account.approvals is None:
        return NOT_READ
    asked = account.approvals.get(approval_id)
    return answer_words(asked, account) if asked else GONE
