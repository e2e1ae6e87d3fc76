"""The question as a chat message: Slack's Block Kit, with a button for yes and one for no.

It holds no link: links are personal, and a channel is not. Its buttons carry which question they
answer, and the hash of what the message showed.
"""

import hashlib
import json
from collections.abc import Iterator

from qlik_monitor.domain.approval import Approval
from qlik_monitor.domain.approvers import ANYONE
from qlik_monitor.domain.chat_answer import ChatQuestion
from qlik_monitor.domain.chat_text import (
    MAX_BUTTON,
    MAX_CONFIRM_BUTTON,
    MAX_CONFIRM_TEXT,
    MAX_CONFIRM_TITLE,
    MAX_HEADER,
    Block,
    date,
    escaped,
    header,
    plain,
    section,
    small_print,
)
from qlik_monitor.domain.explanation_proposal import confidence_of, proposer_of
from qlik_monitor.domain.explanation_words import doing, named
from qlik_monitor.domain.incident import Incident
from qlik_monitor.domain.rewriting import Demand, demand_of

LONG = 1000
EXCERPT = 400
NAME = 200
SHORT = 100
MOST_NAMES = 20
APPROVE, REJECT = "approve", "reject"
NOBODY_CAN = "Nobody can answer from here: answer by the link in the mail."
BY_LINK = (
    "It cannot be answered from here: open your own link in the mail, as a name has to be typed."
)


def question(incident: Incident, approval: Approval, *, answerable: bool) -> Block:
    """Compose the message; without buttons where nobody may, or can, answer by them.

    `answerable` says whether any of those who were asked has an id in the chat tool.
    """
    blocks = list(_shown(incident, approval))
    demand = demand_of(incident, approval)
    if demand or not answerable:
        blocks.append(_no_buttons(demand))
    else:
        seen = hash_of_shown(blocks)
        blocks.append(_buttons(incident, approval, seen))
    return _message(_headline(incident), blocks)


def hash_of_shown(blocks: list[Block]) -> str:
    """Name what a message showed: the SHA-256 of its texts, in hex."""
    text = json.dumps(blocks, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _message(headline: str, blocks: list[Block]) -> Block:
    text = escaped(headline, MAX_HEADER)
    return {"text": text, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def action_of(incident: Incident) -> str:
    """Name what is asked about: `resume`, `reload table of SALES.ORDERS`."""
    if incident.decision is None:
        return "nothing"
    return doing(incident.decision.action, incident.proposal.table if incident.proposal else None)


def _headline(incident: Incident) -> str:
    return f"Approve {action_of(incident)} of {incident.subject}?"


def _shown(incident: Incident, approval: Approval) -> Iterator[Block]:
    yield header(_headline(incident))
    yield section(*_facts(incident))
    if incident.proposal:
        yield section(*_proposal(incident))
    if incident.candidates:
        yield section(*_tasks(incident))
    yield small_print(*_terms(incident, approval))


def _facts(incident: Incident) -> Iterator[str]:
    yield f"*About* {escaped(str(incident.subject), NAME)}"
    for one in incident.anomalies:
        kind = f"{named(one.kind)} ({one.severity.value})"
        yield f"*Finding* {kind}: {escaped(one.summary, EXCERPT)}"
    if incident.snapshot:
        read = incident.snapshot
        yield f"*State* {escaped(f'{read.state.value} / {read.stop_reason.value}', NAME)}"
        if read.message:
            yield f"*Message* {escaped(read.message, EXCERPT)}"


def _proposal(incident: Incident) -> Iterator[str]:
    made = incident.proposal
    if made is None:
        return
    yield f"*Proposal* {escaped(doing(made.action, made.table), EXCERPT)}"
    yield f"*Confidence* {escaped(confidence_of(made), NAME)}"
    yield f"*Made by* {escaped(proposer_of(made), NAME)}"
    yield f"*Cause* {escaped(made.cause, EXCERPT)}"
    yield f"*Reasoning* {escaped(made.reasoning, EXCERPT)}"


def _tasks(incident: Incident) -> Iterator[str]:
    names = [escaped(str(one.task), SHORT) for one in incident.candidates]
    yield f"One answer is for all {len(names)} tasks, once the endpoint is back:"
    yield from names[:MOST_NAMES]
    if len(names) > MOST_NAMES:
        yield f"and {len(names) - MOST_NAMES} more"


def _terms(incident: Incident, approval: Approval) -> Iterator[str]:
    yield f"Open until {date(approval.expires_at)}; unanswered, nothing is done."
    if approval.approvers != (ANYONE,):
        names = escaped(", ".join(approval.approvers), LONG)
        yield f"{approval.needed} of {len(approval.approvers)} have to agree: {names}"
    yield f"Incident {escaped(incident.id, NAME)}, attempt {incident.attempt}"


def _no_buttons(demand: Demand | None) -> Block:
    return section(escaped(demand.rewritten, LONG), BY_LINK) if demand else section(NOBODY_CAN)


def _buttons(incident: Incident, approval: Approval, seen: str) -> Block:
    asked = ChatQuestion(
        approval_id=approval.id, proposal_hash=approval.proposal_hash, seen=seen
    ).value
    what = f"{action_of(incident)} of {incident.subject}"
    yes = _button(APPROVE, "Approve", "primary", asked, f"You say yes to {what}.")
    no = _button(REJECT, "Reject", "danger", asked, f"You say no to {what}: nothing is done.")
    return {"type": "actions", "block_id": "answer", "elements": [yes, no]}


def _button(action_id: str, label: str, style: str, value: str, text: str) -> Block:
    return {
        "type": "button",
        "action_id": action_id,
        "text": plain(label, MAX_BUTTON),
        "style": style,
        "value": value,
        "confirm": {
            "title": plain(f"{label}?", MAX_CONFIRM_TITLE),
            "text": plain(text, MAX_CONFIRM_TEXT),
            "confirm": plain(label, MAX_CONFIRM_BUTTON),
            "deny": plain("Not now", MAX_CONFIRM_BUTTON),
        },
    }
