"""A hundred clicks at once: the same question answered by many requests at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from functions.approval_api.handler import handler
from tests.fakes.threaded_resolver import in_threads
from tests.integration.functions.approving import EVENT, Browser, FakeStates, typed_from


@dataclass
class OneAtATime(FakeStates):
    """Step Functions' side, which takes one request after the other and counts all of them."""

    asked: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send_task_success(self, *, taskToken: str, output: str) -> dict[str, Any]:
        """Take a decision."""
        with self._lock:
            self.asked += 1
            return super().send_task_success(taskToken=taskToken, output=output)


def answer_at_once(
    browsers: Sequence[Browser], decision_of: Callable[[int], str], times: int
) -> list[tuple[int, str]]:
    """Look at each page, then send all forms at the same moment; return statuses and pages."""
    shown = [typed_from(browser.get().html) for browser in browsers]
    gate = threading.Barrier(times)

    with in_threads(handler) as call, ThreadPoolExecutor(times) as threads:

        def one(number: int) -> tuple[int, str]:
            place = number % len(browsers)
            browser, fields = browsers[place], shown[place] | {"comment": f"number {number}"}
            body = urlencode(fields | {"decision": decision_of(number)})
            query = {name: [value] for name, value in browser.query.items()}
            event = EVENT | {
                "httpMethod": "POST",
                "path": browser.path,
                "body": body,
                "queryStringParameters": browser.query,
                "multiValueQueryStringParameters": query,
            }
            gate.wait()
            answer = call(event)
            return answer["statusCode"], answer["body"]

        return list(threads.map(one, range(times)))
