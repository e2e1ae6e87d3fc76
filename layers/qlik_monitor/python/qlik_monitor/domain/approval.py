"""Approvals: one question to people about one proposal, and their answers.

A question goes to a panel; so many of it have to say yes as the risk of the action asks for. One no
ends it, and so does a task that has changed: then the answer is void, and nothing is acted on.
"""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from qlik_monitor.domain.actions import Consent
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model import Frozen
from qlik_monitor.domain.signing_key import SigningKey

EXPIRY_MARGIN = timedelta(seconds=10)
APPROVAL_LETTERS = 24
"""Of an approval's id."""
MAX_COMMENT = 500
"""Characters of what an approver writes."""
STRONG_LIFE = timedelta(hours=1)
"""The longest that a strong approval may be answered, or wait for its call: what it rests on ages
fast, and the page lies open on somebody's phone."""


class ApprovalStatus(StrEnum):
    """Where an approval stands, or what one answer says."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    VOID = "void"
    """Approved too late: the task is not as it was when people were asked."""


class Way(StrEnum):
    """How an answer came."""

    LINK = "link"
    CONSOLE = "console"
    CHAT = "chat"
    COMMAND = "command"


class Answer(Frozen):
    """What one person said."""

    by: str
    status: ApprovalStatus
    at: datetime
    way: Way
    comment: str = ""


class Approval(Frozen):
    """A request for a decision; the task token that waits for it is stored beside it, unseen."""

    id: str
    incident_id: str
    attempt: int
    proposal_hash: str
    requested_at: datetime
    expires_at: datetime
    consent: Consent = Consent.PERSON
    """What kind it is: it carries out nothing that needs a stronger one."""
    approvers: tuple[str, ...] = (ANYONE,)
    """Who was asked."""
    needed: int = 1
    """How many of them have to say yes."""
    answers: tuple[Answer, ...] = ()
    """In the order in which they came, one of a person at most."""
    status: ApprovalStatus = ApprovalStatus.PENDING
    decided_at: datetime | None = None
    comment: str = ""
    """That of the answer which decided."""
    void_because: str = ""
    """What has changed, where it is void."""
    delivered: bool = False
    """Whether Step Functions took the decision."""

    @property
    def agreed(self) -> tuple[str, ...]:
        """The different people who said yes."""
        yes = (one.by for one in self.answers if one.status is ApprovalStatus.APPROVED)
        return tuple(dict.fromkeys(yes))

    @property
    def left(self) -> tuple[str, ...]:
        """Those who were asked and have not answered."""
        answered = {one.by for one in self.answers}
        return tuple(one for one in self.approvers if one not in answered)

    def answer_of(self, name: str) -> Answer | None:
        """Return what somebody said, or None."""
        return next((one for one in self.answers if one.by == name), None)

    def is_expired(self, now: datetime) -> bool:
        """Tell whether nobody decided in time."""
        return self.status is ApprovalStatus.PENDING and now >= self.expires_at

    def minutes_left(self, now: datetime) -> int:
        """Return the whole minutes until it expires."""
        return max(0, int((self.expires_at - now).total_seconds() // 60))

    def with_answer(self, answer: Answer, void_because: str = "") -> Self:
        """Return it with one more answer, and decided where that one decides.

        A yes to a question that is void decides that it is void. Whoever has answered, and whoever
        comes after the decision, changes nothing.
        """
        if self.status is not ApprovalStatus.PENDING or self.answer_of(answer.by):
            return self
        says_yes = answer.status is ApprovalStatus.APPROVED
        if says_yes and void_because:
            answer = answer.model_copy(update={"status": ApprovalStatus.VOID})
        update: dict[str, object] = {"answers": (*self.answers, answer)}
        is_last = not says_yes or void_because or len(self.agreed) + 1 >= self.needed
        if is_last:
            update |= {
                "status": answer.status,
                "decided_at": answer.at,
                "comment": answer.comment,
                "void_because": void_because if says_yes else "",
            }
        return self.model_copy(update=update)


def is_strong(approval: Approval) -> bool:
    """Tell whether it was asked about what rewrites data."""
    return approval.consent is Consent.STRONG


def too_few_agreed(approval: Approval) -> str | None:
    """Say that an approval lacks a yes of people who were asked, whatever its status says."""
    counted = [one for one in approval.agreed if one in approval.approvers]
    if len(counted) >= approval.needed:
        return None
    return f"{len(counted)} of those who were asked agreed, and {approval.needed} are needed"


def hash_of_proposal(incident: Incident) -> str:
    """Bind an approval to exactly this proposal, decision, consent, attempt and list of tasks."""
    bound = (incident.proposal, incident.decision, *incident.candidates)
    # Fields at their defaults are left out: a release that adds one voids no pending approval.
    texts = (part.model_dump_json(exclude_defaults=True) if part else "" for part in bound)
    text = "\n".join((incident.id, str(incident.attempt), *texts))
    return hashlib.sha256(text.encode()).hexdigest()


def approval_id(incident: Incident, key: SigningKey) -> str:
    """Name the approval of an incident's attempt: nobody can guess it, and a retried step
    finds the same one again instead of asking a second question.
    """
    return key.sign(f"approval\n{incident.id}\n{incident.attempt}")[:APPROVAL_LETTERS]


def life_of(consent: Consent, timeout: timedelta) -> timedelta:
    """Say how long an approval may wait for its answer."""
    return min(timeout, STRONG_LIFE) if consent is Consent.STRONG else timeout


def expiry_of(requested_at: datetime, timeout: timedelta) -> datetime:
    """Let a link expire a little before the workflow stops waiting for it."""
    return requested_at + timeout - min(EXPIRY_MARGIN, timeout / 10)
