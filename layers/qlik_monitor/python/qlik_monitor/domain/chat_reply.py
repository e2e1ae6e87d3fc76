"""What is told after an answer from chat: to whoever asked by its JSON, and in Slack's channel."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum

from qlik_monitor.domain.approval import Answer, Approval, ApprovalStatus
from qlik_monitor.domain.chat_message import action_of
from qlik_monitor.domain.chat_text import MAX_SECTION, Block, date, escaped, section
from qlik_monitor.domain.explanation_deeds import WORDS, who
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.model import Frozen

LINE = 600


class Audience(StrEnum):
    """Who reads a reply in Slack."""

    PERSON = "person"
    """Whoever pressed the button, and nobody else; the message stays as it is."""
    CHANNEL = "channel"
    """All, below the message, whose buttons are still of use."""
    INSTEAD = "instead"
    """All, in the message's place: there is nothing left to press."""


FALLBACKS = {
    Audience.PERSON: "About your answer to an approval",
    Audience.CHANNEL: "Somebody has answered an approval",
    Audience.INSTEAD: "An approval needs no more answers",
}
"""What a notification says: words of ours alone, as Slack makes links of addresses in them."""


class Reply(Frozen):
    """What came of a request: a status of HTTP, words, and how the approval stands."""

    status_code: int
    text: str
    audience: Audience = Audience.PERSON
    approval: Approval | None = None

    def as_json(self) -> dict[str, object]:
        """Return the body of the answer: `error`, or how the approval stands and `text`."""
        if self.status_code != 200 or self.approval is None:
            return {"error": self.text}
        return {
            "approval": self.approval.id,
            "status": self.approval.status.value,
            "answers": [
                {"by": one.by, "status": one.status.value, "at": one.at.isoformat()}
                for one in self.approval.answers
            ],
            "text": self.text,
        }

    def as_slack(self) -> Block:
        """Return what Slack is told: a new message, one for the person alone, or a replacement."""
        for_one = self.audience is Audience.PERSON
        answers = () if for_one else self._answers()
        block = section(escaped(self.text, MAX_SECTION // 2), *answers)
        told = {"text": FALLBACKS[self.audience], "blocks": [block]}
        if for_one:
            return {"response_type": "ephemeral", "replace_original": False} | told
        if self.audience is Audience.CHANNEL:
            return {"response_type": "in_channel", "replace_original": False} | told
        return {"replace_original": True} | told

    def _answers(self) -> Iterator[str]:
        for one in self.approval.answers if self.approval else ():
            yield f"{escaped(_said(one), LINE)} {date(one.at)}"


def standing(incident: Incident, approval: Approval) -> str:
    """Say how an approval stands: who said what, and when."""
    what = f"{action_of(incident)} of {incident.subject}"
    said = "; ".join(f"{_said(one)} {_utc(one.at)}" for one in approval.answers)
    words = {
        ApprovalStatus.PENDING: f"{len(approval.agreed)} of {approval.needed} agreed so far",
        ApprovalStatus.APPROVED: "approved",
        ApprovalStatus.REJECTED: "rejected: nothing is done",
        ApprovalStatus.VOID: f"void, nothing is done: {approval.void_because}",
    }
    return f"{what}: {words[approval.status]}" + (f" ({said})" if said else "")


def expired(incident: Incident, approval: Approval) -> str:
    """Say that it is too late."""
    what = f"{action_of(incident)} of {incident.subject}"
    return f"{what}: the question expired at {_utc(approval.expires_at)}, so nothing was done by it"


def _said(one: Answer) -> str:
    word = "yes, too late" if one.status is ApprovalStatus.VOID else WORDS[one.status]
    return f"{who(one.by)} said {word} by {one.way.value}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
