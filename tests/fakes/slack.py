"""Slack's side: signs what it sends, and takes messages over HTTP on this machine."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from local.http_thread import AppThread

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
SECRET_PATH = "/services/T000/B000/a-path-that-nobody-may-see"
REPLY_PATH = "/actions/T000/123/a-reply-path-that-nobody-may-see"


def signed(body: str, at: int, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """Return the headers that prove a body, worked out apart from the code that checks them."""
    digest = hmac.new(secret.encode(), f"v0:{at}:{body}".encode("utf-8", "surrogatepass"), "sha256")
    assert digest.digest_size == hashlib.sha256().digest_size
    return {
        "X-Slack-Request-Timestamp": str(at),
        "X-Slack-Signature": f"v0={digest.hexdigest()}",
    }


def pressed(action: str, value: str, by: str, reply_to: str = "", **changes: Any) -> str:
    """Return the form that a pressed button sends, with what Slack adds of its own."""
    payload: dict[str, Any] = {
        "type": "block_actions",
        "token": "a-deprecated-token-that-nobody-may-see",
        "team": {"id": "T000", "domain": "ops"},
        "user": {"id": by, "username": "whatever"},
        "channel": {"id": "C000", "name": "replication"},
        "message": {"text": "as it was posted", "blocks": []},
        "actions": [{"type": "button", "block_id": "answer", "action_id": action, "value": value}],
    }
    if reply_to:
        payload["response_url"] = reply_to
    return urlencode({"payload": json.dumps(payload | changes)})


@dataclass
class FakeSlack:
    """Takes messages, or fails in the way that it is told to."""

    url: str = ""
    status: int = 200
    delay: float = 0.0
    location: str = ""
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Path and message of each request, in order."""

    @property
    def webhook_url(self) -> str:
        """Where the channel takes messages."""
        return f"{self.url}{SECRET_PATH}"

    @property
    def reply_url(self) -> str:
        """Where a pressed button is replied to."""
        return f"{self.url}{REPLY_PATH}"

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages alone."""
        return [message for _, message in self.got]

    async def take(self, request: web.Request) -> web.Response:
        """Take one message."""
        self.got.append((request.path, json.loads(await request.text())))
        await asyncio.sleep(self.delay)
        headers = {"Location": self.location} if self.location else None
        return web.Response(status=self.status, text="ok", headers=headers)


@contextmanager
def fake_slack() -> Iterator[FakeSlack]:
    """Let a Slack listen on this machine."""
    slack, app = FakeSlack(), web.Application()
    app.router.add_post("/{any:.*}", slack.take)
    with AppThread(app) as listening:
        slack.url = listening.url
        yield slack
