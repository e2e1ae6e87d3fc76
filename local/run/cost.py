"""Counts what a run would have cost on AWS: transitions, log metrics and model tokens."""

import json
from dataclasses import dataclass
from typing import Any

TOKEN_METRICS = ("ModelPromptTokens", "ModelCompletionTokens")


@dataclass(frozen=True)
class Cost:
    """Counts of a run; prices change, counts do not."""

    cycles: int
    failed_cycles: int
    transitions: int
    transitions_of_quiet_cycle: int | None
    write_units: int
    model_requests: int
    """As the mock server counts them, repetitions and all."""
    model_calls: int
    model_cached: int
    """Answers about an unchanged illness that were not asked for again."""
    model_tokens: int
    model_micro_dollars: int
    custom_metrics: int


def cost_of(states: Any, logs: Any, machine: str, model_requests: int) -> Cost:
    """Count over all executions of the state machine and all log groups of its functions."""
    executions = _executions(states, machine)
    counts = [_transitions(states, one["executionArn"]) for one in executions]
    lines = _log_objects(logs)
    metrics = {
        (m["Name"], tuple(sorted(directive["Dimensions"][0])))
        for line in lines
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", [])
        for m in directive["Metrics"]
    }
    return Cost(
        cycles=len(executions),
        failed_cycles=sum(1 for one in executions if one["status"] != "SUCCEEDED"),
        transitions=sum(counts),
        transitions_of_quiet_cycle=min(counts) if counts else None,
        write_units=sum(int(line.get("write_units", 0)) for line in lines),
        model_requests=model_requests,
        model_calls=_total(lines, "ModelCalls"),
        model_cached=_total(lines, "ModelCacheHits"),
        model_tokens=sum(_total(lines, name) for name in TOKEN_METRICS),
        model_micro_dollars=_total(lines, "ModelMicroDollars"),
        custom_metrics=len(metrics),
    )


def _executions(states: Any, machine: str) -> list[Any]:
    pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine)
    return [execution for page in pages for execution in page["executions"]]


def _transitions(states: Any, execution: str) -> int:
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution)
    events = [event for page in pages for event in page["events"]]
    return sum(1 for event in events if event["type"].endswith("StateEntered"))


def _log_objects(logs: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    groups = [g["logGroupName"] for g in logs.describe_log_groups()["logGroups"]]
    for group in groups:
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
            found += [_object(event["message"]) for event in page["events"]]
    return found


def _total(lines: list[dict[str, Any]], metric: str) -> int:
    return sum(_sum(line, metric) for line in lines)


def _sum(line: dict[str, Any], metric: str) -> int:
    """Add a metric's values in a line of the embedded metric format: one, or a list."""
    values = line.get(metric, [])
    return sum(map(int, values)) if isinstance(values, list) else int(values)


def _object(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
