"""Answers from chat: what a pressed button or another tool sends, read strictly.

| sender | body |
|---|---|
| Slack | a form with one `payload`: JSON of type `block_actions` |
| any other tool | JSON: `approval`, `decision`, `by` and, if wanted, `comment` |

Everything here was signed, and is checked all the same: a mistake is told by field and value.
"""

import json
import re
from typing import Any, Self
from urllib.parse import parse_qs

from qlik_monitor.domain.approval import Approval, ApprovalStatus
from qlik_monitor.domain.approvers import MAX_NAME
from qlik_monitor.domain.model import Frozen

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
DECISIONS = {"approve": ApprovalStatus.APPROVED, "reject": ApprovalStatus.REJECTED}
MAX_COMMENT = 500
MAX_ADDRESS = 2000
SHOWN = 60
"""Characters of a wrong value that are told."""
QUESTION = re.compile(r"([A-Za-z0-9_-]{24})(?:\.([0-9a-f]{64})\.([0-9a-f]{64}))?", re.ASCII)
NAMED = frozenset({"approval", "decision", "by", "comment"})
NEEDED = ("approval", "decision", "by")


class ChatQuestion(Frozen):
    """Which question a message asks: the approval, its proposal, and what the message showed.

    A button carries it as `<approval>.<proposal hash>.<hash of what was shown>`, so that an old
    message answers no new question; a tool that shows messages of its own may name the approval
    alone.
    """

    approval_id: str
    proposal_hash: str = ""
    seen: str = ""

    @classmethod
    def parse(cls, field: str, value: object) -> Self:
        """Read what a button carries; raises ValueError with a sentence."""
        found = QUESTION.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise _wrong(field, value, "an approval's 24 letters, or what its button carries")
        return cls(approval_id=found[1], proposal_hash=found[2] or "", seen=found[3] or "")

    @property
    def value(self) -> str:
        """What a button carries."""
        return f"{self.approval_id}.{self.proposal_hash}.{self.seen}"

    def is_about(self, approval: Approval) -> bool:
        """Tell whether it still is the same question."""
        return self.proposal_hash in ("", approval.proposal_hash)


class ChatAnswer(Frozen):
    """What somebody answered, by their id in the chat tool."""

    question: ChatQuestion
    status: ApprovalStatus
    by: str
    comment: str = ""
    reply_to: str = ""
    """Where Slack takes what the person is told; empty: the answer of the request tells it."""


def read_answer(content_type: str, body: bytes) -> ChatAnswer:
    """Read a body of either kind; raises ValueError with a sentence that names what is wrong."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in (FORM, JSON):
        raise _wrong("Content-Type", content_type, f"{JSON}, or {FORM} as Slack sends it")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("the body is not UTF-8") from None
    return _of_slack(text) if kind == FORM else _of_a_tool(_object("the body", text))


def _of_slack(text: str) -> ChatAnswer:
    try:
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=12, errors="strict")
    except ValueError:
        raise ValueError("the form cannot be read; expected one field, payload") from None
    payloads = fields.get("payload", [])
    if len(payloads) != 1:
        raise ValueError(f"the form has payload {len(payloads)} times; it has to come once")
    payload = _object("payload", payloads[0])
    if payload.get("type") != "block_actions":
        raise _wrong("payload.type", payload.get("type"), "block_actions, a pressed button")
    actions, user, reply_to = (payload.get(n) for n in ("actions", "user", "response_url"))
    if not isinstance(actions, list) or len(actions) != 1 or not isinstance(actions[0], dict):
        raise ValueError("payload.actions has to hold one action")
    action: dict[str, Any] = actions[0]
    by = user.get("id") if isinstance(user, dict) else None
    return ChatAnswer(
        question=ChatQuestion.parse("payload.actions[0].value", action.get("value")),
        status=_decision("payload.actions[0].action_id", action.get("action_id")),
        by=_chat_id("payload.user.id", by),
        reply_to=_address(reply_to),
    )


def _of_a_tool(fields: dict[str, Any]) -> ChatAnswer:
    if strange := next((name for name in fields if name not in NAMED), None):
        raise ValueError(f"{strange[:SHOWN]!r} is no field; allowed: {', '.join(sorted(NAMED))}")
    if lacking := next((name for name in NEEDED if name not in fields), None):
        raise ValueError(f"{lacking} is missing; needed: {', '.join(NEEDED)}")
    comment = fields.get("comment", "")
    if not isinstance(comment, str) or len(comment) > MAX_COMMENT or _is_broken(comment):
        raise _wrong("comment", comment, f"a text of at most {MAX_COMMENT} characters")
    return ChatAnswer(
        question=ChatQuestion.parse("approval", fields["approval"]),
        status=_decision("decision", fields["decision"]),
        by=_chat_id("by", fields["by"]),
        comment=comment.strip(),
    )


def _decision(field: str, value: object) -> ApprovalStatus:
    if not isinstance(value, str) or value not in DECISIONS:
        raise _wrong(field, value, " or ".join(DECISIONS))
    return DECISIONS[value]


def _chat_id(field: str, value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_NAME or not value.isprintable():
        raise _wrong(field, value, f"an id in the chat tool, of 1 to {MAX_NAME} characters")
    return value


def _address(value: object) -> str:
    """Return an address, or nothing: without one the request's own answer has to do."""
    plain = isinstance(value, str) and value.isascii() and value.isprintable()
    return str(value) if plain and len(str(value)) <= MAX_ADDRESS else ""


def _is_broken(text: str) -> bool:
    """Tell whether a text holds half a character: JSON can say so, and nothing can store it."""
    return any("\ud800" <= one <= "\udfff" for one in text)


def _object(field: str, text: str) -> dict[str, Any]:
    try:
        read = json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError(f"{field} is nested too deeply") from None
    except json.JSONDecodeError:
        raise ValueError(f"{field} is not JSON") from None
    if not isinstance(read, dict):
        raise ValueError(f"{field} is not a JSON object")
    return read


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that says something twice: neither is sure to be meant."""
    names = [name for name, _ in pairs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"{twice[:SHOWN]!r} stands twice")
    return dict(pairs)


def _wrong(field: str, value: object, allowed: str) -> ValueError:
    shown = ascii(value)
    shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
    return ValueError(f"{field} is {shown}; allowed: {allowed}")
