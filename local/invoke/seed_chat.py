"""Signs what a chat tool would have sent, and lets its sender be an approver."""

import json
import os
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from local.invoke.world import CHAT_SECRET
from qlik_monitor.domain.chat_signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign_request

WEBHOOK = "/webhook"
NAME = "you"
"""The approver of the sample."""


def asked_about(event: dict[str, Any]) -> str:
    """Return the approval that a sample of the webhook is about; empty for another event."""
    is_of_chat = event.get("path") == WEBHOOK
    return str(json.loads(event["body"])["approval"]) if is_of_chat else ""


def signed_by_chat(event: dict[str, Any], now: datetime) -> str:
    """Sign the event, and name its sender among the approvers; return a sentence about it."""
    body, timestamp = str(event["body"]), str(int(now.timestamp()))
    secret = SecretStr(CHAT_SECRET["signing_secret"])
    signature = sign_request(secret, timestamp, body.encode())
    for name, value in ((TIMESTAMP_HEADER, timestamp), (SIGNATURE_HEADER, signature)):
        event["headers"][name], event["multiValueHeaders"][name] = value, [value]
    chat_id = json.loads(body)["by"]
    os.environ["APPROVERS"] = f"{NAME}={chat_id}"
    return f"the approver {NAME}, who is {chat_id} in chat, and the event's signature"
