"""What Slack is told after an answer: nobody else's words become links."""

import json
from collections.abc import Iterator

import pytest

from qlik_monitor.domain.chat_reply import FALLBACKS, Audience, Reply

FOREIGN = "https://evil.example/login"


def texts_that_link(node: object) -> Iterator[str]:
    """Yield every text in which Slack would look for addresses."""
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn" and node.get("verbatim") is True:
            return
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from texts_that_link(inner)
    if isinstance(node, str):
        yield node


@pytest.mark.parametrize("audience", Audience)
def test_an_address_in_somebody_else_s_words_stays_a_text(audience: Audience) -> None:
    reply = Reply(status_code=403, text=f"resume of {FOREIGN}/orders", audience=audience)
    told = reply.as_slack()
    assert FOREIGN in json.dumps(told["blocks"])
    assert FOREIGN not in str(list(texts_that_link(told)))


@pytest.mark.parametrize("audience", Audience)
def test_a_notification_says_something_all_the_same(audience: Audience) -> None:
    told = Reply(status_code=403, text=FOREIGN, audience=audience).as_slack()
    assert told["text"] == FALLBACKS[audience]
