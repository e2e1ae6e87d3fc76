"""What an invocation ends with, in the words Lambda uses for its own failures."""

import json
import signal
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """The payload that the caller of a function gets, and whether it is an error."""

    payload: bytes
    is_error: bool = False
    note: str = ""  # what Lambda adds to the function's log


def timed_out(request_id: str, seconds: float) -> Answer:
    """The function did not answer within its timeout."""
    return _error("Sandbox.Timedout", request_id, f"Task timed out after {seconds:.2f} seconds")


def exited(request_id: str, status: int) -> Answer:
    """The function's process ended without an answer."""
    if status == 0:
        reason = "Runtime exited without providing a reason"
    elif status > 0:
        reason = f"Runtime exited with error: exit status {status}"
    else:
        reason = f"Runtime exited with error: signal: {signal.Signals(-status).name}"
    return _error("Runtime.ExitError", request_id, reason)


def _error(kind: str, request_id: str, reason: str) -> Answer:
    message = f"RequestId: {request_id} Error: {reason}"
    payload = json.dumps({"errorType": kind, "errorMessage": message}).encode()
    return Answer(payload, is_error=True, note=f"{message}\n")
