"""The stand-in of API Gateway does to requests and answers what the real one does."""

from typing import Any

from werkzeug.test import Client

from tests.fakes.gateway import Gateway

Event = dict[str, Any]
SEEN: list[Event] = []


def telling(event: Event, _context: Any) -> dict[str, Any]:
    """Remember the event, and answer with two cookies."""
    SEEN.append(event)
    headers = {"Content-Type": ["text/plain"], "Set-Cookie": ["a=1", "b=2"]}
    return {"statusCode": 200, "multiValueHeaders": headers, "body": "ä"}


def failing(_event: Event, _context: Any) -> dict[str, Any]:
    raise RuntimeError("the key is hunter2")


def client() -> Client:
    SEEN.clear()
    return Client(Gateway({"/a/{id}": telling, "/b/{proxy+}": telling, "/f": failing}))


def test_the_path_stays_encoded_without_the_stage_and_the_query_does_not() -> None:
    assert client().get("/v1/a/x%2Fy%20z?q=%C3%A4&q=b%26&e=").status_code == 200
    [event] = SEEN
    assert event["path"] == "/a/x%2Fy%20z"
    assert event["resource"] == "/a/{id}"
    assert event["queryStringParameters"] == {"q": "b&", "e": ""}
    assert event["multiValueQueryStringParameters"] == {"q": ["ä", "b&"], "e": [""]}


def test_what_is_not_sent_is_null() -> None:
    client().get("/v1/b/c/d")
    [event] = SEEN
    assert event["queryStringParameters"] is None
    assert event["multiValueQueryStringParameters"] is None
    assert event["body"] is None


def test_headers_and_bodies_arrive_as_text() -> None:
    client().post("/v1/a/x", data=b"\xffa=b", headers={"X-Odd": "1", "X-Empty": ""})
    [event] = SEEN
    assert event["body"] == "\ufffda=b"
    assert event["isBase64Encoded"] is False
    assert event["headers"]["X-Odd"] == "1"
    assert event["multiValueHeaders"]["X-Empty"] == [""]


def test_every_header_of_an_answer_is_passed_on_and_head_has_no_body() -> None:
    answer = client().get("/v1/a/x")
    assert answer.headers.getlist("Set-Cookie") == ["a=1", "b=2"]
    assert answer.text == "ä"
    assert client().head("/v1/a/x").text == ""


def test_what_has_no_method_is_refused_before_any_handler() -> None:
    web = client()
    answers = [web.put("/v1/a/x"), web.get("/v1/a/x/y"), web.get("/v1/b"), web.get("/v1")]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert SEEN == []


def test_a_failure_is_502_and_its_words_stay_inside() -> None:
    gateway = Gateway({"/f": failing})
    answer = Client(gateway).get("/v1/f")
    assert answer.status_code == 502
    assert answer.json == {"message": "Internal server error"}
    assert [str(error) for error in gateway.failures] == ["the key is hunter2"]
