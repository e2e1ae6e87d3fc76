import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qlik_monitor.step_error import MAX_LENGTH, sentence_of


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        (json.dumps({"errorMessage": "timed out", "errorType": "X"}), "X: timed out"),
        ("plain text", "X: plain text"),
        ("[1]", "X: [1]"),
        ("null", "X: null"),
        ("{}", "X: {}"),
        ("", "X: "),
    ],
    ids=["of a Lambda", "of a service", "a list", "null", "an object", "nothing"],
)
def test_an_error_of_a_step_becomes_a_sentence(cause: str, sentence: str) -> None:
    assert sentence_of({"Error": "X", "Cause": cause}) == sentence


def test_an_error_without_a_name_is_unknown() -> None:
    assert sentence_of({}) == "unknown: "


@given(st.text(max_size=3000))
def test_a_sentence_is_bounded_and_without_secrets(text: str) -> None:
    sentence = sentence_of({"Error": "X", "Cause": f"password=hunter2; {text}"})
    assert len(sentence) <= MAX_LENGTH
    assert sentence.startswith("X: password=[redacted]")
