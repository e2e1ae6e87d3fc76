import json
from typing import Any

import pytest

from qlik_monitor.adapters.qlik_answer import Answer
from qlik_monitor.adapters.qlik_documents import list_in, object_in
from qlik_monitor.adapters.qlik_enterprise_manager_fields import action_answer
from qlik_monitor.adapters.qlik_refusals import cloud_refusal, manager_refusal, not_accepted
from qlik_monitor.adapters.qlik_session_refusals import SessionRefusal, session_refusal
from qlik_monitor.domain.task import TaskState
from qlik_monitor.errors import (
    QlikAccessDenied,
    QlikAnswerInvalid,
    QlikEndpointInvalid,
    QlikLicenseMissing,
    QlikRequestRefused,
    QlikUnavailable,
    ReplicationMonitorError,
)

RUNS = frozenset({TaskState.RUNNING, TaskState.RECOVERY})
STOPS = frozenset({TaskState.STOPPED})


def an_answer(status: int, body: object = b"", **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, headers, raw)


def refused(status: int, code: str = "", message: str = "") -> Answer:
    return an_answer(status, {"error_code": code, "error_message": message})


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(401, "UNAUTHORIZED_REQUEST"), QlikAccessDenied),
        (refused(500, "UNAUTHORIZED_REQUEST"), QlikAccessDenied),
        (an_answer(401), QlikAccessDenied),
        (an_answer(403), QlikAccessDenied),
        (refused(500, "LICENSE_NOT_FOUND"), QlikLicenseMissing),
        (refused(200, "LICENSE_NOT_FOUND"), QlikLicenseMissing),
        (refused(400, "AEM_SERVER_NOT_FOUND"), QlikRequestRefused),
        (refused(500, "AEM_TASK_NOT_FOUND"), QlikRequestRefused),
        (refused(500, "Aem_Task_Not_Found"), QlikRequestRefused),
        (refused(500, "license_not_found"), QlikLicenseMissing),
        (refused(500, "AEM_SERVER_NOT_CONNECTED"), QlikUnavailable),
        (refused(400, "DESERIALIZE_TO_TYPE"), QlikRequestRefused),
        (an_answer(404), QlikRequestRefused),
        (an_answer(418), QlikRequestRefused),
        (an_answer(429), QlikUnavailable),
        (an_answer(440), QlikUnavailable),
        (an_answer(500), QlikUnavailable),
        (refused(500, "INTERNAL"), QlikUnavailable),
        (an_answer(503, b"<html>"), QlikUnavailable),
        (an_answer(302, location="https://sso.example.com/"), QlikEndpointInvalid),
    ],
)
def test_every_refusal_of_the_manager_is_one_of_our_errors(
    answer: Answer, kind: type[ReplicationMonitorError]
) -> None:
    refusal = manager_refusal(answer)

    assert refusal is not None
    assert type(refusal.error("GET /x")) is kind


@pytest.mark.parametrize("status", [200, 400, 401, 403, 440, 500])
@pytest.mark.parametrize(
    "body",
    [
        {"error_code": "INVALID_SESSION_ID"},
        {"error_code": "Invalid_Session_Id"},
        b"INVALID_SESSION_ID",
        b'"invalid_session_id"',
    ],
    ids=["json", "json in another case", "text", "quoted text"],
)
def test_a_refused_session_is_recognized_under_every_status(status: int, body: object) -> None:
    assert session_refusal(an_answer(status, body)) is SessionRefusal.STATED


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (an_answer(500, b"<p>INVALID_SESSION_ID</p>"), SessionRefusal.STATED),
        (an_answer(440), SessionRefusal.STATED),
        (an_answer(440, b"<html>Login Time-out</html>"), SessionRefusal.STATED),
        (an_answer(401), SessionRefusal.POSSIBLE),
        (an_answer(403), SessionRefusal.POSSIBLE),
        (an_answer(403, b"<html>Forbidden</html>"), SessionRefusal.POSSIBLE),
        (refused(401, "UNAUTHORIZED_REQUEST"), SessionRefusal.POSSIBLE),
        (refused(403, "Unauthorized_Request"), SessionRefusal.POSSIBLE),
        (an_answer(302, location="https://sso.example/login"), SessionRefusal.BESIDE),
        (an_answer(307, location="/attunityenterprisemanager/"), SessionRefusal.BESIDE),
        (an_answer(200, b"<!doctype html><form>"), SessionRefusal.BESIDE),
        (an_answer(200, b"\xef\xbb\xbf\r\n <html>"), SessionRefusal.BESIDE),
        (an_answer(200, b"<html>INVALID_SESSION_ID</html>"), SessionRefusal.BESIDE),
        (an_answer(200, {"state": "RUNNING"}), None),
        (an_answer(200), None),
        (an_answer(200, b"[]"), None),
        (an_answer(404), None),
        (an_answer(429), None),
        (an_answer(500), None),
        (refused(403, "AEM_TASK_NOT_FOUND"), None),
        (refused(401, "LICENSE_NOT_FOUND"), None),
    ],
)
def test_only_what_may_be_the_session_s_fault_is_laid_on_it(
    answer: Answer, said: SessionRefusal | None
) -> None:
    assert session_refusal(answer) is said


