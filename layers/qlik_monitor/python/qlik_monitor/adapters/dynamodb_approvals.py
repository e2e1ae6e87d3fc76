"""Approvals in DynamoDB; the task token lies beside each and leaves for Step Functions alone.

Item: pk `APPROVAL#<id>`, sk `APPROVAL`.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import expiry, store_errors
from qlik_monitor.domain.approval import Approval, ApprovalStatus
from qlik_monitor.errors import IncidentChanged, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class DynamoDbApprovals:
    """Fits `ApprovalStore`."""

    def __init__(self, table: "Table") -> None:
        """Keep approvals in this table."""
        self._table = table

    def request(self, approval: Approval, task_token: str) -> None:
        """Store a request with the token that waits for it; a retried step replaces its own."""
        item = _key(approval.id) | _attributes(approval) | {"task_token": task_token}
        item["expires_at"] = expiry(approval.requested_at)
        try:
            with store_errors(f"request approval {approval.id}"):
                self._table.put_item(
                    Item=item,
                    ConditionExpression="attribute_not_exists(pk) OR #s = :pending",
                    ExpressionAttributeNames={"#s": "status"},
                    ExpressionAttributeValues={":pending": ApprovalStatus.PENDING.value},
                )
        except ClientError as error:
            raise IncidentChanged(f"approval {approval.id} is decided already") from error

    def get(self, approval_id: str) -> Approval | None:
        """Return an approval without its token, or None."""
        with store_errors("read an approval"):
            answer = self._table.get_item(
                Key=_key(approval_id),
                ConsistentRead=True,
                ProjectionExpression="document, #s, decided_at, #c, delivered",
                ExpressionAttributeNames={"#s": "status", "#c": "comment"},
            )
        return _approval(dict(answer["Item"])) if "Item" in answer else None

    def decide(
        self, approval_id: str, status: ApprovalStatus, comment: str, now: datetime
    ) -> Approval:
        """Store the first decision; whoever comes later gets that one back."""
        try:
            with store_errors(f"decide approval {approval_id}"):
                self._table.update_item(
                    Key=_key(approval_id),
                    UpdateExpression="SET #s = :status, decided_at = :now, #c = :comment",
                    ConditionExpression="#s = :pending",
                    ExpressionAttributeNames={"#s": "status", "#c": "comment"},
                    ExpressionAttributeValues={
                        ":status": status.value,
                        ":now": now.isoformat(),
                        ":comment": comment,
                        ":pending": ApprovalStatus.PENDING.value,
                    },
                )
        except ClientError:
            pass  # decided before: what stands is read below
        approval = self.get(approval_id)
        if approval is None:
            raise StoreUnavailable(f"approval {approval_id} is not there any more")
        return approval

    def task_token(self, approval_id: str) -> str:
        """Return the token that waits for the decision."""
        with store_errors("read what waits for an approval"):
            answer = self._table.get_item(
                Key=_key(approval_id), ConsistentRead=True, ProjectionExpression="task_token"
            )
        return str(answer["Item"]["task_token"])

    def delivered(self, approval_id: str) -> None:
        """Note that the workflow took the decision."""
        with store_errors(f"mark approval {approval_id}"):
            self._table.update_item(
                Key=_key(approval_id),
                UpdateExpression="SET delivered = :yes",
                ExpressionAttributeValues={":yes": True},
            )


def _key(approval_id: str) -> dict[str, Any]:
    return {"pk": f"APPROVAL#{approval_id}", "sk": "APPROVAL"}


def _attributes(approval: Approval) -> dict[str, Any]:
    return {
        "document": approval.model_dump_json(),
        "status": approval.status.value,
        "comment": approval.comment,
        "delivered": approval.delivered,
    }


def _approval(item: dict[str, Any]) -> Approval:
    decided_at = item.get("decided_at")
    return Approval.model_validate_json(str(item["document"])).model_copy(
        update={
            "status": ApprovalStatus(str(item["status"])),
            "decided_at": datetime.fromisoformat(str(decided_at)) if decided_at else None,
            "comment": str(item.get("comment", "")),
            "delivered": bool(item.get("delivered", False)),
        }
    )
