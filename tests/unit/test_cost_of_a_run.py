"""What a local run prints of the model's cost, from the lines that the functions logged."""

import json
from typing import Any

from local.run.cost import cost_of


class Logs:
    """CloudWatch Logs with one group."""

    def __init__(self, *lines: dict[str, Any]) -> None:
        self._lines = [json.dumps(line) for line in lines]

    def describe_log_groups(self) -> dict[str, Any]:
        return {"logGroups": [{"logGroupName": "/aws/lambda/evaluate-proposal"}]}

    def get_paginator(self, _name: str) -> "Logs":
        return self

    def paginate(self, **_named: str) -> list[dict[str, Any]]:
        return [{"events": [{"message": line} for line in [*self._lines, "START RequestId"]]}]


class States:
    """Step Functions without an execution."""

    def get_paginator(self, _name: str) -> "States":
        return self

    def paginate(self, **_named: str) -> list[dict[str, Any]]:
        return [{"executions": []}]


def test_calls_answers_used_again_tokens_and_dollars_are_added_up() -> None:
    asked = {
        "ModelCalls": [1.0],
        "ModelPromptTokens": [900.0],
        "ModelCompletionTokens": [100.0],
        "ModelMicroDollars": [3250.0],
    }
    cost = cost_of(States(), Logs(asked, asked, {"ModelCacheHits": [1.0]}), "arn", 3)
    assert (cost.model_calls, cost.model_requests, cost.model_cached) == (2, 3, 1)
    assert (cost.model_tokens, cost.model_micro_dollars) == (2000, 6500)