def test_an_action_is_repeated_only_where_qlik_itself_refused_it() -> None:
    sure = {one for one in SessionRefusal if one.surely_not_carried_out}

    assert sure == {SessionRefusal.STATED, SessionRefusal.POSSIBLE}


@pytest.mark.parametrize(
    "body", [{"message": "INVALID_SESSION_ID"}, {"task": {"error_code": "X"}}, {"error_code": ""}]
)
def test_a_success_that_only_mentions_an_error_code_is_a_success(body: dict[str, Any]) -> None:
    assert manager_refusal(an_answer(200, body)) is None


def test_a_refusal_s_text_is_cleaned_and_bounded() -> None:
    refusal = manager_refusal(refused(500, "AEM_X\x00", "a\nb" + "x" * 9000))

    assert refusal is not None
    assert refusal.code == "AEM_X"
    assert len(refusal.message) == 2000


def test_the_cloud_s_errors_are_read() -> None:
    answer = an_answer(400, {"errors": [{"code": "DI-1", "title": "T", "detail": "D"}]})

    refusal = cloud_refusal(answer)

    assert refusal is not None
    assert str(refusal.error("POST /x")) == "POST /x: HTTP 400, DI-1, D"


@pytest.mark.parametrize("body", [b"", b"[]", {"errors": []}, {"errors": [1]}, {"errors": "no"}])
def test_a_cloud_error_in_an_odd_form_is_still_an_error(body: object) -> None:
    refusal = cloud_refusal(an_answer(400, body))

    assert refusal is not None
    assert type(refusal.error("POST /x")) is QlikRequestRefused


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{", b"[]", b"7", b"null", b"\xff", b"[" * 100_000, b'{"n":' + b"9" * 5000],
)
def test_a_body_that_is_no_object_is_invalid(body: bytes) -> None:
    with pytest.raises(QlikAnswerInvalid, match="GET /x"):
        object_in(an_answer(200, body), "GET /x")


@pytest.mark.parametrize("body", [{}, {"taskList": None}, {"taskList": {}}, {"tasklist": []}])
def test_a_list_that_is_none_is_invalid(body: dict[str, Any]) -> None:
    with pytest.raises(QlikAnswerInvalid, match="no list 'taskList'"):
        list_in(an_answer(200, body), "taskList", "GET /x")


@pytest.mark.parametrize(
    ("wanted", "body", "accepted"),
    [
        (RUNS, {"state": "RUNNING", "error_message": ""}, True),
        (RUNS, {"state": "RECOVERING", "error_message": "retrying"}, True),
        # The state may lag behind the start.
        (RUNS, {"state": "STOPPED", "error_message": ""}, True),
        (RUNS, {"state": "STOPPED", "error_message": "no"}, False),
        (RUNS, {"state": "ERROR", "error_message": "ORA-1"}, False),
        (RUNS, {"state": "ERROR", "error_message": ""}, False),
        (RUNS, {"error_message": "no"}, False),
        (STOPS, {"state": "STOPPED", "error_message": ""}, True),
        (STOPS, {"state": "STOPPED", "error_message": "was in error"}, True),
        (STOPS, {"state": "ERROR", "error_message": ""}, True),
        (STOPS, {"state": "RUNNING", "error_message": "cannot stop"}, False),
    ],
)
def test_a_200_is_looked_into_before_an_action_counts_as_accepted(
    wanted: frozenset[TaskState], body: dict[str, Any], accepted: bool
) -> None:
    answer = action_answer(body, wanted)

    assert answer.accepted is accepted
    assert answer.error_message == body["error_message"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refused(500, "AEM_TASK_ALREADY_STOPPED", "It is stopped."), "AEM_TASK_ALREADY_STOPPED"),
        (refused(500, "AEM_STOP_TASK_TIMEOUT"), "AEM_STOP_TASK_TIMEOUT"),
        (refused(500, "AEM_SERVER_NOT_CONNECTED"), "AEM_SERVER_NOT_CONNECTED"),
        (refused(200, "AEM_TASK_ALREADY_STOPPED"), "AEM_TASK_ALREADY_STOPPED"),
        (refused(400, "DESERIALIZE_TO_TYPE"), "DESERIALIZE_TO_TYPE"),
        (an_answer(404), "HTTP_404"),
    ],
)
def test_a_refused_action_is_an_answer_with_its_code(answer: Answer, code: str) -> None:
    refusal = manager_refusal(answer)

    assert refusal is not None
    given = not_accepted(refusal, "/x")
    assert (given.accepted, given.error_code) == (False, code)


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (an_answer(500), QlikUnavailable, "outcome unknown"),
        (refused(502, "PROXY"), QlikUnavailable, "outcome unknown"),
        (an_answer(429), QlikUnavailable, "HTTP 429"),
        (an_answer(403), QlikAccessDenied, "permissions"),
        (refused(500, "LICENSE_NOT_FOUND"), QlikLicenseMissing, "licence"),
        # What stands before Qlik may have let the request pass.
        (an_answer(301), QlikUnavailable, "outcome unknown.*redirects"),
        (an_answer(440), QlikUnavailable, "HTTP 440"),
    ],
)
def test_a_refusal_that_is_not_about_the_task_is_raised(
    answer: Answer, kind: type[ReplicationMonitorError], said: str
) -> None:
    refusal = manager_refusal(answer)

    assert refusal is not None
    with pytest.raises(kind, match=said):
        not_accepted(refusal, "/x")
