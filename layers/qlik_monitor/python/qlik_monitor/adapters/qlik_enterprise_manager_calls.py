"""Calls to Enterprise Manager within a login session, and the paths that they go to."""

from collections.abc import Callable, Mapping
from urllib.parse import quote

from qlik_monitor.adapters.qlik_answer import Answer
from qlik_monitor.adapters.qlik_deadline import Deadline
from qlik_monitor.adapters.qlik_documents import list_in, object_in
from qlik_monitor.adapters.qlik_enterprise_manager_fields import action_answer
from qlik_monitor.adapters.qlik_http import QlikHttp
from qlik_monitor.adapters.qlik_refusals import is_final, manager_refusal, not_accepted
from qlik_monitor.adapters.qlik_session import QlikSession
from qlik_monitor.adapters.qlik_session_refusals import SessionRefusal, session_refusal
from qlik_monitor.domain.task import ActionAnswer, TaskState
from qlik_monitor.errors import QlikAnswerInvalid, QlikUnavailable

# Qlik's own timeout ends first, so that its answer still arrives.
ANSWER_SECONDS = 10


class ManagerCalls:
    """Reads objects and lists, and sends actions."""

    def __init__(self, http: QlikHttp, session: QlikSession) -> None:
        self._http = http
        self._session = session

    def begin(self) -> None:
        """Start an operation: logins that failed in an earlier one may be tried anew."""
        self._session.begin()

    def document(self, path: str, deadline: Deadline) -> dict[str, object]:
        """Read a JSON object."""
        return object_in(self._get(path, deadline), f"GET {path}")

    def items(self, path: str, name: str, deadline: Deadline) -> list[object]:
        """Read the list that stands under `name`."""
        return list_in(self._get(path, deadline), name, f"GET {path}")

    def act(
        self, target: str, seconds: int, wanted: frozenset[TaskState], deadline: Deadline
    ) -> ActionAnswer:
        """Send an action once; `wanted` are the states that tell of its success."""
        answer = self._post(target, seconds, deadline)
        if refusal := manager_refusal(answer):
            return not_accepted(refusal, target)
        try:
            return action_answer(object_in(answer, f"POST {target}"), wanted)
        except QlikAnswerInvalid as error:
            raise QlikUnavailable(f"outcome unknown: {error}") from error

    def command(self, target: str, seconds: int, deadline: Deadline) -> ActionAnswer:
        """Send an action once that Qlik accepts with an empty answer."""
        answer = self._post(target, seconds, deadline)
        if refusal := manager_refusal(answer):
            return not_accepted(refusal, target)
        if answer.body.strip():
            # A web page of something on the way would come with 200, too.
            raise QlikUnavailable(f"outcome unknown: POST {target}: the answer is not an empty one")
        return ActionAnswer(accepted=True)

    def close(self) -> None:
        """Close the connections; the session ends by itself, as no source shows how to end it."""
        self._http.close()

    def _get(self, path: str, deadline: Deadline) -> Answer:
        final = is_final(manager_refusal)
        answer = self._in_session(
            lambda headers: self._http.get(path, headers, deadline, final), deadline
        )
        if refusal := manager_refusal(answer):
            raise refusal.error(f"GET {path}")
        return answer

    def _post(self, target: str, seconds: int, deadline: Deadline) -> Answer:
        return self._in_session(
            lambda headers: self._http.post(target, headers, seconds + ANSWER_SECONDS),
            deadline,
            # Where Qlik itself refused the session, it executed nothing.
            repeatable=lambda refusal: refusal.surely_not_carried_out,
        )

    def _in_session(
        self,
        send: Callable[[Mapping[str, str]], Answer],
        deadline: Deadline,
        repeatable: Callable[[SessionRefusal], bool] = lambda _refusal: True,
    ) -> Answer:
        """Send, and once more with a new session if Qlik did not take the old one."""
        ticket = self._session.ticket(deadline)
        answer = send(ticket.headers)
        refusal = session_refusal(answer)
        if refusal is None or not repeatable(refusal):
            return answer
        renewed = self._session.renewed(ticket, refusal, deadline)
        if renewed is None:
            return answer
        answer = send(renewed.headers)
        # A session is over no more where Qlik goes on to refuse its account a task.
        if session_refusal(answer) is not refusal:
            self._session.helped(renewed)
        return answer


def server_path(server: str) -> str:
    """Return a server's path, its name quoted twice as the vendor's client does."""
    return f"/servers/{_quoted(server)}"


def task_path(server: str, task: str) -> str:
    """Return a task's path."""
    return f"{server_path(server)}/tasks/{_quoted(task)}"


def _quoted(name: str) -> str:
    once = quote(name, safe="")
    # A name of dots alone would be taken for a step in the path and vanish.
    if not once.strip("."):
        once = once.replace(".", "%2E")
    return quote(once, safe="")
