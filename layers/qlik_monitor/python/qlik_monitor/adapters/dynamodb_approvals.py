"""Approvals in DynamoDB; the task token lies beside each and leaves for Step Functions alone.

| item | pk | sk |
|---|---|---|
| approval | `APPROVAL#<id>` | `APPROVAL` |

An answer is one transaction: it holds only if nobody answered since the approval was read, and the
audit trail's entry comes with it or not at all. So is the note that it was handed on.
"""

import json
import random
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import store_errors
from qlik_monitor.adapters.dynamodb_approval_items import NAMES, READ, approval_of, key_of
from qlik_monitor.adapters.dynamodb_approval_requests import ApprovalRequests
from qlik_monitor.adapters.dynamodb_audit import NEW, entry_item
from qlik_monitor.domain.approval import Answer, Approval, ApprovalStatus
from qlik_monitor.domain.audit import AuditEntry, Origin, answered, handed_on
from qlik_monitor.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

TRIES = 12
"""Each failure means that another answer went through or is under way; few of them decide."""
LONGEST_PAUSE_SECONDS = 0.25


class DynamoDbApprovals:
    """Fits `ApprovalStore`."""

    def __init__(self, table: "Table", sleep: Callable[[float], None] = time.sleep) -> None:
        """Keep approvals in this table."""
        self._table, self._sleep = table, sleep
        self._requests = ApprovalRequests(table, sleep)

    def request(self, approval: Approval, task_token: str) -> Approval:
        """Store a question with the token that waits for it; a retried step replaces its own.

        Where somebody has answered, the question stands as it is and waits with the new token, also
        if it is decided and the workflow has not heard of it: then whoever asks hands it on. Raises
        IncidentChanged where another request is newer or about another proposal, or where the
        decision is handed on.
        """
        return self._requests.request(approval, task_token)

    def get(self, approval_id: str) -> Approval | None:
        """Return an approval without its token, or None."""
        with store_errors("read an approval"):
            answer = self._table.get_item(
                Key=key_of(approval_id),
                ConsistentRead=True,
                ProjectionExpression=READ,
                ExpressionAttributeNames=NAMES,
            )
        return approval_of(answer["Item"]) if "Item" in answer else None

    def answer(
        self, approval_id: str, answer: Answer, origin: Origin, void_because: str = ""
    ) -> Approval:
        """Take somebody's answer, if it still counts; return how the approval stands then.

        Of any number who answer at once each sees what stands: whoever answered before, or comes
        after the decision, gets that one back. Raises StoreUnavailable.
        """
        for _ in range(TRIES):
            stands = self.get(approval_id)
            if stands is None:
                raise StoreUnavailable(f"approval {approval_id} is not there any more")
            then = stands.with_answer(answer, void_because)
            if then is stands or self._write(stands, then, origin):
                return then
            self._sleep(random.uniform(0, LONGEST_PAUSE_SECONDS))
        raise StoreUnavailable(f"approval {approval_id} is answered by too many at once")

    def task_token(self, approval_id: str) -> str:
        """Return the token that waits for the decision."""
        with store_errors("read what waits for an approval"):
            answer = self._table.get_item(
                Key=key_of(approval_id), ConsistentRead=True, ProjectionExpression="task_token"
            )
        return str(answer["Item"]["task_token"])

    def delivered(self, approval: Approval, now: datetime) -> None:
        """Note that the workflow took the decision, with the trail's entry; again adds nothing.

        Raises StoreUnavailable, and neither is written.
        """
        change = {
            "Key": key_of(approval.id),
            "UpdateExpression": "SET delivered = :yes",
            "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(delivered)",
            "ExpressionAttributeValues": {":yes": True},
        }
        for _ in range(TRIES):
            if self._together(f"mark approval {approval.id}", change, handed_on(approval, now)):
                return
            stands = self.get(approval.id)
            if stands is None or stands.delivered:
                return
            self._sleep(random.uniform(0, LONGEST_PAUSE_SECONDS))
        raise StoreUnavailable(f"approval {approval.id} is written by too many at once")

    def _write(self, stands: Approval, then: Approval, origin: Origin) -> bool:
        """Write an answer and its entry together; False when somebody was quicker."""
        entry = answered(then, then.answers[-1], origin)
        values = {
            ":pending": ApprovalStatus.PENDING.value,
            ":seen": len(stands.answers),
            ":answered": len(then.answers),
            ":answers": json.dumps([one.model_dump(mode="json") for one in then.answers]),
            ":status": then.status.value,
            ":at": then.decided_at.isoformat() if then.decided_at else "",
            ":comment": then.comment,
            ":void": then.void_because,
        }
        change = {
            "Key": key_of(then.id),
            "UpdateExpression": (
                "SET answers = :answers, answered = :answered, #s = :status, "
                "decided_at = :at, #c = :comment, void_because = :void"
            ),
            "ConditionExpression": "#s = :pending AND answered = :seen",
            "ExpressionAttributeNames": NAMES,
            "ExpressionAttributeValues": values,
        }
        return self._together(f"answer approval {then.id}", change, entry)

    def _together(self, doing: str, change: dict[str, Any], entry: AuditEntry) -> bool:
        """Write a change and its entry, or neither; False when somebody was quicker."""
        name = {"TableName": self._table.name}
        new = {"Item": entry_item(entry), "ConditionExpression": NEW}
        parts = [{"Update": change | name}, {"Put": new | name}]
        client: Any = self._table.meta.client
        try:
            with store_errors(doing, races=True):
                client.transact_write_items(TransactItems=parts)
        except ClientError:
            return False
        return True
