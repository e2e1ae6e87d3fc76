"""What came of an answer, in a sentence and an exit code."""

from datetime import datetime

from local.history.command import CANNOT_READ, NOTHING_FOUND
from qlik_monitor.adapters.approval_desk import TOO_LATE, Taken
from qlik_monitor.domain.approval import Approval, ApprovalStatus
from qlik_monitor.domain.explanation_deeds import WORDS, who
from qlik_monitor.domain.explanation_words import moment

COUNTED, NOT_COUNTED, NOT_DONE = 0, NOTHING_FOUND, CANNOT_READ
AFTERWARDS = {
    ApprovalStatus.APPROVED: (
        "The agent reads the task again, acts if nothing has changed, and checks that it helped"
    ),
    ApprovalStatus.REJECTED: "Nothing is done to the task",
}


def told(
    taken: Taken, approver: str, wanted: ApprovalStatus, now: datetime, why: str = ""
) -> tuple[int, str]:
    """Return the exit code and the sentence; `why` says what kept a decision from being handed on.

    An answer counts where what it says is what stands, even if somebody was quicker.
    """
    approval = taken.approval
    if approval.status is ApprovalStatus.PENDING:
        return _waits(approval, approver, wanted, now)
    if taken.delivery == "not_delivered":
        return NOT_DONE, (
            f"The decision ({approval.status.value}) is stored, and could not be handed to the "
            f"workflow{f': {why}' if why else ''}. Run this again: it is delivered once only."
        )
    stands = f"{_capital(approval.status.value)}: {_answers(approval, now)}."
    if approval.status is ApprovalStatus.VOID:
        return NOT_COUNTED, (
            f"{stands} The approval is void: {approval.void_because}. Nothing is done to the task."
        )
    if taken.delivery == "too_late":
        return NOT_COUNTED, f"{stands} {TOO_LATE}."
    if approval.status is not wanted:
        return NOT_COUNTED, f"{stands} That stands, and your answer does not count."
    return COUNTED, f"{stands} {AFTERWARDS[wanted]}."


def expired(approval: Approval, now: datetime) -> tuple[int, str]:
    """Say that it is too late."""
    few = "too few had agreed" if approval.agreed else "nobody had answered"
    ended = moment(approval.expires_at, now)
    return NOT_COUNTED, f"The question expired at {ended}, and {few}. Nothing was done for it."


def _waits(
    approval: Approval, approver: str, wanted: ApprovalStatus, now: datetime
) -> tuple[int, str]:
    mine = approval.answer_of(approver)
    if mine is None or mine.status is not wanted:
        return NOT_COUNTED, f"Your answer does not count: {_answers(approval, now)}."
    return COUNTED, (
        f"Your answer stands: {len(approval.agreed)} of {approval.needed} needed have said yes. "
        f"Asked and not answered: {', '.join(map(who, approval.left))}. "
        f"Open until {moment(approval.expires_at, now)}."
    )


def _answers(approval: Approval, now: datetime) -> str:
    said = (
        f"{who(one.by)} said {WORDS[one.status]} at {moment(one.at, now)}"
        + (f" ({one.comment})" if one.comment else "")
        for one in approval.answers
    )
    return "; ".join(said) or "nobody has answered"


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
