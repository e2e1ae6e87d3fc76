"""The control API, and the log that tests search for leaks."""

import pytest
import requests
from openai import OpenAI

from local.mock_openai import MockOpenAI
from tests.contract.mock_openai.asking import ANSWER, MODEL, ask


def call(mock: MockOpenAI, method: str, path: str, body: object = None) -> requests.Response:
    return requests.request(method, f"{mock.control_url}/{path}", json=body, timeout=5)


def test_the_log_keeps_the_body_and_never_the_key(mock: MockOpenAI, client: OpenAI) -> None:
    ask(client, "password=hunter2")

    response = call(mock, "GET", "requests")
    (entry,) = response.json()["requests"]

    assert entry["body"]["messages"][1]["content"] == "password=hunter2"
    assert entry["body"]["model"] == MODEL
    assert entry["user_text"] == "password=hunter2"
    assert entry["authorization"] == "Bearer"
    assert (entry["path"], entry["status"], entry["outcome"]) == (
        "/v1/chat/completions",
        200,
        "default",
    )
    assert mock.api_key not in response.text


def test_half_a_character_in_a_question_does_not_break_the_log(mock: MockOpenAI) -> None:
    requests.post(f"{mock.url}/responses", data=b'{"input": "\\ud83d"}', timeout=5)

    assert "d83d" in call(mock, "GET", "requests").text


def test_the_log_can_be_cleared(mock: MockOpenAI, client: OpenAI) -> None:
    ask(client, "x")

    assert call(mock, "DELETE", "requests").status_code == 204
    assert mock.requests == []


def test_rules_can_be_set_added_read_and_removed(mock: MockOpenAI, client: OpenAI) -> None:
    call(mock, "PUT", "answers", {"answers": [{"answer": ANSWER}]})
    call(mock, "POST", "answers", {"answers": [{"refusal": "not now", "times": 1}]})

    assert ask(client, "x").choices[0].message.refusal == "not now"
    assert call(mock, "GET", "answers").json()["answers"] == [
        {"refusal": "not now", "times": 1, "left": 0},
        {"answer": ANSWER, "left": None},
    ]
    call(mock, "DELETE", "answers")
    assert call(mock, "GET", "state").json()["answers"] == []


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"answers": [{"fault": "flood"}]}, "answers: [0].fault: 'flood': Input should be 'rate_"),
        ({"answers": [{"reply": 1}]}, "allowed fields: answer, text, refusal, fault"),
        ({"answers": [{"answer": {}, "refusal": "x"}]}, "give one of answer, text, refusal"),
        ({}, 'the body must be {"answers": [...]}'),
        ([], 'the body must be {"answers": [...]}'),
    ],
)
def test_a_wrong_rule_is_refused_with_a_reason(
    mock: MockOpenAI, body: object, complaint: str
) -> None:
    response = call(mock, "PUT", "answers", body)

    assert response.status_code == 400
    assert complaint in response.json()["error"]


def test_the_server_can_be_taken_down_and_brought_up(mock: MockOpenAI) -> None:
    call(mock, "POST", "down")

    assert call(mock, "GET", "state").json()["down"] is True
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{mock.url}/models", timeout=5)
    call(mock, "POST", "up")
    assert requests.get(f"{mock.url}/models", timeout=5).status_code == 401


def test_a_reset_brings_the_first_day_back(mock: MockOpenAI, client: OpenAI) -> None:
    mock.script({"refusal": "no"})
    ask(client, "x")
    mock.down()

    call(mock, "POST", "reset")

    assert call(mock, "GET", "state").json() | {"models": []} == {
        "down": False,
        "requests": 0,
        "answers": [],
        "models": [],
    }


def test_a_body_that_is_no_json_is_logged_as_text_and_refused(mock: MockOpenAI) -> None:
    response = requests.post(
        f"{mock.url}/chat/completions",
        data=b"{oops",
        headers={"Authorization": f"Bearer {mock.api_key}"},
        timeout=5,
    )

    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"
    assert mock.requests[0].body == "{oops"
