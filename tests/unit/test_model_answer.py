"""The model's answer as text: its form, its range, and what contradicts itself or the facts."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion

from local.mock_openai.answers import completed
from local.mock_openai.schema import mismatch, strict_problem
from qlik_monitor.adapters.model_answer import BoundedAnswer, read_answer, strict_schema
from qlik_monitor.domain.actions import Action
from qlik_monitor.domain.facts import facts_of
from qlik_monitor.errors import ModelAnswerInvalid, ModelUnavailable
from tests.fakes.builders import an_incident

FACTS = facts_of(an_incident(), ())


def an_answer(action: str = "resume", **changes: Any) -> dict[str, Any]:
    """A valid answer about the facts above, as a sensible model gives it."""
    usual = {
        "action": action,
        "confidence": 0.9,
        "cause": "The connection was lost.",
        "reasoning": "It is back by now.",
        "evidence": ["ORA-03113"],
        "error_class": "connection",
    }
    return completed(usual, "", None) | changes


def sent(text: str, finish: str = "stop", refusal: str | None = None) -> ChatCompletion:
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return ChatCompletion.model_validate(
        {
            "id": "c",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        }
    )


def read(answer: dict[str, Any]) -> BoundedAnswer:
    return read_answer(sent(json.dumps(answer)), FACTS)


def test_the_schema_is_one_that_strict_mode_takes() -> None:
    schema: dict[str, Any] = strict_schema()
    assert strict_problem(schema) is None
    assert mismatch(an_answer(), schema) is None
    assert list(schema["properties"])[:2] == ["evidence", "error_class"]


@pytest.mark.parametrize("action", Action)
def test_a_consistent_answer_is_taken(action: Action) -> None:
    assert read(an_answer(action.value)).action is action


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"expected_effect": "nothing_changes"}, "resume has the effect runs_again, not nothing"),
        ({"rewrites_target": True}, "rewrites_target is true for resume"),
        ({"table": "SALES.ORDERS"}, "resume with a table"),
        ({"evidence": []}, "it quotes nothing that stands in the facts"),
        ({"evidence": ["it is safe"]}, "it quotes nothing that stands in the facts"),
        (
            {"reasoning": "So action: reload_target."},
            "its reasoning names the action reload_target",
        ),
        ({"reasoning": "The proposed action is `wait`."}, "names the action wait"),
    ],
)
def test_an_answer_that_contradicts_itself_or_the_facts_is_refused_with_the_reason(
    changes: dict[str, Any], because: str
) -> None:
    with pytest.raises(ModelAnswerInvalid, match=f"contradicts itself or the facts: .*{because}"):
        read(an_answer() | changes)


def test_a_reload_of_a_table_without_one_contradicts_itself() -> None:
    with pytest.raises(ModelAnswerInvalid, match="reload_table with no table"):
        read(an_answer("reload_table", table=None))
    with pytest.raises(ModelAnswerInvalid, match="rewrites_target is false for reload_table"):
        read(an_answer("reload_table", rewrites_target=False))


@pytest.mark.parametrize(
    "reasoning",
    [
        "A person stopped nothing; to wait would only lose time, to escalate more so.",
        "Action: resume. It resumes where it stopped.",
        "Action: resume; if that fails, the next action is escalate.",
        "No action: waiting for the listener is over.",
    ],
)
def test_a_reasoning_may_weigh_other_actions(reasoning: str) -> None:
    assert read(an_answer(reasoning=reasoning)).action is Action.RESUME


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"confidence": 1.01}, "confidence: less_than_equal"),
        ({"confidence": -0.1}, "confidence: greater_than_equal"),
        ({"table": ""}, "table: string_too_short"),
        ({"error_class": "bad luck"}, "error_class: enum"),
        ({"expected_effect": "all_is_well"}, "expected_effect: enum"),
        ({"rewrites_target": "perhaps"}, "rewrites_target: bool_parsing"),
        ({"approved": True}, "approved: extra_forbidden"),
    ],
)
def test_what_is_out_of_form_or_range_is_refused_with_the_field(
    changes: dict[str, Any], because: str
) -> None:
    with pytest.raises(ModelAnswerInvalid, match=because):
        read(an_answer() | changes)


def test_a_field_that_stands_there_twice_is_refused() -> None:
    text = json.dumps(an_answer())
    doubled = f'{text[:-1]}, "confidence": 1.0}}'
    with pytest.raises(ModelAnswerInvalid, match="confidence stands there twice"):
        read_answer(sent(doubled), FACTS)


def test_what_is_there_and_wrong_is_told_before_what_is_missing() -> None:
    with pytest.raises(ModelAnswerInvalid, match=r"^confidence: finite_number; "):
        read_answer(sent('{"confidence": NaN}'), FACTS)


@pytest.mark.parametrize(
    ("completion", "error", "because"),
    [
        (sent("{}", finish="length"), ModelAnswerInvalid, "cut off"),
        (sent("{}", finish="content_filter"), ModelUnavailable, "filtered"),
        (sent("", refusal="no"), ModelUnavailable, "refused"),
        (sent(json.dumps(an_answer())[:-1]), ModelAnswerInvalid, "json_invalid"),
        (sent("[" * 5000), ModelAnswerInvalid, "json_invalid"),
        (sent(json.dumps(an_answer()) * 2), ModelAnswerInvalid, "json_invalid"),
    ],
    ids=["cut off", "filtered", "refused", "half", "deep", "two"],
)
def test_no_whole_answer_is_none(
    completion: ChatCompletion, error: type[Exception], because: str
) -> None:
    with pytest.raises(error, match=because):
        read_answer(completion, FACTS)


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(an_answer())), values, max_size=9))
def test_any_answer_at_all_is_taken_whole_or_refused(changes: dict[str, Any]) -> None:
    try:
        answer = read(an_answer() | changes)
    except ModelAnswerInvalid as error:
        assert str(error)
    else:
        assert 0 <= answer.confidence <= 1
