import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.domain.approval import ApprovalStatus
from qlik_monitor.domain.chat_answer import FORM, JSON, ChatAnswer, ChatQuestion, read_answer
from tests.fakes.builders import an_approval
from tests.fakes.slack import pressed

QUESTION = ChatQuestion(approval_id="A" * 24, proposal_hash="b" * 64, seen="c" * 64)
TOOL = {"approval": "A" * 24, "decision": "approve", "by": "ana-in-chat"}


def of_a_tool(**changes: Any) -> ChatAnswer:
    return read_answer(JSON, json.dumps(TOOL | changes).encode())


def of_slack(**changes: Any) -> ChatAnswer:
    return read_answer(FORM, pressed("approve", QUESTION.value, "U1", **changes).encode())


def test_a_pressed_button_says_who_what_and_about_which_question() -> None:
    answer = of_slack(reply_to="https://hooks.slack.com/actions/1")
    assert answer == ChatAnswer(
        question=QUESTION,
        status=ApprovalStatus.APPROVED,
        by="U1",
        reply_to="https://hooks.slack.com/actions/1",
    )


def test_another_tool_names_the_approval_or_hands_on_what_the_button_carries() -> None:
    assert of_a_tool(decision="reject", comment="  not now ") == ChatAnswer(
        question=ChatQuestion(approval_id="A" * 24),
        status=ApprovalStatus.REJECTED,
        by="ana-in-chat",
        comment="not now",
    )
    assert of_a_tool(approval=QUESTION.value).question == QUESTION


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_a_content_type_may_say_more_and_be_written_in_any_case(kind: str) -> None:
    assert read_answer(kind, json.dumps(TOOL).encode()).by == "ana-in-chat"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"decision": "yes"}, "decision is 'yes'; allowed: approve or reject"),
        ({"decision": None}, "decision is None; allowed: approve or reject"),
        ({"decision": ["approve"]}, "allowed: approve or reject"),
        ({"approval": "short"}, "approval is 'short'; allowed: an approval's 24 letters"),
        ({"approval": 7}, "approval is 7; allowed"),
        ({"approval": QUESTION.value[:-1]}, "allowed: an approval's 24 letters"),
        ({"by": ""}, "by is ''; allowed: an id in the chat tool"),
        ({"by": "x" * 101}, "by is"),
        ({"by": "a\nb"}, "by is 'a\\nb'"),
        ({"by": "\ud800"}, "by is '\\ud800'"),
        ({"comment": "x" * 501}, "comment is"),
        ({"comment": 5}, "comment is 5; allowed: a text of at most 500 characters"),
        ({"comment": "half \ud800"}, "comment is"),
        ({"token": "t"}, "'token' is no field; allowed: approval, by, comment, decision"),
    ],
)
def test_a_mistake_is_told_by_field_value_and_what_is_allowed(
    changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)) as raised:
        of_a_tool(**changes)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("name", ["approval", "decision", "by"])
def test_a_missing_field_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is missing; needed: approval, decision, by"):
        read_answer(JSON, json.dumps({n: v for n, v in TOOL.items() if n != name}).encode())


@pytest.mark.parametrize(
    ("kind", "body", "sentence"),
    [
        ("text/plain", b"{}", "Content-Type is 'text/plain'; allowed: application/json"),
        ("", b"{}", "Content-Type is ''"),
        (JSON, b"\xff", "the body is not UTF-8"),
        (JSON, b"{", "the body is not JSON"),
        (JSON, b"", "the body is not JSON"),
        (JSON, b"[]", "the body is not a JSON object"),
        (JSON, b"[" * 60000, "the body is nested too deeply"),
        (JSON, b'{"by": "a", "by": "b"}', "'by' stands twice"),
        (FORM, b"", "payload 0 times"),
        (FORM, b"payload={}&payload={}", "payload 2 times"),
        (FORM, b"payload=%7B", "payload is not JSON"),
        (FORM, b"payload=%ff", "the form cannot be read"),
        (FORM, "&".join(f"f{n}=1" for n in range(30)).encode(), "the form cannot be read"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(kind: str, body: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        read_answer(kind, body)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"type": "view_submission"}, "payload.type is 'view_submission'; allowed: block_actions"),
        ({"actions": []}, "payload.actions has to hold one action"),
        ({"actions": [{}, {}]}, "payload.actions has to hold one action"),
        ({"actions": {"0": {}}}, "payload.actions has to hold one action"),
        ({"actions": [None]}, "payload.actions has to hold one action"),
        ({"user": None}, "payload.user.id is None"),
        ({"user": {"id": ["U1"]}}, "payload.user.id is ['U1']"),
    ],
)
def test_a_button_of_another_kind_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        of_slack(**changes)


def test_a_button_that_is_not_ours_is_refused() -> None:
    with pytest.raises(ValueError, match=r"action_id is 'open'; allowed: approve or reject"):
        read_answer(FORM, pressed("open", QUESTION.value, "U1").encode())


@pytest.mark.parametrize("reply_to", [7, "x" * 3000, "https://a\n", "https://\u2603"])
def test_an_odd_address_to_reply_to_counts_as_none(reply_to: Any) -> None:
    assert of_slack(response_url=reply_to).reply_to == ""


@given(body=st.binary(max_size=300), kind=st.sampled_from([JSON, FORM]))
def test_any_body_is_read_or_refused_with_a_sentence(body: bytes, kind: str) -> None:
    try:
        read_answer(kind, body)
    except ValueError as error:
        assert str(error)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ),
    name=st.sampled_from(["type", "user", "actions", "response_url"]),
)
def test_any_payload_is_read_or_refused_with_a_sentence(value: Any, name: str) -> None:
    try:
        of_slack(**{name: value})
    except ValueError as error:
        assert str(error)


def test_a_message_about_another_proposal_is_told_from_one_about_this() -> None:
    approval = an_approval()
    same = QUESTION.model_copy(update={"proposal_hash": approval.proposal_hash})
    assert same.is_about(approval)
    assert not QUESTION.is_about(approval)
    assert ChatQuestion(approval_id=approval.id).is_about(approval)


def test_a_form_with_more_than_a_payload_is_read() -> None:
    body = pressed("reject", QUESTION.value, "U1") + "&" + urlencode({"extra": "1"})
    assert read_answer(FORM, body.encode()).status is ApprovalStatus.REJECTED
