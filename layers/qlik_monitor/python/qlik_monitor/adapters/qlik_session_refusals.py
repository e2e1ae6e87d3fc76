"""In which ways Enterprise Manager, or what stands before it, does not take a session.

No source tells the status of INVALID_SESSION_ID, so every form that was seen anywhere counts.
"""

from enum import Enum

from qlik_monitor.adapters.qlik_answer import Answer
from qlik_monitor.adapters.qlik_refusals import (
    ACCESS_CODE,
    FORBIDDEN,
    LOGIN_TIMEOUT,
    SESSION_CODE,
    UNAUTHORIZED,
    Refusal,
    manager_refusal,
)


class SessionRefusal(Enum):
    """How plainly an answer says that a new login may help."""

    STATED = "Qlik says that the session is over"
    POSSIBLE = "it may be the session, or a permission that the account lacks"
    BESIDE = "a redirect or a web page came, such as that of a login, and no answer of the API"

    @property
    def surely_not_carried_out(self) -> bool:
        """Tell whether Qlik itself refused, so that an action may be sent again."""
        return self is not SessionRefusal.BESIDE


def session_refusal(answer: Answer) -> SessionRefusal | None:
    """Tell how `answer` refuses the session that its request showed; None if it does not."""
    refusal = manager_refusal(answer)
    if refusal is None:
        return SessionRefusal.BESIDE if answer.is_web_page else None
    if refusal.code == SESSION_CODE or refusal.status == LOGIN_TIMEOUT:
        return SessionRefusal.STATED
    if refusal.is_redirect:
        return SessionRefusal.BESIDE
    return SessionRefusal.POSSIBLE if _may_be_of_session(refusal) else None


def _may_be_of_session(refusal: Refusal) -> bool:
    bare = refusal.status in {UNAUTHORIZED, FORBIDDEN} and not refusal.code
    return bare or refusal.code == ACCESS_CODE
