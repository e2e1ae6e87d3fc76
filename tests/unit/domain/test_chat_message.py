"""The chat message: Slack's limits, and texts of others that must stay texts."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qlik_monitor.domain.anomaly import Subject
from qlik_monitor.domain.chat_answer import ChatQuestion
from qlik_monitor.domain.chat_message import hash_of_shown, question
from qlik_monitor.domain.chat_text import MAX_SECTION, escaped, section
from qlik_monitor.domain.incident import Incident
from tests.fakes.builders import (
    a_candidate,
    a_decided,
    a_decided_group,
    a_decision,
    a_proposal,
    a_strong_approval,
    a_table_reload,
    a_target_reload,
    an_aborted,
    an_anomaly,
    an_approval,
)

HOSTILE = (
    "<!channel> <@U1> <https://evil.example|Approve> &lt;!here&gt; \u202e*bold* password=hunter2"
)
OURS = re.compile(r"<!date\^\d+\^\{date_short_pretty\} \{time_secs\}\|[0-9: UTC-]+>")
LIMITS = {"header": 150, "section": 3000, "button": 75}


def asked(incident: Incident, **changes: Any) -> dict[str, Any]:
    approval = an_approval(incident, **changes)
    return question(incident, approval, answerable=True)


def told_by(text: str) -> Incident:
    return a_decided(
        subject=Subject(server="prod", task=text or "x"),
        anomalies=(an_anomaly(summary=text),),
        snapshot=an_aborted(message=text),
        proposal=a_proposal(
            cause=text[:1000], reasoning=text, model=text, rules_because=text, table=text[:300]
        ),
        decision=a_decision(reasons=(text,)),
    )


def texts(node: object) -> Iterator[str]:
    """Yield every text that Slack shows."""
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for inner in node.values():
            yield from texts(inner)
    if isinstance(node, list):
        for inner in node:
            yield from texts(inner)


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        element
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def assert_is_within_slacks_limits(message: dict[str, Any]) -> None:
    assert len(message["blocks"]) <= 50
    for block in message["blocks"]:
        for element in block.get("elements", [block]):
            limit = LIMITS.get(element["type"], 3000)
            text = element["text"]
            assert 1 <= len(text if isinstance(text, str) else text["text"]) <= limit
    for one in buttons(message):
        assert len(one["value"]) <= 2000
        assert len(one["confirm"]["title"]["text"]) <= 100
        assert 1 <= len(one["confirm"]["text"]["text"]) <= 300
        assert len(one["confirm"]["confirm"]["text"]) <= 30
        assert len(one["confirm"]["deny"]["text"]) <= 30


def test_it_shows_what_there_is_to_decide() -> None:
    shown = "\n".join(texts(asked(a_decided())))
    for expected in (
        "Approve resume of prod/orders?",
        "summary of aborted",
        "ORA-03113",
        "95 %",
        "model (gpt-4o)",
        "The connection was lost.",
        "It is back, so a resume picks up.",
        "attempt 1",
    ):
        assert expected in shown


def test_two_buttons_ask_once_more_and_carry_which_question_they_answer() -> None:
    message = asked(a_decided())
    yes, no = buttons(message)
    assert (yes["action_id"], yes["style"]) == ("approve", "primary")
    assert (no["action_id"], no["style"]) == ("reject", "danger")
    assert "resume of prod/orders" in yes["confirm"]["text"]["text"]
    carried = ChatQuestion.parse("value", yes["value"])
    assert carried.value == yes["value"] == no["value"]
    assert carried.is_about(an_approval())
    assert carried.approval_id == an_approval().id


def test_the_hash_of_what_was_shown_is_that_of_the_texts() -> None:
    message = asked(a_decided())
    seen = ChatQuestion.parse("value", buttons(message)[0]["value"]).seen
    assert seen == hash_of_shown(message["blocks"][:-1])
    assert asked(a_decided()) == message
    other = asked(told_by("another text"))
    assert ChatQuestion.parse("value", buttons(other)[0]["value"]).seen != seen


def test_it_holds_no_link_and_no_secret() -> None:
    message = asked(told_by("see https://db.example password=hunter2"))
    text = json.dumps(message)
    assert "hunter2" not in text
    assert "/approvals/" not in text
    assert not re.search(r"<https?:", text)


@pytest.mark.parametrize("reload", [a_target_reload(), a_table_reload()])
def test_what_rewrites_data_has_no_buttons(reload: Incident) -> None:
    approval = a_strong_approval(reload)
    message = question(reload, approval, answerable=True)
    assert buttons(message) == []
    shown = "\n".join(texts(message))
    assert "open your own link" in shown
    assert "It cannot be undone." in shown


def test_without_an_approver_who_can_press_them_there_are_no_buttons() -> None:
    message = question(a_decided(), an_approval(), answerable=False)
    assert buttons(message) == []
    assert "Nobody can answer from here" in "\n".join(texts(message))


def test_a_group_names_its_tasks_and_says_that_one_answer_is_for_all() -> None:
    incident = a_decided_group("a", "b", "c")
    shown = "\n".join(texts(asked(incident)))
    assert "One answer is for all 3 tasks" in shown
    assert "prod/a\nprod/b\nprod/c" in shown


def test_a_large_group_and_a_large_panel_stay_within_the_limits() -> None:
    names = [f"task-{n}-{'<' * 90}" for n in range(50)]
    incident = a_decided_group("a", candidates=tuple(a_candidate(name) for name in names))
    message = asked(incident, approvers=tuple(f"{'&' * 80}{n}" for n in range(50)), needed=50)
    assert_is_within_slacks_limits(message)
    assert "and 30 more" in "\n".join(texts(message))


def test_whatever_others_wrote_links_mentions_and_dates_nothing() -> None:
    message = asked(told_by(HOSTILE), approvers=(HOSTILE[:90],))
    for text in texts(message):
        assert not re.search("[<>]", OURS.sub("", text))
        assert not re.search(r"&(?!amp;|lt;|gt;)", text)
        assert "\u202e" not in text
        assert "hunter2" not in text
    assert "&amp;lt;!here&amp;gt;" in "\n".join(texts(message))


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(codec="utf-8"), max_size=4000))
def test_any_text_fits_and_is_escaped(text: str) -> None:
    message = asked(told_by(text))
    assert_is_within_slacks_limits(message)
    for shown in texts(message):
        assert not re.search("[<>]", OURS.sub("", shown))
    for element in buttons(message):
        assert ChatQuestion.parse("value", element["value"]).approval_id == an_approval().id


@given(
    text=st.text("&<>ab\n\ud800\u202e", max_size=1200),
    limit=st.integers(1, 400),
)
def test_no_escape_is_cut_in_two(text: str, limit: int) -> None:
    shown = escaped(text, limit)
    assert len(shown) <= limit
    assert re.fullmatch(r"(?:&(?:amp|lt|gt);|[^&<>])*", shown)
    begins = " ".join(text.split()).replace("\ud800", "").replace("\u202e", "")
    assert begins.startswith(html.unescape(shown.removesuffix("…")))


def test_lines_that_do_not_fit_into_a_paragraph_are_left_out_whole() -> None:
    text = section(*("x" * 1000 for _ in range(9)))["text"]["text"]
    assert len(text) <= MAX_SECTION
    assert text.splitlines() == ["x" * 1000, "x" * 1000, "…"]
