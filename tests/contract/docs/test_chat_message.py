"""The sample chat message is what the code sends."""

import json

from qlik_monitor.domain.chat_message import question
from tests.contract.docs.markdown import read
from tests.fakes.builders import a_decided, an_approval

APPROVERS = ("ana@example.com", "ben@example.com")


def test_the_sample_message_is_the_one_that_is_sent() -> None:
    approval = an_approval(approvers=APPROVERS, needed=2)
    message = question(a_decided(), approval, answerable=True)
    sample = read("docs/chat_message.example.json")
    assert sample == json.dumps(message, indent=2, ensure_ascii=False) + "\n"
