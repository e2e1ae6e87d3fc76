"""Looks for planted secrets in everything that a run left behind.

A search proves something only where the secret was really sent and the places really hold texts:
both are checked, so that an empty log is never taken for a clean one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.history.source import local_table
from local.run.runner import Run
from local.run.verdict import Line
from qlik_monitor.adapters.dynamodb_accounts import read_account
from qlik_monitor.domain.explanation import explain

Places = Mapping[str, list[str]]


@dataclass(frozen=True)
class Search:
    """What was looked for, where, and what was found."""

    planted: tuple[str, ...]
    texts: int
    problems: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        found = "; ".join(self.problems)
        none = f"none of {len(self.planted)} found in {self.texts} texts"
        return f"planted secrets: {found or none}"

    @property
    def line(self) -> Line:
        """Return it as a line of the summary table."""
        came = "leaked or unproven" if self.problems else "nowhere"
        return Line("(planted secrets)", "nowhere", came, "", "", self.problems)


def search_run(run: Run) -> Search | None:
    """Search all that a run left behind; None where its plan plants nothing."""
    planted = run.plan.planted
    if not planted:
        return None
    unsent = [text for text in planted if not run.stack.qlik.served.times(text)]
    return search(planted, unsent, places_of(run))


def search(planted: tuple[str, ...], unsent: Iterable[str], places: Places) -> Search:
    """Search places for planted texts; a place without a text is a problem too."""
    problems = [f"{text!r} was never sent by Qlik, which proves nothing" for text in unsent]
    problems += [f"there is no text in {place}" for place, texts in places.items() if not texts]
    problems += [
        f"{text!r} stands in {place}"
        for place, texts in places.items()
        for text in planted
        if any(text.casefold() in one.casefold() for one in texts)
    ]
    return Search(planted, sum(map(len, places.values())), tuple(problems))


def places_of(run: Run) -> Places:
    """Gather every text that a run left: what the model was asked, logs, executions, and so on."""
    stack = run.stack
    return {
        "what the model was asked": [one.model_dump_json() for one in stack.openai.requests],
        "CloudWatch": list(_log_lines(stack.client("logs"))),
        "executions": list(
            _executions(stack.client("stepfunctions"), stack.outputs["state_machine_arn"])
        ),
        "the table": list(_items(stack.client("dynamodb"), stack.outputs["table_name"])),
        "messages": [f"{one.subject}\n{one.body}" for one in run.messages],
        "pages": run.pages,
        "make explain": list(_explanations(run)),
    }


def _log_lines(logs: Any) -> Iterator[str]:
    for groups in logs.get_paginator("describe_log_groups").paginate():
        for group in groups["logGroups"]:
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"]
            )
            yield from (event["message"] for page in pages for event in page["events"])


def _executions(states: Any, machine: str) -> Iterator[str]:
    for page in states.get_paginator("list_executions").paginate(stateMachineArn=machine):
        for execution in page["executions"]:
            arn = execution["executionArn"]
            yield str(states.describe_execution(executionArn=arn))
            for history in states.get_paginator("get_execution_history").paginate(executionArn=arn):
                yield from (str(event) for event in history["events"])


def _items(dynamodb: Any, table: str) -> Iterator[str]:
    for page in dynamodb.get_paginator("scan").paginate(TableName=table):
        yield from (str(item) for item in page["Items"])


def _explanations(run: Run) -> Iterator[str]:
    table = local_table(run.stack.endpoint, run.stack.outputs["table_name"])
    for incident in run.records.incidents:
        yield explain(read_account(table, incident, datetime.now(UTC))).model_dump_json()
