"""The result for people: a table, the worst first, with the healthy in one line."""

from collections.abc import Iterator, Mapping

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from local.monitor.advice import Advice
from local.monitor.checkup import CheckedTask, Checkup, worst
from local.monitor.text import cell
from qlik_monitor.domain.anomaly import SERVER_KINDS, Anomaly, Subject
from qlik_monitor.domain.proposal import Proposer
from qlik_monitor.domain.task import TaskSnapshot, TaskState

STYLES = {"critical": "bold red", "warning": "yellow", "not read": "magenta", "healthy": "green"}
RANKS = ("critical", "warning", "not read", "watched", "healthy")
COLUMNS = ("", "Task", "Findings", "Would propose")

Advices = Mapping[Subject, Advice]
Row = tuple[str, Text, Text, Text]


def table_of(checkup: Checkup, advices: Advices, *, show_all: bool) -> Table | None:
    """Return the table, or None when there is nothing to put into it."""
    rows = [*_server_rows(checkup, advices), *_task_rows(checkup, advices)]
    shown = [row for row in rows if show_all or row[0] != "healthy"]
    if not shown:
        return None
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for title in COLUMNS:
        table.add_column(title, overflow="fold")
    # Sorting keeps the order of rows of one rank: servers, then tasks by name.
    for level, *cells in sorted(shown, key=lambda row: RANKS.index(row[0])):
        table.add_row(Text(level, style=STYLES.get(level, "")), *cells)
    return table


def level_of(task: CheckedTask, checkup: Checkup) -> str:
    """Say how a task stands: one of `RANKS`."""
    if severity := worst(task.anomalies):
        return severity.value
    if task.snapshot.id in checkup.missed_tasks:
        return "not read"
    return "watched" if task.snapshot.state is TaskState.RECOVERY else "healthy"


def _server_rows(checkup: Checkup, advices: Advices) -> Iterator[Row]:
    for server in sorted(checkup.servers):
        anomalies = checkup.servers[server]
        level = worst(anomalies)
        yield (
            level.value if level else "warning",
            cell((server, "bold"), ("the server itself", "dim")),
            cell(*_found(anomalies)),
            _proposed(advices.get(Subject(server=server))),
        )


def _task_rows(checkup: Checkup, advices: Advices) -> Iterator[Row]:
    for task in checkup.tasks:
        id, level = task.snapshot.id, level_of(task, checkup)
        yield (
            level,
            cell((str(id), "" if level == "healthy" else "bold"), *_reading(task.snapshot)),
            cell(*_found(task.anomalies), *_also(task, level)),
            _proposed_for(task, advices),
        )


def _reading(snapshot: TaskSnapshot) -> Iterator[tuple[str, str]]:
    reason = snapshot.stop_reason.value
    yield snapshot.state.value + ("" if reason == "NONE" else f" {reason}"), "dim"
    if snapshot.state is TaskState.RUNNING:
        total, source = snapshot.total_latency_seconds, snapshot.source_latency_seconds
        yield f"latency {_seconds(total)}, source {_seconds(source)}", "dim"


def _seconds(value: int | None) -> str:
    return "unknown" if value is None else f"{value} s"


def _found(anomalies: tuple[Anomaly, ...]) -> list[tuple[str, str]]:
    return [(f"{one.kind.value}: {one.summary}", STYLES[one.severity.value]) for one in anomalies]


def _also(task: CheckedTask, level: str) -> Iterator[tuple[str, str]]:
    if level == "watched":
        yield "Replicate is retrying by itself; it is ill only when that lasts", ""
    if level == "not read":
        yield "its details could not be read", STYLES[level]
    if task.snapshot.message and level != "healthy":
        yield f"Qlik says: {task.snapshot.message}", "dim"


def _proposed_for(task: CheckedTask, advices: Advices) -> Text:
    id = task.snapshot.id
    if advice := advices.get(Subject(server=id.server, task=id.task)):
        return _proposed(advice)
    if any(one.kind in SERVER_KINDS for one in task.anomalies):
        return cell((f"(belongs to the server {id.server})", "dim"))
    return Text()


def _proposed(advice: Advice | None) -> Text:
    if advice is None:
        return Text()
    proposal, decision = advice.proposal, advice.decision
    maker = proposal.model or "model" if proposal.made_by is Proposer.MODEL else "rules"
    return cell(
        (f"{proposal.action.value} ({proposal.confidence:.2f}, {maker})", "bold"),
        (proposal.reasoning, "dim"),
        (f"decision: {decision.kind.value}, as {'; '.join(decision.reasons)}", ""),
    )
