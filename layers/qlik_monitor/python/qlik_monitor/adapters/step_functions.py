"""The way back into a workflow that waits for an approver."""

import json
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from qlik_monitor.adapters.person_waits import brief_or, refuse_late_calls
from qlik_monitor.errors import DecisionNotDelivered

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

CONFIG = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard"})
NOBODY_WAITS = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})


def step_functions_client() -> "SFNClient":
    """Return a client with short timeouts."""
    client = boto3.client("stepfunctions", config=brief_or(CONFIG))
    refuse_late_calls(client)
    return client


class WaitingWorkflow:
    """Hands a decision to the execution that waits for it."""

    def __init__(self, client: "SFNClient") -> None:
        """Use this client."""
        self._client = client

    def go_on(self, task_token: str, status: str, detail: str = "") -> bool:
        """Deliver a decision; False when nobody waits for it any more.

        The execution keeps both words: nothing secret may stand in them.

        Raises DecisionNotDelivered when it is worth trying again.
        """
        try:
            self._client.send_task_success(
                taskToken=task_token, output=json.dumps({"status": status, "detail": detail})
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in NOBODY_WAITS:
                return False
            raise DecisionNotDelivered(f"the workflow did not take the decision: {code}") from error
        except BotoCoreError as error:
            name = type(error).__name__
            raise DecisionNotDelivered(f"the workflow did not take the decision: {name}") from error
        return True
