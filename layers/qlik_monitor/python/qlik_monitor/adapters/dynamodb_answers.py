"""The model's answers in DynamoDB, by the fingerprint of the illness they are about.

| item | pk | sk |
|---|---|---|
| model answer | `ANSWER#<fingerprint>` | `ANSWER` |
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from qlik_monitor.adapters.dynamodb import expiry, store_errors
from qlik_monitor.domain.proposal import Proposal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class DynamoDbAnswers:
    """Fits `AnswerStore`."""

    def __init__(self, table: "Table") -> None:
        """Keep answers in this table."""
        self._table = table

    def get(self, fingerprint: str, no_older_than: datetime) -> Proposal | None:
        """Return the answer, or None where there is none so young, or none this release reads."""
        with store_errors("read an answer of the model"):
            item = self._table.get_item(Key=_key(fingerprint)).get("Item")
        # DynamoDB removes an expired item within days, so its age is looked at here.
        if item is None or datetime.fromisoformat(str(item["answered_at"])) <= no_older_than:
            return None
        try:
            answer = Proposal.model_validate_json(str(item["document"]))
        except ValidationError:
            return None
        return answer.model_copy(
            update={"cached": True, "prompt_tokens": 0, "completion_tokens": 0}
        )

    def keep(self, fingerprint: str, answer: Proposal, now: datetime, kept: timedelta) -> None:
        """Keep an answer for a while."""
        item = _key(fingerprint) | {
            "document": answer.model_dump_json(),
            "answered_at": now.isoformat(),
            "expires_at": expiry(now, kept),
        }
        with store_errors("keep an answer of the model"):
            self._table.put_item(Item=item)


def _key(fingerprint: str) -> dict[str, Any]:
    return {"pk": f"ANSWER#{fingerprint}", "sk": "ANSWER"}
