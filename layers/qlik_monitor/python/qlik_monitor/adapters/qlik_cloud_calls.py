"""Calls to Qlik Cloud with a bearer token, and the paths that they go to."""

import json
from urllib.parse import quote

from pydantic import SecretStr

from qlik_monitor.adapters.qlik_answer import Answer
from qlik_monitor.adapters.qlik_deadline import Deadline
from qlik_monitor.adapters.qlik_documents import list_in, object_in
from qlik_monitor.adapters.qlik_http import QlikHttp
from qlik_monitor.adapters.qlik_refusals import (
    cloud_refusal,
    is_final,
    not_accepted,
    wrong_address,
)
from qlik_monitor.domain.task import ActionAnswer

PROJECTS = "/di-projects"


class CloudCalls:
    """Reads objects and lists, and sends actions."""

    def __init__(self, http: QlikHttp, authorization: SecretStr) -> None:
        self._http = http
        self._authorization = authorization

    def document(self, path: str, deadline: Deadline) -> dict[str, object]:
        """Read a JSON object."""
        return object_in(self._get(path, deadline), f"GET {path}")

    def items(self, path: str, name: str, deadline: Deadline) -> list[object]:
        """Read the list that stands under `name`."""
        return list_in(self._get(path, deadline), name, f"GET {path}")

    def act(self, target: str, seconds: int, option: str | None = None) -> ActionAnswer:
        """Send an action once; Cloud answers with nothing but a status."""
        body = json.dumps({"option": option}).encode() if option else None
        answer = self._http.post(target, self._headers(), seconds, body)
        if refusal := cloud_refusal(answer):
            return not_accepted(refusal, target)
        return ActionAnswer(accepted=True)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _get(self, path: str, deadline: Deadline) -> Answer:
        answer = self._http.get(path, self._headers(), deadline, is_final(cloud_refusal))
        refusal = cloud_refusal(answer)
        # Every operation begins with the projects; a 404 further on is about one task.
        wrong = wrong_address(refusal, answer, self._http.host) if path == PROJECTS else None
        if wrong:
            raise wrong
        if refusal:
            raise refusal.error(f"GET {path}")
        return answer

    def _headers(self) -> dict[str, str]:
        return {"Authorization": self._authorization.get_secret_value()}


def project_path(project: str) -> str:
    """Return a project's path."""
    return f"{PROJECTS}/{quote(project, safe='')}"


def task_path(project: str, task: str) -> str:
    """Return a data task's path."""
    return f"{project_path(project)}/di-tasks/{quote(task, safe='')}"
