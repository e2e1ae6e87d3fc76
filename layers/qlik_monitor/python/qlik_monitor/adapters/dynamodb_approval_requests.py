"""Asking in DynamoDB: of the tries of one step the newest waits, whichever write lands last.

A try that Lambda still runs while the workflow has given it up holds a token that nobody listens
to any more. `waits_since` says when the request was made whose token is stored: an older one
replaces nothing.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import expiry, store_errors
from qlik_monitor.adapters.dynamodb_approval_items import (
    NAMES,
    READ,
    approval_of,
    document_of,
    key_of,
    sortable,
)
from qlik_monitor.domain.approval import Approval, ApprovalStatus
from qlik_monitor.errors import IncidentChanged, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

NOT_NEWER = "(attribute_not_exists(waits_since) OR waits_since <= :since)"
"""The release before stored no such attribute."""
UNANSWERED = f"attribute_not_exists(pk) OR (#s = :pending AND answered = :none AND {NOT_NEWER})"
AS_IT_WAS_READ = f"answered = :seen AND attribute_not_exists(delivered) AND {NOT_NEWER}"
TRIES = 5
"""Each failure means that somebody answered, or is about to."""
PAUSE_SECONDS = 0.1


class ApprovalRequests:
    """Stores questions with the tokens that wait for them."""

    def __init__(self, table: "Table", sleep: Callable[[float], None]) -> None:
        """Keep them in this table."""
        self._table, self._sleep = table, sleep

    def request(self, approval: Approval, task_token: str) -> Approval:
        """Store a question, or let the one that some have answered wait with this token.

        Raises IncidentChanged where another request is newer, or about another proposal, or where
        the workflow has the decision already.
        """
        for _ in range(TRIES):
            if self._put(approval, task_token):
                return approval
            stands = self._of_the_same(approval)
            if stands.answers and self._wait_anew(stands, approval, task_token):
                return stands
            self._sleep(PAUSE_SECONDS)
        raise StoreUnavailable(f"approval {approval.id} is answered by too many at once")

    def _put(self, approval: Approval, task_token: str) -> bool:
        """Store it as new, or in place of what nobody has answered; False where that is refused."""
        item = key_of(approval.id) | {
            "document": document_of(approval),
            "status": ApprovalStatus.PENDING.value,
            "answered": 0,
            "task_token": task_token,
            "waits_since": sortable(approval.requested_at),
            "expires_at": expiry(approval.requested_at),
        }
        values = {
            ":pending": ApprovalStatus.PENDING.value,
            ":none": 0,
            ":since": item["waits_since"],
        }
        try:
            with store_errors(f"request approval {approval.id}", races=True):
                self._table.put_item(
                    Item=item,
                    ConditionExpression=UNANSWERED,
                    ExpressionAttributeNames={"#s": "status"},
                    ExpressionAttributeValues=values,
                )
        except ClientError:
            return False
        return True

    def _of_the_same(self, approval: Approval) -> Approval:
        """Return what is stored, if the new request may wait in its place."""
        with store_errors("read an approval"):
            answer = self._table.get_item(
                Key=key_of(approval.id),
                ConsistentRead=True,
                ProjectionExpression=f"{READ}, waits_since",
                ExpressionAttributeNames=NAMES,
            )
        if "Item" not in answer:
            raise StoreUnavailable(f"approval {approval.id} is not there any more")
        stands = approval_of(answer["Item"])
        if problem := _not_to_replace(stands, str(answer["Item"].get("waits_since", "")), approval):
            raise IncidentChanged(f"approval {approval.id} {problem}")
        return stands

    def _wait_anew(self, stands: Approval, approval: Approval, task_token: str) -> bool:
        """Replace the token alone, if nobody has answered since: they would use the old one."""
        values: dict[str, Any] = {
            ":token": task_token,
            ":since": sortable(approval.requested_at),
            ":seen": len(stands.answers),
        }
        try:
            with store_errors(f"wait anew for approval {approval.id}", races=True):
                self._table.update_item(
                    Key=key_of(approval.id),
                    UpdateExpression="SET task_token = :token, waits_since = :since",
                    ConditionExpression=AS_IT_WAS_READ,
                    ExpressionAttributeValues=values,
                )
        except ClientError:
            return False
        return True


def _not_to_replace(stands: Approval, waits_since: str, approval: Approval) -> str | None:
    """Say why a new request must not wait in place of the stored one, or None."""
    if waits_since > sortable(approval.requested_at):
        return "was asked for anew since: this try of the step is an old one"
    if stands.proposal_hash != approval.proposal_hash:
        return "is about another proposal"
    return "is decided and handed on already" if stands.delivered else None
