"""How an approval lies in the table: its key, and what is read of its item."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from qlik_monitor.domain.approval import Answer, Approval, ApprovalStatus

READ = "document, answers, #s, decided_at, #c, void_because, delivered"
NAMES = {"#s": "status", "#c": "comment"}
ASKED_PARTS = {"answers", "status", "decided_at", "comment", "void_because", "delivered"}
"""What changes after the question, and so stands beside the document."""


def key_of(approval_id: str) -> dict[str, Any]:
    """Return an approval's key."""
    return {"pk": f"APPROVAL#{approval_id}", "sk": "APPROVAL"}


def document_of(approval: Approval) -> str:
    """Return the question, without what changes after it."""
    return approval.model_dump_json(exclude=ASKED_PARTS)


def approval_of(item: Mapping[str, Any]) -> Approval:
    """Return what was stored."""
    decided_at = item.get("decided_at")
    answers = json.loads(str(item.get("answers", "[]")))
    return Approval.model_validate_json(str(item["document"])).model_copy(
        update={
            "answers": tuple(Answer.model_validate_json(json.dumps(one)) for one in answers),
            "status": ApprovalStatus(str(item["status"])),
            "decided_at": datetime.fromisoformat(str(decided_at)) if decided_at else None,
            "comment": str(item.get("comment", "")),
            "void_because": str(item.get("void_because", "")),
            "delivered": bool(item.get("delivered", False)),
        }
    )


def sortable(moment: datetime) -> str:
    """Write a moment so that the later text is the later moment."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
