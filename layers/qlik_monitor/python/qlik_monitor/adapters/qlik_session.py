"""The login session of Qlik Enterprise Manager: one for all workers, renewed once for all."""

import re
import threading
from collections import Counter
from dataclasses import dataclass

from pydantic import SecretStr

from qlik_monitor.adapters.qlik_answer import Answer
from qlik_monitor.adapters.qlik_deadline import Deadline
from qlik_monitor.adapters.qlik_http import QlikHttp
from qlik_monitor.adapters.qlik_refusals import is_final, manager_refusal, wrong_address
from qlik_monitor.adapters.qlik_session_refusals import SessionRefusal
from qlik_monitor.errors import (
    QlikAccessDenied,
    QlikEndpointInvalid,
    ReplicationMonitorError,
)

HEADER = "EnterpriseManager.APISessionID"
# A task that its account may not read can look like an expired session. They are counted by kind:
# a thousand such tasks must not use up the logins for a session that ends among them.
MOST_VAIN_LOGINS = 5
_SESSION_ID = re.compile(r"[\x21-\x7e]{1,4096}")


@dataclass(frozen=True)
class Ticket:
    """A session as one request uses it; the generation tells it from earlier ones."""

    generation: int
    session: SecretStr

    @property
    def headers(self) -> dict[str, str]:
        """The header that shows the session to Qlik."""
        return {HEADER: self.session.get_secret_value()}


class QlikSession:
    """Logs in when needed; sessions end five minutes after their last request."""

    def __init__(self, http: QlikHttp, authorization: SecretStr, named: str) -> None:
        self._http = http
        self._authorization = authorization
        self._named = named
        self._lock = threading.Lock()
        self._ticket: Ticket | None = None
        self._generation = 0
        self._vain_logins = Counter[SessionRefusal]()
        self._in_doubt: dict[int, SessionRefusal] = {}
        self._failure: ReplicationMonitorError | None = None

    def begin(self) -> None:
        """Start an operation: what failed in an earlier one may be tried anew."""
        with self._lock:
            self._vain_logins.clear()
            self._in_doubt.clear()
            self._failure = None

    def ticket(self, deadline: Deadline) -> Ticket:
        """Return the session, logging in if there is none."""
        with self._lock:
            return self._ticket or self._log_in(deadline)

    def renewed(self, refused: Ticket, why: SessionRefusal, deadline: Deadline) -> Ticket | None:
        """Return a session newer than the `refused` one; None when that has proved useless."""
        with self._lock:
            # Of the workers that were refused together, the first logs in for all.
            if self._ticket and self._ticket.generation != refused.generation:
                return self._ticket
            if self._vain_logins[why] >= MOST_VAIN_LOGINS:
                return None
            if why is SessionRefusal.STATED:
                self._ticket = None
            # Where it is not sure that the session is over, others go on with it if this fails.
            ticket = self._log_in(deadline)
            # In vain until it has helped: sixteen workers that wait for answers to their new
            # sessions would else pass the limit together.
            self._vain_logins[why] += 1
            self._in_doubt[ticket.generation] = why
            return ticket

    def helped(self, renewed: Ticket) -> None:
        """Remember that a request that had been refused got through with the `renewed` session."""
        with self._lock:
            if why := self._in_doubt.pop(renewed.generation, None):
                self._vain_logins[why] -= 1

    def _log_in(self, deadline: Deadline) -> Ticket:
        # Sixteen workers with a wrong password would lock the account.
        if self._failure:
            raise type(self._failure)(str(self._failure)) from self._failure
        try:
            session = self._ask_for_session(deadline)
        except ReplicationMonitorError as error:
            self._failure = error
            raise
        self._generation += 1
        self._ticket = Ticket(self._generation, SecretStr(session))
        return self._ticket

    def _ask_for_session(self, deadline: Deadline) -> str:
        headers = {"Authorization": self._authorization.get_secret_value()}
        answer = self._http.get("/login", headers, deadline, is_final(manager_refusal))
        self._check(answer)
        session = answer.headers.get(HEADER.lower(), "")
        if not _SESSION_ID.fullmatch(session):
            raise QlikEndpointInvalid(
                f"QLIK_API_ENDPOINT: {self._http.host} answers the login without a session, "
                "as Qlik Enterprise Manager would not: check host, port and path"
            )
        return session

    def _check(self, answer: Answer) -> None:
        refusal = manager_refusal(answer)
        if wrong := wrong_address(refusal, answer, self._http.host):
            raise wrong
        if refusal is None:
            return
        error = refusal.error("The login")
        if isinstance(error, QlikAccessDenied):
            raise QlikAccessDenied(
                f"Qlik Enterprise Manager refuses the login (HTTP {refusal.status}): "
                f"check {self._named}"
            )
        raise error
