"""Signatures of what a chat tool sends: the scheme by which Slack signs its requests.

    X-Slack-Request-Timestamp: 1772452800
    X-Slack-Signature: v0=<hex of HMAC-SHA256(secret, "v0:1772452800:" and the body as it was sent)>

Any tool that has the secret can sign so.
"""

import hashlib
import hmac
import re
from datetime import datetime

from pydantic import SecretStr

SIGNATURE_HEADER = "X-Slack-Signature"
TIMESTAMP_HEADER = "X-Slack-Request-Timestamp"
VERSION = "v0"
SECONDS_APART = 300
"""How far the clock of who signs may be from ours; so long can a request be sent again."""
TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


def sign_request(secret: SecretStr, timestamp: str, body: bytes) -> str:
    """Return the signature of a body, sent at a moment in seconds since 1970."""
    text = f"{VERSION}:{timestamp}:".encode() + body
    digest = hmac.new(secret.get_secret_value().encode(), text, hashlib.sha256)
    return f"{VERSION}={digest.hexdigest()}"


def not_genuine(
    secret: SecretStr, timestamps: list[str], signatures: list[str], body: bytes, now: datetime
) -> str | None:
    """Say why a request is not one of the chat tool, or None where it is.

    All values of both headers are given, as one that is sent twice may be meant either way. What
    is said tells nothing of the secret, and takes as long for any wrong signature.
    """
    for name, values in ((TIMESTAMP_HEADER, timestamps), (SIGNATURE_HEADER, signatures)):
        if len(values) != 1:
            return f"the header {name} came {len(values)} times; it has to come once"
    [timestamp], [signature] = timestamps, signatures
    if not TIMESTAMP.fullmatch(timestamp):
        return f"{TIMESTAMP_HEADER} has to be whole seconds since 1970"
    if abs(now.timestamp() - int(timestamp)) > SECONDS_APART:
        return (
            f"{TIMESTAMP_HEADER} is more than {SECONDS_APART} seconds from the time here: "
            "the request is too old, or a clock is wrong"
        )
    if not SIGNATURE.fullmatch(signature):
        return f"{SIGNATURE_HEADER} has to be v0= and 64 lower-case hexadecimal digits"
    if not hmac.compare_digest(sign_request(secret, timestamp, body), signature):
        return f"{SIGNATURE_HEADER} is not that of this body, timestamp and secret"
    return None
