"""Sign-ins to the console in DynamoDB: used once, by a condition, and ended by their owner.

| item | pk | sk |
|---|---|---|
| sign-in | `SIGNIN#<hash of what the link holds>` | `SIGNIN` |
"""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from qlik_monitor.adapters.dynamodb import expiry, store_errors
from qlik_monitor.domain.console_session import SESSION_LASTS, Role, SignIn

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

LEFT_OVER = timedelta(hours=1)
"""An expired link is known a while longer, so that its page can say that it expired."""


class DynamoDbSignIns:
    """Keeps sign-ins."""

    def __init__(self, table: "Table") -> None:
        """Keep them in this table."""
        self._table = table

    def mint(self, sign_in: SignIn) -> None:
        """Store a new link."""
        item: dict[str, Any] = _key(sign_in.id) | {
            "role": sign_in.role.value,
            "name": sign_in.name,
            "link_until": _seconds(sign_in.link_until),
            "expires_at": expiry(sign_in.link_until, LEFT_OVER),
        }
        with store_errors("mint a sign-in link"):
            self._table.put_item(Item=item, ConditionExpression="attribute_not_exists(pk)")

    def get(self, sign_in_id: str) -> SignIn | None:
        """Return a sign-in, consistently read."""
        with store_errors("read a sign-in"):
            answer = self._table.get_item(Key=_key(sign_in_id), ConsistentRead=True)
        return _sign_in(dict(answer["Item"])) if "Item" in answer else None

    def use(self, sign_in_id: str, now: datetime) -> SignIn | None:
        """Begin the session of a link; None when it is not one, was used, or came too late."""
        until = now + SESSION_LASTS
        return self._update(
            sign_in_id,
            "SET session_until = :until, expires_at = :until",
            "attribute_exists(pk) AND attribute_not_exists(session_until) AND link_until > :now",
            {":until": _seconds(until), ":now": _seconds(now)},
        )

    def begin(self, sign_in: SignIn) -> bool:
        """Store a session that no link came before; False when there is one of this id already.

        An update, as the console's role may make no other kind of change.
        """
        values = {
            ":role": sign_in.role.value,
            ":name": sign_in.name,
            ":link": _seconds(sign_in.link_until),
            ":until": _seconds(sign_in.session_until or sign_in.link_until),
        }
        change = (
            "SET #role = :role, #name = :name, link_until = :link, "
            "session_until = :until, expires_at = :until"
        )
        names = {"#role": "role", "#name": "name"}
        condition = "attribute_not_exists(pk)"
        return self._update(sign_in.id, change, condition, values, names) is not None

    def end(self, sign_in_id: str) -> None:
        """Let nobody go on with a session, whoever holds its cookie."""
        self._update(sign_in_id, "SET ended = :yes", "attribute_exists(pk)", {":yes": True})

    def _update(
        self,
        sign_in_id: str,
        change: str,
        condition: str,
        values: dict[str, Any],
        names: dict[str, str] | None = None,
    ) -> SignIn | None:
        more: Any = {"ExpressionAttributeNames": names} if names else {}
        try:
            with store_errors("change a sign-in"):
                answer = self._table.update_item(
                    Key=_key(sign_in_id),
                    UpdateExpression=change,
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
                    ReturnValues="ALL_NEW",
                    **more,
                )
        except ClientError:
            return None
        return _sign_in(dict(answer["Attributes"]))


def _key(sign_in_id: str) -> dict[str, str]:
    return {"pk": f"SIGNIN#{sign_in_id}", "sk": "SIGNIN"}


def _sign_in(item: dict[str, Any]) -> SignIn:
    return SignIn(
        id=str(item["pk"]).partition("#")[2],
        role=Role(item["role"]),
        name=str(item["name"]),
        link_until=_moment(item["link_until"]),
        session_until=_moment(item["session_until"]) if "session_until" in item else None,
        ended=bool(item.get("ended", False)),
    )


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
