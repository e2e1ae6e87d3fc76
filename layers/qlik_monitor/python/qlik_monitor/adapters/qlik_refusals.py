"""What Qlik's two APIs say when they say no, and which of our errors that is."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from qlik_monitor.adapters.qlik_answer import SERVER_ERROR, TOO_MANY_REQUESTS, Answer
from qlik_monitor.adapters.qlik_text import clean_text
from qlik_monitor.domain.task import ActionAnswer
from qlik_monitor.errors import (
    QlikAccessDenied,
    QlikEndpointInvalid,
    QlikLicenseMissing,
    QlikRequestRefused,
    QlikUnavailable,
    ReplicationMonitorError,
)

SESSION_CODE, ACCESS_CODE = "INVALID_SESSION_ID", "UNAUTHORIZED_REQUEST"
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, LOGIN_TIMEOUT = 401, 403, 404, 440
_SESSION_TEXT = re.compile(rb'\s*"?' + SESSION_CODE.encode(), re.IGNORECASE)

type _Kind = type[ReplicationMonitorError]

_ERRORS: dict[str, _Kind] = {
    # A session that is refused right after its login: Qlik is not itself at the moment.
    SESSION_CODE: QlikUnavailable,
    ACCESS_CODE: QlikAccessDenied,
    "LICENSE_NOT_FOUND": QlikLicenseMissing,
    "DESERIALIZE_TO_TYPE": QlikRequestRefused,
    # Enterprise Manager reconnects to its servers by itself.
    "AEM_SERVER_NOT_CONNECTED": QlikUnavailable,
}
_STATUSES: dict[int, _Kind] = {
    UNAUTHORIZED: QlikAccessDenied,
    FORBIDDEN: QlikAccessDenied,
    TOO_MANY_REQUESTS: QlikUnavailable,
    LOGIN_TIMEOUT: QlikUnavailable,
}
_REMEDIES: dict[_Kind, str] = {
    QlikAccessDenied: "check the credentials and the account's permissions in Qlik",
    QlikLicenseMissing: "Qlik Enterprise Manager needs a Replication Management licence",
}


@dataclass(frozen=True)
class Refusal:
    """An answer that is not a success."""

    status: int
    code: str = ""
    message: str = ""

    @property
    def deliberate(self) -> bool:
        """Tell whether Qlik decided to refuse, rather than failed on the way."""
        if self.is_redirect:
            return False
        return self.status < SERVER_ERROR or self.code in _ERRORS or self.code.startswith("AEM_")

    @property
    def is_redirect(self) -> bool:
        """Tell whether something sends us elsewhere instead of answering."""
        return _redirects(self.status)

    def error(self, asked: str) -> ReplicationMonitorError:
        """Return our error, one sentence about what was `asked`."""
        kind = self._kind()
        said = ", ".join(filter(None, (f"HTTP {self.status}", self.code, self.message)))
        remedy = _REMEDIES.get(kind)
        return kind(f"{asked}: {said}" + (f"; {remedy}" if remedy else ""))

    def _kind(self) -> _Kind:
        if self.code in _ERRORS:
            return _ERRORS[self.code]
        if self.is_redirect:
            return QlikEndpointInvalid
        if self.code.startswith("AEM_"):
            return QlikRequestRefused
        return _STATUSES.get(
            self.status, QlikUnavailable if self.status >= SERVER_ERROR else QlikRequestRefused
        )


def manager_refusal(answer: Answer) -> Refusal | None:
    """Read `{"error_code", "error_message"}`, Enterprise Manager's form; None for a success."""
    if answer.ok and b'"error_code"' not in answer.body and not _SESSION_TEXT.match(answer.body):
        return None
    if _redirects(answer.status):
        return redirect(answer)
    body = _object(answer)
    code, message = _word(body, "error_code").upper(), _word(body, "error_message")
    if answer.ok and body and not code:
        return None
    if not code and SESSION_CODE.encode() in answer.body.upper():
        code = SESSION_CODE
    return Refusal(answer.status, code, message)


def cloud_refusal(answer: Answer) -> Refusal | None:
    """Read `{"errors": [{"code", "title", "detail"}]}`, Qlik Cloud's form; None for a success."""
    if answer.ok:
        return None
    if _redirects(answer.status):
        return redirect(answer)
    errors = _object(answer).get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    body = first if isinstance(first, dict) else {}
    message = _word(body, "detail") or _word(body, "title")
    return Refusal(answer.status, _word(body, "code"), message)


def redirect(answer: Answer) -> Refusal:
    """Describe a redirect: following it could hand the credentials to another host."""
    target = clean_text(answer.headers.get("location", "nowhere"), 200)
    return Refusal(
        answer.status, "", f"it redirects to {target}: let QLIK_API_ENDPOINT name the API itself"
    )


def not_accepted(refusal: Refusal, target: str) -> ActionAnswer:
    """Return Qlik's refusal; raise what is not about the task, or leaves the outcome open."""
    error = refusal.error(f"POST {target}")
    if not refusal.deliberate:
        raise QlikUnavailable(f"outcome unknown: {error}")
    # A code about a server or a task is an answer, whichever error it is to a reader.
    if not (refusal.code.startswith("AEM_") or isinstance(error, QlikRequestRefused)):
        raise error
    code = refusal.code or f"HTTP_{refusal.status}"
    return ActionAnswer(accepted=False, error_code=code, error_message=refusal.message)


def wrong_address(refusal: Refusal | None, answer: Answer, host: str) -> QlikEndpointInvalid | None:
    """Return an error if what answered the very first request is not the API at all."""
    where = f"QLIK_API_ENDPOINT: what answers at {host} is not Qlik's API"
    if refusal and refusal.status == NOT_FOUND and not refusal.code:
        return QlikEndpointInvalid(f"{where} (HTTP 404): check host, port and path")
    if refusal is None and answer.is_web_page:
        return QlikEndpointInvalid(f"{where} (a web page): check host, port and path")
    return None


def is_final(refusal_in: Callable[[Answer], Refusal | None]) -> Callable[[Answer], bool]:
    """Return a test for failures that repeating the read would only meet again."""

    def final(answer: Answer) -> bool:
        refusal = refusal_in(answer)
        return refusal is None or (refusal.deliberate and refusal.status != TOO_MANY_REQUESTS)

    return final


def _redirects(status: int) -> bool:
    return 300 <= status < 400


def _object(answer: Answer) -> dict[str, object]:
    try:
        document = answer.document()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _word(body: dict[str, object], name: str) -> str:
    value = body.get(name)
    return clean_text(value) if isinstance(value, str) else ""
