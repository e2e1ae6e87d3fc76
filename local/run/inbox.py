"""The mailbox of a run: an HTTP endpoint that the SNS topic is subscribed to, for all approvers."""

import json
import re
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aiohttp import web

from local.http_thread import AppThread

if TYPE_CHECKING:
    from mypy_boto3_sns.client import SNSClient

LINK = re.compile(r"^(https?://\S+/approvals/\S+)$", re.MULTILINE)
ABOUT = re.compile(r"^About +(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Message:
    """One notification as it arrived."""

    kind: str
    subject: str
    body: str
    approver: str = ""
    """Whom alone it is for; empty: for all."""

    @property
    def link(self) -> str:
        """The approval link in it, or nothing."""
        found = LINK.search(self.body)
        return found.group(1) if found else ""

    @property
    def about(self) -> str:
        """The server or task that it is about."""
        found = ABOUT.search(self.body)
        return found.group(1).strip() if found else ""


class Inbox:
    """Receives notifications over HTTP, as any endpoint of a topic does."""

    def __init__(self, sns: "SNSClient", topic_arn: str) -> None:
        """Receive what this topic sends."""
        self._sns = sns
        self._topic_arn = topic_arn
        self._messages: list[Message] = []
        app = web.Application()
        app.router.add_post("/", self._receive)
        self._thread = AppThread(app)
        self._token = ""

    def __enter__(self) -> Self:
        """Listen, subscribe and confirm."""
        self._thread.start()
        self._sns.subscribe(TopicArn=self._topic_arn, Protocol="http", Endpoint=self._thread.url)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        self._thread.stop()

    def new(self) -> list[Message]:
        """Take what came since the last call."""
        if self._token:
            token, self._token = self._token, ""
            self._sns.confirm_subscription(TopicArn=self._topic_arn, Token=token)
        taken, self._messages[:] = list(self._messages), []
        return taken

    async def _receive(self, request: web.Request) -> web.Response:
        letter = json.loads(await request.text())
        if letter.get("Type") == "SubscriptionConfirmation":
            self._token = letter["Token"]
        elif letter.get("Type") == "Notification":
            attributes = {
                name: str(one.get("Value", ""))
                for name, one in letter.get("MessageAttributes", {}).items()
            }
            message = Message(
                kind=attributes.get("kind", ""),
                subject=letter.get("Subject", ""),
                body=letter["Message"],
                approver=attributes.get("approver", ""),
            )
            self._messages.append(message)
        return web.Response(text="ok")
